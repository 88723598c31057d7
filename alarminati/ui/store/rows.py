"""Rows of the list, from the columns of `alarms` and what belongs to them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Literal

from alarminati.ui.schema.alarms import Ack, AlarmRow, ChannelState, Mute
from alarminati.ui.store.directory import Known
from alarminati.ui.store.texts import own_labels, severity_of, unpacked

_HOUR: Final = 3_600_000
_DAY: Final = 24 * _HOUR
_MONTH: Final = 30 * _DAY


@dataclass(frozen=True, slots=True)
class Row:
    """Columns of `alarms` that a row is made of."""

    no: int
    cluster: int
    fingerprint: str
    tab: int
    rank: int
    worst: int
    message: str
    project: str
    matched: str
    start: int
    ended: int
    changed: int
    count: int
    ack_by: str
    ack_time: int
    ack_comment: str
    assignee: str
    notes: int
    done: int
    snoozed: int
    seen: int
    silence: str


COLUMNS: Final = ", ".join(each.name for each in fields(Row))


def alarm_rows(
    base: sqlite3.Connection, found: Sequence[Any], known: dict[int, Known], now: int
) -> list[AlarmRow]:
    """Return the rows for what `COLUMNS` selected."""
    return [_row(base, each, known[each[1]], now) for each in found if each[1] in known]


def _row(base: sqlite3.Connection, columns: Any, known: Known, now: int) -> AlarmRow:
    row = Row(*columns)
    firing = row.tab < 4
    no, print_ = row.cluster, row.fingerprint
    novelty, times = _novelty(base, no, print_, row.start, firing, now)
    ack = Ack(row.ack_by, row.ack_time, row.ack_comment, row.ack_by == known.me)
    return AlarmRow(
        known.id,
        print_,
        "alarm",
        severity_of(row.rank),
        severity_of(row.worst),
        row.message,
        own_labels(unpacked(row.matched)),
        row.project or known.project,
        firing,
        novelty,
        times,
        row.start,
        row.ended,
        row.changed,
        row.count,
        ack if row.ack_by else None,
        row.assignee,
        row.notes,
        bool(row.done and row.done >= row.changed),
        row.snoozed if row.snoozed > now else 0,
        bool(row.seen),
        _mute(base, no, row.silence) if row.tab == 2 else None,
        _deliveries(base, no, print_, row.start),
    )


def _novelty(
    base: sqlite3.Connection, no: int, fingerprint: str, start: int, firing: bool, now: int
) -> tuple[Literal["new", "again", "still", "resolved"], int]:
    times, earlier = base.execute(
        "select coalesce(sum(start > ?), 0), coalesce(sum(start < ?), 0) from episodes"
        " where cluster = ? and fingerprint = ? and start > ?",
        (start - _DAY, start, no, fingerprint, start - _MONTH),
    ).fetchone()
    if not firing:
        return "resolved", times
    if now - start > _HOUR:
        return "still", times
    return ("again" if earlier else "new"), times


def _mute(base: sqlite3.Connection, no: int, silence: str) -> Mute:
    row = base.execute(
        "select created_by, ended, comment from silences where cluster = ? and id = ?",
        (no, silence),
    ).fetchone()
    by, until, comment = row or ("", 0, "")
    return Mute("silenced", by, until, comment, silence)


def _deliveries(
    base: sqlite3.Connection, no: int, fingerprint: str, start: int
) -> list[ChannelState]:
    rows = base.execute(
        "select channel, state, time from deliveries where cluster = ? and fingerprint = ?"
        " and time >= ? order by channel",
        (no, fingerprint, start - 60_000),
    )
    return [ChannelState(*row) for row in rows]
