"""What is to be told, before any channel has put it into its own form.

A `Message` is made anew for every attempt of a notice; only `late` differs between attempts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from alarminati.core.alarms import AlarmState
from alarminati.core.entries import Alarm, EntryId, NoticeItem
from alarminati.core.stamp import milliseconds


@dataclass(frozen=True, slots=True)
class Item:
    """One alarm in one state."""

    alarm: Alarm  # the report that is told
    id: EntryId  # of that report
    fingerprint: str
    resolved: bool
    since: int  # when it began to fire by the cluster's clock, milliseconds since 1970; 0: unknown
    until: int = 0  # when it was over, likewise; 0 while it fires


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
    begun = [each.first for each in state.episodes() if each.first.order <= report.order]
    return Item(
        report.alarm,
        told.alarm,
        told.fingerprint,
        told.resolved,
        since=milliseconds((begun or [state.opening])[-1].stamp),
        until=milliseconds(report.stamp) if told.resolved else 0,
    )


def rfc3339(time: int) -> str:
    """A time in milliseconds since 1970 for machines: UTC, e.g. 2025-09-18T03:42:00Z."""
    moment = datetime.fromtimestamp(time // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = time % 1000
    return f"{moment}.{rest:03d}Z" if rest else f"{moment}Z"
