"""Bytes between this computer and each cluster, by day."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from alarminati.ui.live import Live
from alarminati.ui.schema.clusters import Traffic
from alarminati.ui.store.folding import DAY

if TYPE_CHECKING:
    from alarminati.ui.app import App

_MONTH: Final = 30
_GB: Final = 10**9


def local_day(wall_ms: int) -> int:
    """Return the number of the local day."""
    return (wall_ms + time.localtime(wall_ms / 1000).tm_gmtoff * 1000) // DAY


def count(app: App, live: Live, bytes: int, *, keepalive: bool = False) -> None:
    """Add bytes to today."""
    day = local_day(app.now())
    app.base.run(
        "insert into traffic values (?, ?, ?, ?) on conflict do update set"
        " bytes = bytes + excluded.bytes, keepalive = keepalive + excluded.keepalive",
        [(live.known.no, day, bytes, bytes if keepalive else 0)],
    )


def by_day(app: App, live: Live, days: int) -> list[int]:
    """Return bytes a day, oldest first."""
    today = local_day(app.now())
    rows = dict(
        app.base.rows(
            "select day, bytes from traffic where cluster = ? and day > ?",
            (live.known.no, today - days),
        )
    )
    return [rows.get(day, 0) for day in range(today - days + 1, today + 1)]


def traffic_of(app: App, live: Live) -> Traffic:
    """Return today's and the month's traffic, and what today will come to."""
    days = by_day(app, live, _MONTH)
    today, month = days[-1], sum(days)
    row = app.base.rows(
        "select coalesce(sum(keepalive), 0) from traffic where cluster = ? and day > ?",
        (live.known.no, local_day(app.now()) - _MONTH),
    )[0]
    now = app.now()
    gone = (now + time.localtime(now / 1000).tm_gmtoff * 1000) % DAY / DAY
    return Traffic(
        today,
        int(today / gone) if gone > 0.02 else today,
        live.known.budget_bytes,
        month,
        round(month / _GB * app.settings.price_won_per_gb, 2),
        round(row[0] / month, 3) if month else 0.0,
    )
