"""Message: content of a notice, before a channel renders it.

Every attempt of a notice makes a new `Message`; only `late` differs between attempts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.entries import (
    Alarm,
    EntryId,
    NotificationItem,
    NotificationReason,
    Severity,
)
from alarminati.core.model.hlc import COUNTER_BITS, milliseconds

HOUR = 3_600_000 << COUNTER_BITS  # in stamps


@dataclass(frozen=True, slots=True)
class Item:
    """One alarm in one state."""

    alarm: Alarm  # the report of the event
    id: EntryId  # id of that report
    fingerprint: str
    resolved: bool
    since: int  # begin by the cluster's clock, milliseconds since 1970; 0: unknown
    until: int = 0  # end, milliseconds since 1970; 0 while it fires
    reason: NotificationReason = NotificationReason.STATE_CHANGED
    reminder_number: int = 0  # REPEATED only: number of the reminder, from 1
    worse: int = 0  # time when the severity rose to this one; 0: it began so; milliseconds
    was: Severity | None = None  # SEVERITY_RAISED only: severity before
    by: str = ""  # ACKNOWLEDGED only: name of the person
    comment: str = ""  # ACKNOWLEDGED only: comment of the person
    seen: int = 0  # ACKNOWLEDGED only: time, milliseconds since 1970
    began: int = 1  # number of begins within the hour before this report
    receipt: str = ""  # the vendor's id of the last message, when that was about this alone

    @property
    def acknowledged(self) -> bool:
        """Return whether the item is about an acknowledgement."""
        return self.reason is NotificationReason.ACKNOWLEDGED and not self.resolved

    @property
    def continues(self) -> bool:
        """Return whether the item adds to an earlier message about the episode."""
        return self.resolved or self.reason is not NotificationReason.STATE_CHANGED

    @property
    def rings(self) -> bool:
        """Return whether people are to notice it: an edited message is silent."""
        return self.reason in (NotificationReason.REMINDER, NotificationReason.SEVERITY_RAISED)

    @property
    def moment(self) -> int:
        """Return when the event happened, milliseconds since 1970; 0: at no certain time."""
        if self.resolved:
            return self.until
        if self.reason is NotificationReason.REMINDER:
            return 0
        return self.seen if self.acknowledged else self.worse or self.since


@dataclass(frozen=True, slots=True)
class Message:
    """Everything that a channel needs to render a notice."""

    project: str  # of the cluster; alarms may carry their own
    cluster: str
    channel: str
    key: str  # idempotency key
    items: tuple[Item, ...]
    late: float = 0.0  # seconds since the newest item was reported, when worth saying; else 0
    left_out: int = 0  # items of the notice whose reports are no longer kept
    test: bool = False
    now: int = 0  # by the cluster's clock, milliseconds since 1970; 0: unknown
    title: str = ""  # in place of the state's word, when made by a template; escaped
    text: str = ""  # in place of the alarm's text, labels and annotations; escaped
    broken: bool = False  # there is a template, and it failed

    @property
    def digest(self) -> bool:
        """Return whether the message has more than one alarm."""
        return len(self.items) + self.left_out > 1

    @property
    def status(self) -> str:
        """Return firing, resolved or mixed."""
        resolved = {item.resolved for item in self.items}
        if len(resolved) > 1:
            return "mixed"
        return "resolved" if True in resolved else "firing"

    def project_of(self, item: Item) -> str:
        """Return the project of an item."""
        return item.alarm.project or self.project


def item_of(state: AlarmState, told: NotificationItem) -> Item:
    """Return the item of a notice about an alarm.

    If the report was thinned out, the report that opened or closed the episode stands in.
    """
    stand_in = (state.close or state.opening) if told.resolved else state.opening
    report = next((each for each in state.reports if each.id == told.alarm), stand_in)
    begun = [each for each in state.episodes() if each.first.order <= report.order]
    if told.resolved and begun and not report.resolved:  # an end that says how bad it had been
        report = begun[-1].close or report
    levels = begun[-1].levels if begun else [report]
    at = next((n for n, level in enumerate(levels) if level is report), 0)
    raised = told.reason is NotificationReason.SEVERITY_RAISED
    by, comment, seen = _acknowledged(state, told)
    return Item(
        _said(report, begun[-1], told) if begun else report.alarm,
        told.alarm,
        told.fingerprint,
        told.resolved,
        since=milliseconds((begun[-1].first if begun else state.opening).stamp),
        until=milliseconds(report.stamp) if told.resolved else 0,
        reason=told.reason,
        reminder_number=told.reminder_number,
        worse=milliseconds(report.stamp) if at else 0,
        was=levels[at - 1].severity if at and raised else None,
        by=by,
        comment=comment,
        seen=seen,
        began=_began(begun),
    )


def once(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items without duplicates: an alarm that fires and is acknowledged takes one
    line."""
    told = tuple(items)
    seen = {item.fingerprint: item.id for item in told if item.acknowledged}
    return tuple(x for x in told if x.acknowledged or x.resolved or seen.get(x.fingerprint) != x.id)


def _said(report: Report, episode: Episode, told: NotificationItem) -> Alarm:
    """Return the report to show: the one of the event, else the newest.

    A resolving item has the worst severity of the alarm: people that were notified of that get the
    end.
    """
    if told.resolved:
        return replace(report.alarm, severity=episode.worst.severity)
    if told.reason in (NotificationReason.REMINDER, NotificationReason.ACKNOWLEDGED):
        return episode.latest.alarm
    return report.alarm


def _began(begun: list[Episode]) -> int:
    """Return how many episodes began within the hour before the last one, itself included."""
    return sum(each.first.stamp + HOUR > begun[-1].first.stamp for each in begun) if begun else 1


def _acknowledged(state: AlarmState, told: NotificationItem) -> tuple[str, str, int]:
    """Return by whom, with what comment and when."""
    known = state.acknowledged
    if told.reason is NotificationReason.ACKNOWLEDGED and known is not None:
        (stamp, _, _), body = known
        return (body.created_by, body.comment, milliseconds(stamp))
    return ("", "", 0)


def rfc3339(time: int) -> str:
    """Format milliseconds since 1970 for machines: UTC, e.g. 2025-09-18T03:42:00Z."""
    moment = datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = time % 1000
    return f"{moment}.{rest:03d}Z" if rest else f"{moment}Z"
