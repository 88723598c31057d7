"""What every page shows: counts, chips of clusters, the storm, what is worth a notification."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from msgspec.structs import replace

from alarminati.ui.judgement.storms import StormWatch
from alarminati.ui.live import Live
from alarminati.ui.schema.alarms import AlarmRow
from alarminati.ui.schema.clusters import ClusterChip
from alarminati.ui.schema.common import SeverityCounts
from alarminati.ui.schema.events import Storm, Summary
from alarminati.ui.schema.settings import NotifyRule
from alarminati.ui.state import Counts, State
from alarminati.ui.store.listing import Listing, Query
from alarminati.ui.store.rows import COLUMNS, alarm_rows
from alarminati.ui.store.texts import SEVERITIES, severity_of

_FIRST: Final = {"silent": 0, "ended": 1, "late": 2}
_NOTIFIED: Final = 200
STORM_GROUP: Final = ("alertname",)


def counts_of(app: State) -> Counts:
    """Return the counts of all that is shown."""
    if app.counted is None:
        app.counted = counted(app)
    return app.counted


def counted(app: State) -> Counts:
    """Count; silent clusters are alarms, too."""

    def read(listing: Listing) -> Counts:
        where = listing.common(Query())
        found = Counts(listing.tabs(where), SeverityCounts())
        for no, rank, tab, count in listing.base.execute(
            "select cluster, rank, tab, count(*) from alarms where tab < 4 and shown = 1"
            " group by cluster, rank, tab"
        ):
            name = severity_of(rank)
            for counts in (found.severities, found.clusters.setdefault(no, SeverityCounts())):
                setattr(counts, name, getattr(counts, name) + count)
            if tab == 0:
                found.todo[no] = found.todo.get(no, 0) + count
        last = listing.base.execute("select max(start) from episodes").fetchone()[0]
        found.last_alarm_ms = last or 0
        return found

    found = app.listing(read)
    silent = sum(live.state == "silent" for live in app.live.values())
    found.tabs.todo += silent
    found.tabs.firing += silent
    found.tabs.all += silent
    found.severities.CRITICAL += silent
    return found


def chip(app: State, live: Live) -> ClusterChip:
    """Return a cluster as the strip shows it."""
    known, counts = live.known, counts_of(app)
    return ClusterChip(
        *(known.id, known.name, known.project, known.company, known.mark, known.tint),
        known.environment,  # type: ignore[arg-type]
        live.state,
        live.heard_ms,
        live.heard.missed(app.clock()) if live.state in ("live", "late", "silent") else 0,
        live.silent_ms,
        counts.clusters.get(known.no, SeverityCounts()),
        counts.todo.get(known.no, 0),
        known.me,
        known.role,  # type: ignore[arg-type]
        live.problem,
    )


def summary(app: State, queue: int) -> Summary:
    """Return the whole."""
    counts = counts_of(app)
    lives = sorted(
        app.live.values(),
        key=lambda live: (_FIRST.get(live.state, 3), live.known.project, live.known.name),
    )
    return Summary(
        *(app.hub.seq, app.build, app.version, app.now(), counts.tabs, counts.severities),
        [chip(app, live) for live in lives if live.state != "archived"],
        *(app.offline_ms, app.resumed_ms, app.resumed_records, queue),
        counts.last_alarm_ms,
        sum(live.today_bytes for live in lives),
        sum(live.known.budget_bytes for live in lives),
        storm_of(app),
        app.settings.language,
    )


def storm_of(app: State) -> Storm | None:
    """Return the storm that goes on, or the last until it is closed.

    Figures are those of now. Groups of a storm that was read beside may be seconds old.
    """
    watch = app.storms
    if not watch.start:
        return None
    told = app.storm
    if told is None or told.start_ms != watch.start:
        told = app.listing(partial(storm_in, watch=watch))
    if told is None:
        return None
    counts, silent = counts_of(app), sum(live.state == "silent" for live in app.live.values())
    severities = replace(counts.severities, CRITICAL=counts.severities.CRITICAL - silent)
    return replace(
        told,
        end_ms=watch.end,
        total=counts.tabs.firing - silent,
        severities=severities,
        rate=watch.rate(app.now()),
        peak=watch.peak,
        peak_ms=watch.peak_ms,
    )


def storm_in(listing: Listing, watch: StormWatch) -> Storm | None:
    """Read the groups of a storm, and which alarm came first."""
    query = Query(tab="firing", group=STORM_GROUP, limit=3)
    where = listing.where(query)
    groups, total_groups, _ = listing.groups(where, query)
    severities, total = listing.severities(where)
    first = listing.base.execute(
        f"select {COLUMNS} from alarms where {where.inner} and start >= ? order by start limit 1",
        (*where.values, watch.start - 60_000),
    ).fetchall()
    rows = alarm_rows(listing.base, first, listing.known, listing.now)
    if not rows:
        return None
    return Storm(
        *(watch.start, watch.end, total, severities, groups, total_groups, rows[0]),
        *([], watch.peak, watch.peak_ms),
    )


def worth_notifying(app: State, began: Sequence[tuple[int, str]]) -> list[AlarmRow]:
    """Return new alarms that the settings ask to be notified of, the worst first."""
    settings = app.settings
    if not began or _quiet(settings.quiet_start, settings.quiet_end, time.localtime()):
        return []
    off = NotifyRule(False, False)
    ranks = {
        rank + 1 for rank, name in enumerate(SEVERITIES) if settings.notify.get(name, off).notify
    }

    def read(listing: Listing) -> list[AlarmRow]:
        found = []
        for no, fingerprint in began[:_NOTIFIED]:
            found += listing.base.execute(
                f"select {COLUMNS} from alarms where cluster = ? and fingerprint = ? and tab = 0"
                " and shown = 1",
                (no, fingerprint),
            ).fetchall()
        wanted = [row for row in found if row[4] in ranks]
        projects = settings.notify_projects
        rows = alarm_rows(
            listing.base, sorted(wanted, key=lambda row: row[4]), listing.known, listing.now
        )
        return [row for row in rows if not projects or row.project in projects]

    return app.listing(read)


def _quiet(start: str, end: str, now: time.struct_time) -> bool:
    """Return whether the local time lies within quiet hours, which may cross midnight."""
    if not start or not end:
        return False
    clock = f"{now.tm_hour:02}:{now.tm_min:02}"
    return start <= clock < end if start <= end else clock >= start or clock < end
