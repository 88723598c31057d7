"""Statistics over the history."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import Sequence
from statistics import quantiles
from typing import Any, Final

from alarminati.ui.app import App
from alarminati.ui.handlers.asked import Asked
from alarminati.ui.problems import invalid
from alarminati.ui.schema.common import AlarmKey, SeverityCounts
from alarminati.ui.schema.statistics import (
    ChannelFigures,
    ClusterTraffic,
    Day,
    Lasting,
    Noisy,
    Statistics,
    Times,
)
from alarminati.ui.store.folding import DAY
from alarminati.ui.store.texts import severity_of
from alarminati.ui.traffic import by_day, local_day, traffic_of

_DAYS: Final = (1, 7, 30, 365)
_TOP: Final = 10
_NIGHT: Final = (22, 7)
_FLAPPING: Final = 4

_EPISODES: Final = (
    "select e.cluster, e.fingerprint, e.start, e.ended, e.worst, e.ack_time, e.ack_by, a.message,"
    " a.project, a.shown from episodes e join alarms a"
    " on a.cluster = e.cluster and a.fingerprint = e.fingerprint where e.start > ? and a.shown >= ?"
)


async def get_statistics(app: App, asked: Asked) -> Statistics:
    """Return the figures of the last days."""
    days = asked.number("days", 7)
    if days not in _DAYS:
        raise invalid("days", "1, 7, 30, 365 가운데 하나입니다.", "days is 1, 7, 30 or 365.")
    return statistics_of(app, days, asked.texts("cluster"))


def statistics_of(
    app: App, days: int, clusters: Sequence[str] = (), *, archived: bool = False
) -> Statistics:
    """Return the figures of the last days of some clusters, or of all."""
    since = app.now() - days * DAY
    numbers = {no for no, id in app.directory.ids().items() if not clusters or id in clusters}
    return app.base.read(
        lambda base: _statistics(app, base, days, since, numbers, 0 if archived else 1)
    )


def _statistics(
    app: App, base: sqlite3.Connection, days: int, since: int, numbers: set[int], shown: int
) -> Statistics:
    now, ids = app.now(), app.directory.ids()
    rows = [row for row in base.execute(_EPISODES, (since, shown)) if row[0] in numbers]
    heat = [[0] * 24 for _ in range(7)]
    by_date: dict[int, SeverityCounts] = defaultdict(SeverityCounts)
    spans: dict[str, list[Any]] = defaultdict(list)
    of_alarm: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for row in rows:
        no, print_, start, _, worst, *_, project, _ = row
        local = time.localtime(start / 1000)
        heat[local.tm_wday][local.tm_hour] += 1
        counts, name = by_date[local_day(start)], severity_of(worst)
        setattr(counts, name, getattr(counts, name) + 1)
        spans[project].append(row)
        spans[""].append(row)
        of_alarm[no, print_].append(row)
    today, offset = local_day(now), time.localtime(now / 1000).tm_gmtoff * 1000
    calendar = [Day(day * DAY - offset, by_date[day]) for day in range(today - days + 1, today + 1)]
    unacked = [row for row in rows if not row[6]]
    ranked = sorted(of_alarm.items(), key=lambda each: (-len(each[1]), each[0]))
    flapping = [each for each in ranked if len(each[1]) >= max(_FLAPPING, days)]
    oldest = base.execute(_EPISODES + " and e.ended = 0 order by e.start", (0, shown)).fetchall()
    return Statistics(
        *(days, since, now, _noisy(base, ranked, ids), calendar, heat),
        [_times(project, each) for project, each in sorted(spans.items())],
        len(unacked),
        [_lasting(row, ids, 1) for row in sorted(unacked, key=lambda row: row[4])[:_TOP]],
        [_lasting(row, ids, 1) for row in oldest if row[0] in numbers][:_TOP],
        [_lasting(each[-1], ids, len(each)) for _, each in flapping[:_TOP]],
        _channels(base, ids, numbers, since),
        [
            ClusterTraffic(live.id, traffic_of(app, live), by_day(app, live, min(days, 30)))
            for live in app.live.values()
            if live.known.no in numbers
        ],
    )


def _noisy(
    base: sqlite3.Connection,
    ranked: Sequence[tuple[tuple[int, str], list[Any]]],
    ids: dict[int, str],
) -> list[Noisy]:
    found = []
    for (no, print_), rows in ranked[:_TOP]:
        hours = [time.localtime(row[2] / 1000).tm_hour for row in rows]
        nightly = sum(hour >= _NIGHT[0] or hour < _NIGHT[1] for hour in hours)
        notified = base.execute(
            "select count(*) from deliveries where cluster = ? and fingerprint = ?", (no, print_)
        ).fetchone()[0]
        key, last = AlarmKey(ids[no], print_), rows[-1]
        found.append(Noisy(key, last[7], severity_of(last[4]), len(rows), nightly, notified))
    return found


def _times(project: str, rows: Sequence[Any]) -> Times:
    acked = [max(0, row[5] - row[2]) for row in rows if row[5]]
    ended = [row[3] - row[2] for row in rows if row[3]]
    return Times(project, len(rows), *_middle(acked), *_middle(ended))


def _middle(values: Sequence[int]) -> tuple[int, int]:
    """Return median and 90th percentile; -1 without values."""
    if not values:
        return -1, -1
    if len(values) == 1:
        return values[0], values[0]
    tenths = quantiles(values, n=10, method="inclusive")
    return int(tenths[4]), int(tenths[8])


def _lasting(row: Any, ids: dict[int, str], count: int) -> Lasting:
    no, print_, start, _, worst, _, _, message, *_ = row
    return Lasting(AlarmKey(ids[no], print_), message, severity_of(worst), start, count)


def _channels(
    base: sqlite3.Connection, ids: dict[int, str], numbers: set[int], since: int
) -> list[ChannelFigures]:
    rows = base.execute(
        "select cluster, channel, sum(delivered), sum(late), sum(failed), sum(retries) from sent"
        " where day >= ? group by cluster, channel order by sum(delivered) desc",
        (since // DAY,),
    )
    return [ChannelFigures(ids[row[0]], *row[1:]) for row in rows if row[0] in numbers]
