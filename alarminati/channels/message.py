"""What is to be told, before any channel has put it into its own form.

A `Message` is made anew for every attempt of a notice; only `late` differs between attempts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from alarminati.core.alarms.book import AlarmState
from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.model.entries import Alarm, EntryId, NoticeItem, Occasion, Severity
from alarminati.core.model.hlc import COUNTER_BITS, milliseconds

HOUR = 3_600_000 << COUNTER_BITS  # in stamps


@dataclass(frozen=True, slots=True)
class Item:
    """One alarm in one state."""

    alarm: Alarm  # the report that is told
    id: EntryId  # of that report
    fingerprint: str
    resolved: bool
    since: int  # when it began to fire by the cluster's clock, milliseconds since 1970; 0: unknown
    until: int = 0  # when it was over, likewise; 0 while it fires
    occasion: Occasion = Occasion.CHANGED
    ordinal: int = 0  # REPEATED only: which repetition, from 1
    worse: int = 0  # when it got as bad as this says, if it began less severe; milliseconds
    was: Severity | None = None  # SEVERITY_RAISED only: how severe it was before
    by: str = ""  # ACKNOWLEDGED only: who did
    comment: str = ""  # likewise, what they said
    seen: int = 0  # likewise, when; milliseconds since 1970
    began: int = 1  # how often it began within the hour before this report
    receipt: str = ""  # what the channel called its last message, when that was about this alone

    @property
    def acknowledged(self) -> bool:
        """It is told because somebody acknowledged it."""
        return self.occasion is Occasion.ACKNOWLEDGED and not self.resolved

    @property
    def continues(self) -> bool:
        """It says more about an episode that was told before: it may go where that was told."""
        return self.resolved or self.occasion is not Occasion.CHANGED

    @property
    def rings(self) -> bool:
        """People are to notice it: editing a message, as is done for the rest, rings nowhere."""
        return self.occasion in (Occasion.REPEATED, Occasion.SEVERITY_RAISED)

    @property
    def moment(self) -> int:
        """When what is told happened, milliseconds since 1970; 0: at no certain moment."""
        if self.resolved:
            return self.until
        if self.occasion is Occasion.REPEATED:
            return 0
        return self.seen if self.acknowledged else self.worse or self.since


@dataclass(frozen=True, slots=True)
class Message:
    """Everything a channel needs to tell a notice."""

    project: str  # of the cluster; alarms may carry their own
    cluster: str
    channel: str
    key: str  # idempotency key
    items: tuple[Item, ...]
    late: float = 0.0  # seconds since the newest item was reported, when worth saying; else 0
    left_out: int = 0  # items of the notice whose reports are no longer kept
    test: bool = False
    now: int = 0  # by the cluster's clock, milliseconds since 1970; 0: unknown
    title: str = ""  # in place of the state's word, when a template made it; escaped already
    text: str = ""  # in place of the alarm's text, labels and annotations, likewise
    broken: bool = False  # there is a template, and it failed

    @property
    def digest(self) -> bool:
        """More than one alarm in one message."""
        return len(self.items) + self.left_out > 1

    @property
    def status(self) -> str:
        """firing, resolved or mixed."""
        resolved = {item.resolved for item in self.items}
        if len(resolved) > 1:
            return "mixed"
        return "resolved" if True in resolved else "firing"

    def project_of(self, item: Item) -> str:
        """The project an item belongs to."""
        return item.alarm.project or self.project


def item_of(state: AlarmState, told: NoticeItem) -> Item:
    """What a notice tells about an alarm.

    Should the report have been thinned out, the one that opened or closed the episode stands in.
    """
    stand_in = (state.close or state.opening) if told.resolved else state.opening
    report = next((each for each in state.reports if each.id == told.alarm), stand_in)
    begun = [each for each in state.episodes() if each.first.order <= report.order]
    levels = begun[-1].levels if begun else [report]
    at = next((n for n, level in enumerate(levels) if level is report), 0)
    raised = told.occasion is Occasion.SEVERITY_RAISED
    by, comment, seen = _acknowledged(state, told)
    return Item(
        _said(report, begun[-1], told) if begun else report.alarm,
        told.alarm,
        told.fingerprint,
        told.resolved,
        since=milliseconds((begun[-1].first if begun else state.opening).stamp),
        until=milliseconds(report.stamp) if told.resolved else 0,
        occasion=told.occasion,
        ordinal=told.ordinal,
        worse=milliseconds(report.stamp) if at else 0,
        was=levels[at - 1].severity if at and raised else None,
        by=by,
        comment=comment,
        seen=seen,
        began=_began(begun),
    )


def _said(report: Report, episode: Episode, told: NoticeItem) -> Alarm:
    """What to show: what is told about says it, and while nothing changes the newest report.

    An end is as severe as the alarm was at its worst: whoever was called for that is told.
    """
    if told.resolved:
        return replace(report.alarm, severity=episode.worst.severity)
    if told.occasion in (Occasion.REPEATED, Occasion.ACKNOWLEDGED):
        return episode.latest.alarm
    return report.alarm


def _began(begun: list[Episode]) -> int:
    """How many episodes began within the hour before the last of them, itself included."""
    return sum(each.first.stamp + HOUR > begun[-1].first.stamp for each in begun) if begun else 1


def _acknowledged(state: AlarmState, told: NoticeItem) -> tuple[str, str, int]:
    """By whom, with what words and when."""
    known = state.acknowledgement
    if told.occasion is Occasion.ACKNOWLEDGED and known is not None:
        for (stamp, _, _), body in state.acknowledgements:
            if body is known:
                return (body.by, body.comment, milliseconds(stamp))
    return ("", "", 0)


def rfc3339(time: int) -> str:
    """A time in milliseconds since 1970 for machines: UTC, e.g. 2025-09-18T03:42:00Z."""
    moment = datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = time % 1000
    return f"{moment}.{rest:03d}Z" if rest else f"{moment}Z"
