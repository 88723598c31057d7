"""Copies of the journal: when a lost one is tried again, and which alarms it causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.monitors.queue_intake import (
    DETAIL_LIMIT,
    FIRST_PAUSE,
    LONGEST_PAUSE,
    REPEAT,
    TTL,
)

SOURCE: Final = "copy"
UNREACHABLE_AFTER: Final = 300.0  # seconds; alarms are safe on the replicas meanwhile


@dataclass(slots=True)
class CopyStanding:
    """State of one copy while this replica writes to it. Times are seconds, monotonic."""

    name: str
    connected: bool = False
    written: int = 0  # entries
    last_error: str = ""
    _lost_since: float | None = None
    _reported: float | None = None
    _failures: int = 0

    def lost(self, now: float, detail: str) -> float:
        """Note that the copy is lost; return the seconds until it is tried again."""
        self.connected, self.last_error = False, detail[:DETAIL_LIMIT]
        if self._lost_since is None:
            self._lost_since = now
        self._failures += 1
        return min(FIRST_PAUSE * float(1 << min(self._failures - 1, 30)), LONGEST_PAUSE)

    def reached(self, wall: int) -> Alarm | None:
        """Note that the copy answers; return the report that ends its alarm, if there is one."""
        self.connected, self.last_error = True, ""
        fired = self._reported is not None
        self._lost_since = self._reported = None
        self._failures = 0
        return self._alarm(wall, True, "") if fired else None

    def overdue(self, now: float, wall: int) -> Alarm | None:
        """Return the alarm of a copy that has been lost for too long, or None."""
        if self._lost_since is None or now - self._lost_since < UNREACHABLE_AFTER:
            return None
        if self._reported is not None and now - self._reported < REPEAT:
            return None
        self._reported = now
        return self._alarm(wall, False, self.last_error)

    def gap(self, wall: int, lost: int) -> Alarm:
        """Return the alarm that the copy itself has lost entries, which were looked for."""
        some = "an entry" if lost == 1 else f"{lost} entries" if lost else "messages"
        return Alarm(
            f"Copy {self.name} of the journal has lost {some}",
            Severity.ERROR,
            wall,
            labels=(("copy", self.name),),
            key=f"copy:{self.name}:gap:{wall}",
            source=SOURCE,
            ttl=86_400,
        )

    def _alarm(self, wall: int, resolved: bool, detail: str) -> Alarm:
        return Alarm(
            f"Copy {self.name} of the journal cannot be written",
            Severity.WARNING,
            wall,
            resolved,
            labels=(("copy", self.name),),
            key=f"copy:{self.name}",
            annotations=(("detail", detail),) if detail else (),
            source=SOURCE,
            ttl=0 if resolved else TTL,
        )
