"""State of one alarm: its reports, and what they make of its present or last episode."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from alarminati.core.alarms.acts import (
    ACKNOWLEDGING,
    ASSIGNING,
    NOTING,
    Acts,
    last_of,
)
from alarminati.core.alarms.episodes import (
    DeliveryState,
    Episode,
    Repeat,
    Report,
    episodes,
    run_back,
)
from alarminati.core.model.entries import Action, ActionKind, Alarm, EntryId, Order, Severity


@dataclass(slots=True, eq=False)
class AlarmState:
    """State of one alarm in its present or last episode; only book and outbox change it."""

    fingerprint: str
    reports: list[Report] = field(default_factory=list)
    first: Report | None = None
    close: Report | None = None
    worst: Report | None = None  # first report with the worst severity of the episode
    actions: Acts = ()
    tellings: tuple[DeliveryState, ...] = ()
    repeats: tuple[tuple[EntryId, Repeat], ...] = ()  # by report repeated, one a channel
    disordered: bool = False  # a report came after a later one: retention must take care
    look_at: int = 0  # see `wake_queue`
    where: str = ""  # place at which the book counts it: its source, or OVER; empty: not yet
    size: int = 0  # bytes of its reports
    queued: int = 0  # a bit for each channel on which it waits alone, assigned by the outbox

    @property
    def opening(self) -> Report:
        """Return the first report of the episode. Only states that ever fired are handed out."""
        assert self.first is not None
        return self.first

    @property
    def id(self) -> EntryId:
        """Return the first report's entry: the id of the alarm in this episode."""
        return self.opening.id

    @property
    def alarm(self) -> Alarm:
        """Return the alarm as last reported firing in this episode."""
        return self.latest.alarm

    @property
    def at_worst(self) -> Alarm:
        """Return the alarm as last reported, with its worst severity: silences match that."""
        alarm, severity = self.alarm, self.peak.severity
        return alarm if alarm.severity is severity else replace(alarm, severity=severity)

    @property
    def firing(self) -> bool:
        """Return whether the alarm fires now."""
        return self.first is not None and self.close is None

    @property
    def since(self) -> int:
        """Return the stamp (see `hlc`) of the first report."""
        return self.opening.stamp

    @property
    def resolved(self) -> int:
        """Return the stamp of the report that resolved it; 0 while it fires."""
        return self.close.stamp if self.close else 0

    @property
    def count(self) -> int:
        """Return how many times it was reported firing in this episode."""
        return sum(report.count for report in self.episode() if not report.resolved)

    @property
    def latest(self) -> Report:
        """Return the last report of this episode that fired."""
        return next(report for report in self.episode() if not report.resolved)

    @property
    def arrival(self) -> int:
        """Return the arrival of the report of this episode that came first, see `Report`."""
        return min(report.arrival for report in self.episode())

    @property
    def severity(self) -> Severity:
        """Return the severity as last reported in this episode."""
        return self.latest.severity

    @property
    def peak(self) -> Report:
        """Return the first report with the worst severity of the episode."""
        assert self.worst is not None
        return self.worst

    @property
    def acknowledgement(self) -> Action | None:
        """Return the last of this episode since its severity rose; None when there is none."""
        found = self.acknowledged
        return found[1] if found else None

    @property
    def acknowledged(self) -> tuple[Order, Action] | None:
        """Return the same with its place in the order of entries."""
        if self.first is None:
            return None
        found = last_of(self.actions, ACKNOWLEDGING, self.peak.order, self._end)
        return found if found and found[1].kind is ActionKind.ACKNOWLEDGE else None

    @property
    def assignee(self) -> str:
        """Return who works on it in this episode; empty: it is not assigned."""
        found = last_of(self.actions, ASSIGNING, self.opening.order, self._end)
        return found[1].assignee if found else ""

    @property
    def note_count(self) -> int:
        """Return how many notes were made since this episode began, also after its end."""
        since = self.opening.order
        return sum(order > since and each.kind in NOTING for order, each in self.actions)

    @property
    def _end(self) -> Order | None:
        return self.close.order if self.close else None

    def episode(self) -> Iterator[Report]:
        """Yield the reports of this episode, the newest first."""
        return run_back(self.reports, self.opening)

    def episodes(self) -> list[Episode]:
        """Return all remembered episodes, oldest first."""
        return episodes(self.reports)

    def repeated(self, channel: str, alarm: EntryId) -> Repeat | None:
        """Return the last reminder of that channel about the episode of this report."""
        for first, repeat in self.repeats:
            if repeat.channel == channel and first == alarm:
                return repeat
        return None

    def note_repeat(self, alarm: EntryId, repeat: Repeat) -> None:
        """Note a reminder, sent or planned; the highest number of the newest episode counts."""
        known = self.repeated(repeat.channel, alarm)
        if known and known.place > repeat.place:
            return
        others = (each for each in self.repeats if each[1].channel != repeat.channel)
        self.repeats = (*others, (alarm, repeat))

    def withdraw_repeat(self, channel: str, alarm: EntryId, reminder_number: int) -> None:
        """Undo a reminder that could not be written: it is due again."""
        known = self.repeated(channel, alarm)
        if known is not None and known.reminder_number == reminder_number:
            before = Repeat(channel, reminder_number - 1, 1, float("-inf"), 0)
            others = tuple(each for each in self.repeats if each[1] is not known)
            self.repeats = (*others, (alarm, before)) if reminder_number > 1 else others

    def has(self, id: EntryId) -> bool:
        """Return whether the entry is a report of this alarm."""
        return self.report(id) is not None

    def report(self, id: EntryId) -> Report | None:
        """Return the report of that entry; the newest reports are compared first."""
        for report in reversed(self.reports):
            if report.sequence == id.sequence and report.origin == id.origin:
                return report
        return None

    def alive_ids(self) -> Iterator[EntryId]:
        """Return the entries without which a fold would lose the alarm: none once resolved."""
        if not self.firing:
            return
        yield self.id
        for episode in self.episodes()[-1:]:
            yield from (level.id for level in episode.levels[1:])
        if self.latest is not self.first:
            yield self.latest.id
        since = self.opening.order
        yield from (EntryId(*order[1:]) for order, _ in self.actions if order > since)

    def go_on(self, report: Report) -> bool:
        """Follow the newest report; return True when it begins, worsens or ends an episode."""
        if report.resolved:
            if not self.firing:
                return False
            self.close = report
            return True
        if self.firing:
            if report.severity <= self.peak.severity:
                return False
            self.worst = report
            return True
        self.first, self.close, self.worst = report, None, report
        return True

    def work_out(self) -> bool:
        """Compute the last episode again; a late report may have changed an earlier one, too."""
        self.disordered = True
        found = self.episodes()
        self.first = found[-1].first if found else None
        self.close = found[-1].close if found else None
        self.worst = found[-1].worst if found else None
        return True
