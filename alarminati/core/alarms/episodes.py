"""History of one alarm: its reports in order, and the episodes they make.

An episode begins with a report that fires while nothing does, and ends with the next report that
resolves. Episodes are always computed from the reports in the order of their stamps, never from
the order of arrival, so that a late report from the other side of a partition lands where it
belongs.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from sys import intern
from typing import Final

from alarminati.core.alarms.packing import numbers, pack, ttl, unpack
from alarminati.core.model.entries import (
    Alarm,
    DeliveryCause,
    Entry,
    EntryId,
    NotificationItem,
    Order,
    Result,
    Severity,
)

TIMED_OUT: Final = ("resolved_by", "timeout")
"""Annotation of an end by timeout: the alarm was no longer reported."""


class Report:
    """One report, or a run of `count` equal reports that were thinned out.

    Most of it is packed: there may be 100,000.
    """

    __slots__ = ("_packed", "count", "origin", "resolved", "severity", "source", "told")

    def __init__(self, entry: Entry, alarm: Alarm, arrival: int) -> None:
        """Pack the entry's body `alarm`; `arrival` is its place in order of arrival, from 1."""
        self.origin = intern(entry.origin)
        self.resolved = alarm.resolved
        self.severity = alarm.severity  # unpacked: every evaluation of an alarm needs the worst
        self.source = intern(alarm.source)  # unpacked: a new master needs the source of every alarm
        self.count = 1
        # four bits a channel, see `ChannelQueue`
        self.told = 0
        self._packed = pack(alarm, entry.stamp, entry.sequence, arrival)

    @property
    def alarm(self) -> Alarm:
        """Return the alarm as reported."""
        return unpack(self._packed)

    @property
    def size(self) -> int:
        """Return the bytes that the report takes in memory."""
        return len(self._packed)

    @property
    def ttl(self) -> int:
        """Return `Alarm.ttl`, seconds."""
        return ttl(self._packed)

    @property
    def stamp(self) -> int:
        """Return `Entry.stamp` of its entry."""
        return numbers(self._packed)[0]

    @property
    def sequence(self) -> int:
        """Return `Entry.sequence` of its entry."""
        return numbers(self._packed)[1]

    @property
    def arrival(self) -> int:
        """Return the place in order of arrival here, from 1."""
        return numbers(self._packed)[2]

    @property
    def id(self) -> EntryId:
        """Return the id of its entry."""
        return EntryId(self.origin, self.sequence)

    @property
    def order(self) -> Order:
        """Return `Entry.order` of its entry."""
        stamp, sequence, _ = numbers(self._packed)
        return (stamp, self.origin, sequence)


@dataclass(slots=True, eq=False)
class DeliveryState:
    """Delivery state of one notice and its twins: equal sends that two masters decided on."""

    channel: str
    notices: tuple[EntryId, ...]
    outcomes: tuple[EntryId, ...] = ()
    result: Result = Result.RETRY
    key: str = ""  # of the notice, while it is not final
    alarms: int = 0  # how many remembered alarms refer to it
    stamp: int = 0  # of the newest notice
    heard: float = 0.0  # when this replica received that notice, monotonic seconds
    arrival: int = 0  # of the last report that was here before the notice; see `Report`
    alone: bool = False  # the notice names one alarm only
    reminder: bool = False  # the notice has reminders only: other notices named the reports
    receipt: str = ""  # the vendor's id of the message, once delivered
    cause: DeliveryCause = DeliveryCause.NONE  # cause of the last failed attempt

    @property
    def final(self) -> bool:
        """Return whether nothing more is to be sent."""
        return self.result is not Result.RETRY


@dataclass(frozen=True, slots=True)
class Repeat:
    """Last reminder of a channel about an alarm; shared by the alarms of a digest."""

    channel: str
    reminder_number: int
    stamp: int  # of the notice
    heard: float  # as in `DeliveryState`
    arrival: int  # as in `DeliveryState`

    @property
    def place(self) -> tuple[int, int, int]:
        """Return what orders the reminders of an episode; stamps may be years off."""
        return self.reminder_number, self.arrival, self.stamp


@dataclass(slots=True, eq=False)
class Episode:
    """One time an alarm fired: first report, resolving report, and all marks of its notices.

    `levels` are the reports at which the severity rose above its worst so far: the first report,
    and those that raised it. A milder report is no level: an episode keeps its worst severity.
    """

    first: Report
    close: Report | None
    told: int
    levels: list[Report]
    known: int  # marks of the reports that have the worst severity
    latest: Report  # the last that fired

    @property
    def worst(self) -> Report:
        """Return the report that raised the severity last; the first, if none did."""
        return self.levels[-1]

    def names(self, report: EntryId) -> bool:
        """Return whether that report began the episode or raised its severity."""
        return any(level.id == report for level in self.levels)

    def go_on(self, report: Report) -> None:
        """Take in the next report that fires."""
        self.told |= report.told
        self.latest = report
        worst = self.worst.severity
        if report.severity > worst:
            self.levels.append(report)
            self.known = report.told
        elif report.severity == worst:
            self.known |= report.told


def episodes(reports: Sequence[Report]) -> list[Episode]:
    """Return the episodes that sorted reports make, oldest first.

    Reports after the end belong to the episode until the next one begins: a notice that names any
    of them is a notice of the episode.
    """
    found: list[Episode] = []
    for report in reports:
        last = found[-1] if found else None
        if report.resolved:
            if last is None:
                continue  # resolved, but no report said that it fired: nothing to notify
            if last.close is None:
                last.close = report
            last.told |= report.told
        elif last is None or last.close is not None:
            found.append(Episode(report, None, report.told, [report], report.told, report))
        else:
            last.go_on(report)
    return found


def place(reports: list[Report], report: Report) -> bool:
    """Insert a report in order; return True when that is the end, as it nearly always is."""
    if not reports:
        reports += (report,)  # makes room for one; append would for four
        return True
    if report.order > reports[-1].order:
        reports.append(report)
        return True
    insort(reports, report, key=attrgetter("order"))
    return False


def thin(reports: list[Report], size: int, unsaid: Container[Order] = ()) -> int:
    """Reduce sorted reports to `size` where possible; return how many episodes that cost.

    Repeats are merged first, into the first report of their run with the same severity, because
    the severities that notices named must stay apart. The last report of a run stays, because its
    text counts: only a late report that falls between them could show the difference. Then whole
    episodes are dropped, oldest first, except those with a report that is `unsaid`. Of these,
    neighbours with equal marks are joined, so that the alarm is notified with fewer changes. The
    last episode stays.
    """
    excess = len(reports) - size
    kept: list[Report] = []
    # of reports that all fire or are all resolved: first of its kind
    run: dict[Severity, Report] = {}
    for index, report in enumerate(reports):
        if index and reports[index - 1].resolved != report.resolved:
            run = {}
        same = run.setdefault(report.severity, report)
        if excess > 0 and same is not report and _amid(reports, index):
            same.count += report.count
            same.told |= report.told
            excess -= 1
        else:
            kept.append(report)
    spans, lost = _spans(kept) if excess > 0 else [kept], 0
    for span in spans[:-1]:
        if excess > 0 and not any(report.order in unsaid for report in span):
            spans.remove(span)
            lost += not span[0].resolved
            excess -= len(span)
    at = 0
    while excess > 0 and at + 2 < len(spans):
        one, other = spans[at], spans[at + 1]
        if one[0].resolved or _told(one) != _told(other):
            at += 1
            continue
        spans[at : at + 2] = [_joined(one, other)]
        lost += 1
        excess -= len(one) + len(other) - len(spans[at])
    reports[:] = [report for span in spans for report in span]
    return lost


def _amid(reports: Sequence[Report], index: int) -> bool:
    """Return whether a report adds nothing to the reports before and after it."""
    if not 0 < index < len(reports) - 1:
        return False
    resolved = reports[index].resolved
    return reports[index - 1].resolved == resolved == reports[index + 1].resolved


def _spans(reports: Sequence[Report]) -> list[list[Report]]:
    """Yield the reports of each episode; ends without a beginning, if any, come first."""
    spans: list[list[Report]] = []
    for report in reports:
        if not spans or (spans[-1][-1].resolved and not report.resolved):
            spans.append([])
        spans[-1].append(report)
    return spans


def _told(span: Sequence[Report]) -> int:
    told = 0
    for report in span:
        told |= report.told
    return told


def _joined(one: Sequence[Report], other: Sequence[Report]) -> list[Report]:
    """Join two resolved episodes: from the first begin to the last end, with the worst severity."""
    first, close = one[0], next(report for report in other if report.resolved)
    firing = [report for report in (*one, *other) if not report.resolved]
    worst = max(firing, key=lambda report: report.severity)
    first.count += sum(report.count for report in firing if report not in (first, worst))
    first.told |= _told(one)
    return [first, close] if worst is first else [first, worst, close]


def run_back(reports: Sequence[Report], first: Report) -> Iterator[Report]:
    """Yield the reports from the last back to `first`."""
    for report in reversed(reports):
        yield report
        if report is first:
            return


def stand_in(reports: list[Report], item: NotificationItem, stamp: int) -> Report | None:
    """Return the report that stands for a thinned one; None when its episode was forgotten.

    That report came before the notice of that stamp, and before the next report of its origin:
    another episode must not count as notified. An end is no begin, and the reverse.
    """
    origin, sequence = item.alarm
    after = (n for n, each in enumerate(reports) if each.origin == origin)
    end = next((n for n in after if reports[n].sequence > sequence), len(reports))
    before = (each for each in reversed(reports[:end]) if each.stamp < stamp)
    return next((each for each in before if each.resolved is item.resolved), None)


def superseded_reminder(tellings: Sequence[DeliveryState]) -> int | None:
    """Return the index of the oldest reminder that is not the last of its channel; None: none."""
    names = [telling.channel if telling.reminder else "" for telling in tellings]
    return next((n for n, name in enumerate(names) if name and name in names[n + 1 :]), None)


def superseded(tellings: Sequence[DeliveryState]) -> int:
    """Return the index of the oldest that is not the last of its channel, or of the oldest."""
    channels = [telling.channel for telling in tellings]
    return next((n for n, channel in enumerate(channels) if channel in channels[n + 1 :]), 0)
