"""Fold of records into alarms, page by page; nothing is ever folded from the start again.

Records of one cluster come in their order of arrival, which stands in for the order of their
stamps; times are those of the reporters. A record that was folded before is skipped.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from alarminati.client.events import Record
from alarminati.core.alarms.end_reason import OPERATOR
from alarminati.core.alarms.episodes import TIMED_OUT
from alarminati.core.model.entries import (
    Action,
    Alarm,
    DeliveryAttempt,
    Notification,
    Result,
    Silence,
)
from alarminati.ui.store.texts import matched_labels, packed, rank_of, searched

TODO, ACKNOWLEDGED, MUTED, ASIDE, RESOLVED = range(5)
"""Values of the column `tab`; ASIDE: done or snoozed by this person."""
LATE: Final = 60_000
FRESH: Final = 300_000
"""Alarms that began longer ago came late, as after joining: no storm is to be seen in them."""
DAY: Final = 86_400_000
_COLUMNS: Final = (
    *("cluster", "fingerprint", "sort", "age", "tab", "rank", "worst", "shown", "message"),
    *("project", "matched", "text", "start", "ended", "changed", "count", "last", "ack_by"),
    *("ack_time", "ack_comment", "assignee", "notes", "done", "snoozed", "seen", "silence"),
    "end_reason",
)
_STATES: Final = {Result.DELIVERED: "delivered", Result.FAILED: "failed"}


@dataclass(slots=True)
class Kept:
    """One row of `alarms` while a page is folded."""

    cluster: int
    fingerprint: str
    sort: int = 0
    age: int = 0
    tab: int = 0
    rank: int = 4
    worst: int = 4
    shown: int = 1
    message: str = ""
    project: str = ""
    matched: str = ""
    text: str = ""
    start: int = 0
    ended: int = 0
    changed: int = 0
    count: int = 0
    last: int = 0
    ack_by: str = ""
    ack_time: int = 0
    ack_comment: str = ""
    assignee: str = ""
    notes: int = 0
    done: int = 0
    snoozed: int = 0
    seen: int = 0
    silence: str = ""
    end_reason: str = ""

    @property
    def firing(self) -> bool:
        """Return whether it fires."""
        return bool(self.start) and not self.ended

    def settle(self, now: int) -> None:
        """Set the columns that follow from the others."""
        if not self.firing:
            self.tab = RESOLVED
        elif self.ack_by:
            self.tab = ACKNOWLEDGED
        elif self.silence:
            self.tab = MUTED
        elif self.snoozed > now or (self.done and self.done >= self.changed):
            self.tab = ASIDE
        else:
            self.tab = TODO
        self.age = -self.changed
        self.sort = self.rank + (0 if self.firing else 10)


@dataclass(slots=True)
class Folded:
    """Changes that a page made."""

    changed: list[str] = field(default_factory=list)
    """Fingerprints."""
    began: list[str] = field(default_factory=list)
    fresh: int = 0
    """Alarms that began just now."""
    silences: bool = False


class Fold:
    """Folds the records of one cluster; make one for each page."""

    def __init__(self, base: sqlite3.Connection, cluster: int, where: str, now: int) -> None:
        self._base = base
        self._cluster = cluster
        self._where = where
        self._now = now
        self._kept: dict[str, Kept] = {}
        self._facts: list[tuple[int, str, int]] = []
        self._closed: list[Kept] = []
        self._folded = Folded()

    def page(self, records: Sequence[Record]) -> Folded:
        """Fold what was not folded yet."""
        row = self._base.execute(
            "select received from folded where cluster = ?", (self._cluster,)
        ).fetchone()
        known = row[0] if row else 0
        for record in records:
            if record.received <= known:
                continue
            known = record.received
            self._record(record)
        self._base.execute("insert or replace into folded values (?, ?)", (self._cluster, known))
        self._write()
        return self._folded

    def _record(self, record: Record) -> None:
        match record.body:
            case Alarm() as alarm:
                self._alarm(record, alarm)
            case Action() as action:
                for fingerprint in action.fingerprints:
                    self._action(record, action, fingerprint)
            case Notification() as notice:
                self._notice(record, notice)
            case DeliveryAttempt() as attempt:
                self._attempt(record, attempt)
            case Silence() as silence:
                self._silence(silence)

    # -- alarms

    def _get(self, fingerprint: str) -> Kept | None:
        if fingerprint in self._kept:
            return self._kept[fingerprint]
        row = self._base.execute(
            f"select {', '.join(_COLUMNS)} from alarms where cluster = ? and fingerprint = ?",
            (self._cluster, fingerprint),
        ).fetchone()
        if row is None:
            return None
        kept = self._kept[fingerprint] = Kept(*row)
        return kept

    def _alarm(self, record: Record, alarm: Alarm) -> None:
        print_, time = record.fingerprint, alarm.timestamp or record.at
        kept = self._get(print_)
        if alarm.resolved:
            if kept is None or not kept.firing:
                return
            self._resolve(kept, alarm, max(time, kept.start))
        else:
            if kept is None:
                kept = self._kept[print_] = Kept(self._cluster, print_)
            if not kept.firing:
                self._begin(kept, time)
            self._report(kept, record, alarm, time)
        kept.settle(self._now)
        self._fact(print_, record)

    def _begin(self, kept: Kept, time: int) -> None:
        kept.start, kept.ended, kept.changed = time, 0, time
        kept.count, kept.worst, kept.rank = 0, 9, 9
        kept.ack_by = kept.ack_comment = kept.end_reason = kept.assignee = ""
        kept.ack_time = kept.snoozed = kept.seen = 0
        self._folded.began.append(kept.fingerprint)
        self._folded.fresh += time > self._now - FRESH

    def _report(self, kept: Kept, record: Record, alarm: Alarm, time: int) -> None:
        kept.count += 1
        kept.last = record.received
        rank = rank_of(alarm.severity)
        if rank < kept.worst:
            if kept.worst < 9:
                kept.changed = max(time, kept.changed)
                kept.ack_by, kept.ack_time, kept.ack_comment = "", 0, ""
            kept.worst = rank
        same = kept.rank == rank and kept.message == alarm.message
        kept.rank, kept.message, kept.project = rank, alarm.message, record.project
        labels = matched_labels(alarm, record.project)
        matched = packed(labels)
        if not same or kept.matched != matched:
            kept.matched = matched
            kept.text = searched(alarm, labels, self._where)
            kept.silence = "?"  # looked at again by `silencing`

    def _resolve(self, kept: Kept, alarm: Alarm, time: int) -> None:
        kept.ended = kept.changed = time
        kept.end_reason = "reported"
        if alarm.source == OPERATOR:
            kept.end_reason = "by_hand"
        elif TIMED_OUT in alarm.annotations:
            kept.end_reason = "timed_out"
        kept.silence = ""
        self._closed.append(self._episode(kept))

    def _episode(self, kept: Kept) -> Kept:
        return Kept(
            kept.cluster,
            kept.fingerprint,
            worst=kept.worst,
            start=kept.start,
            ended=kept.ended,
            count=kept.count,
            ack_by=kept.ack_by,
            ack_time=kept.ack_time,
            ack_comment=kept.ack_comment,
            end_reason=kept.end_reason,
        )

    # -- people

    def _action(self, record: Record, action: Action, fingerprint: str) -> None:
        kept = self._get(fingerprint)
        if kept is None:
            return
        kind = action.kind.name
        if kind == "ACKNOWLEDGE" and kept.firing:
            kept.ack_by, kept.ack_time = action.created_by, record.at
            kept.ack_comment = action.comment
        elif kind == "UNACKNOWLEDGE":
            kept.ack_by, kept.ack_time, kept.ack_comment = "", 0, ""
        elif kind == "ASSIGN":
            kept.assignee = getattr(action, "assignee", "")
        elif kind in ("NOTE", "UNSPECIFIED"):
            kept.notes += 1
        kept.settle(self._now)
        self._fact(fingerprint, record)

    # -- notifications

    def _notice(self, record: Record, notice: Notification) -> None:
        prints = {item.fingerprint for item in notice.items}
        self._base.executemany(
            "insert or replace into deliveries values (?, ?, ?, ?, 'waiting', ?)",
            [(self._cluster, each, notice.channel, str(record.id), record.at) for each in prints],
        )
        for each in prints:
            self._fact(each, record)

    def _attempt(self, record: Record, attempt: DeliveryAttempt) -> None:
        notice = str(attempt.notification)
        self._base.execute(
            "insert or ignore into attempts values (?, ?, ?)",
            (self._cluster, notice, record.received),
        )
        row = self._base.execute(
            "select channel, time from deliveries where cluster = ? and notice = ? limit 1",
            (self._cluster, notice),
        ).fetchone()
        if row is None:
            return
        state = _STATES.get(attempt.result, "waiting")
        self._base.execute(
            "update deliveries set state = ?, time = ? where cluster = ? and notice = ?",
            (state, record.at, self._cluster, notice),
        )
        late = state == "delivered" and record.at - row[1] > LATE
        values = (state == "delivered", late, state == "failed", state == "waiting")
        self._base.execute(
            "insert into sent values (?, ?, ?, ?, ?, ?, ?) on conflict do update set"
            " delivered = delivered + excluded.delivered, late = late + excluded.late,"
            " failed = failed + excluded.failed, retries = retries + excluded.retries",
            (self._cluster, row[0], record.at // DAY, *map(int, values)),
        )

    def _silence(self, silence: Silence) -> None:
        self._base.execute(
            "insert or replace into silences values (?, ?, ?, ?, ?, ?, ?)",
            (
                *(self._cluster, silence.id, json.dumps(silence.matchers, ensure_ascii=False)),
                *(silence.start_time, silence.end_time, silence.created_by, silence.comment),
            ),
        )
        self._folded.silences = True

    # -- writing

    def _fact(self, fingerprint: str, record: Record) -> None:
        self._facts.append((self._cluster, fingerprint, record.received))

    def _write(self) -> None:
        self._folded.changed = list(self._kept)
        places = ", ".join("?" * len(_COLUMNS))
        later = ", ".join(f"{name} = excluded.{name}" for name in _COLUMNS[2:])
        self._base.executemany(
            f"insert into alarms ({', '.join(_COLUMNS)}) values ({places})"
            f" on conflict (cluster, fingerprint) do update set {later}",
            [tuple(getattr(kept, name) for name in _COLUMNS) for kept in self._kept.values()],
        )
        self._base.executemany("insert or ignore into facts values (?, ?, ?)", self._facts)
        current = [self._episode(kept) for kept in self._kept.values() if kept.start]
        self._base.executemany(
            "insert or replace into episodes values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    *(each.cluster, each.fingerprint, each.start, each.ended, each.count),
                    *(each.worst, each.end_reason, each.ack_by, each.ack_time),
                    each.ack_comment,
                )
                for each in (*self._closed, *current)
            ],
        )
