"""Retention that a company's owner chose: what is over for longer goes, what fires stays."""

from __future__ import annotations

import sqlite3
from functools import partial
from typing import Final

from alarminati.ui.state import State
from alarminati.ui.store.folding import DAY, RESOLVED

EVERY: Final = 3600.0
"""Seconds between two looks."""
_OF_ALARMS: Final = ("facts", "deliveries", "mine", "episodes")


def forget_old(app: State) -> int:
    """Delete what is older than companies keep; return how many alarms went."""
    gone = 0
    for live in app.live.values():
        company = app.directory.companies.get(live.known.company)
        if company is None or company.retention_days <= 0:
            continue
        before, no = app.now() - company.retention_days * DAY, live.known.no
        gone += app.base.write(partial(_forget, cluster=no, before=before))
        if live.history is not None and (live.history.taken or live.history.take()):
            live.history.forget(before)
    return gone


def _forget(base: sqlite3.Connection, cluster: int, before: int) -> int:
    """Delete alarms of a cluster that were over before a time, with all that belongs to them."""
    gone = base.execute(
        f"delete from alarms where cluster = ? and tab = {RESOLVED} and ended < ?",
        (cluster, before),
    ).rowcount
    for table in _OF_ALARMS:
        base.execute(
            f"delete from {table} where cluster = ? and fingerprint not in"
            " (select fingerprint from alarms where cluster = ?)",
            (cluster, cluster),
        )
    base.execute(
        "delete from episodes where cluster = ? and ended > 0 and ended < ?", (cluster, before)
    )
    base.execute(
        "delete from attempts where cluster = ? and notice not in"
        " (select notice from deliveries where cluster = ?)",
        (cluster, cluster),
    )
    base.execute("delete from sent where cluster = ? and day < ?", (cluster, before // DAY))
    for table in ("troubles", "silences"):
        base.execute(
            f"delete from {table} where cluster = ? and ended > 0 and ended < ?", (cluster, before)
        )
    return int(gone)
