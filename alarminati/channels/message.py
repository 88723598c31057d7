"""What is to be told, before any channel has put it into its own form.

A `Message` is made anew for every attempt of a notice; only `late` differs between attempts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from alarminati.core.entries import Alarm, EntryId


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


def rfc3339(milliseconds: int) -> str:
    """A time for machines, UTC, e.g. 2025-09-18T03:42:00Z; with milliseconds when there are any."""
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    rest = milliseconds % 1000
    return f"{moment}.{rest:03d}Z" if rest else f"{moment}Z"
