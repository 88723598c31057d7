"""Queues: when a lost one is tried again, and which alarms a queue itself causes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alarminati.core.model.entries import Alarm, Severity

SOURCE: Final = "queue"
UNREACHABLE_AFTER: Final = 60.0  # seconds until a queue that cannot be reached is an alarm
REPEAT: Final = 300.0  # seconds between two reports of that alarm
TTL: Final = 900  # seconds; the alarm ends by itself when no master reports it again
NEARLY_FULL: Final = 0.8
"""Part of the room of a relay from which it is an alarm."""
DETAIL_LIMIT: Final = 1024  # characters
FIRST_PAUSE: Final = 1.0  # seconds before a lost queue is tried again, the first time
LONGEST_PAUSE: Final = 30.0


@dataclass(slots=True)
class QueueStanding:
    """State of one queue while this replica is master. Times are seconds, monotonic."""

    name: str
    connected: bool = False
    accepted: int = 0  # messages
    dead: int = 0
    pending: int | None = None
    oldest: int = 0  # milliseconds since 1970 of the oldest message of the last fetch
    last_error: str = ""
    _lost_since: float | None = None
    _reported: float | None = None
    _failures: int = 0
    _full_reported: float | None = None

    def lost(self, now: float, detail: str) -> float:
        """Note that the queue is lost; return the seconds until it is tried again."""
        self.connected, self.last_error = False, detail[:DETAIL_LIMIT]
        if self._lost_since is None:
            self._lost_since = now
        self._failures += 1
        return min(FIRST_PAUSE * float(1 << min(self._failures - 1, 30)), LONGEST_PAUSE)

    def reached(self, wall: int) -> Alarm | None:
        """Note that the queue answers; return the report that ends its alarm, if there is one."""
        self.connected, self.last_error = True, ""
        fired = self._reported is not None
        self._lost_since = self._reported = None
        self._failures = 0
        return self._alarm(wall, True, "") if fired else None

    def overdue(self, now: float, wall: int) -> Alarm | None:
        """Return the alarm of a queue that has been lost for too long, or None."""
        if self._lost_since is None or now - self._lost_since < UNREACHABLE_AFTER:
            return None
        if self._reported is not None and now - self._reported < REPEAT:
            return None
        self._reported = now
        return self._alarm(wall, False, self.last_error)

    def gap(self, wall: int, lost: int) -> Alarm:
        """Return the alarm that retention of the queue removed messages unseen."""
        some = "1 message" if lost == 1 else f"up to {lost} messages"
        return Alarm(
            f"Queue {self.name} removed {some} before they were taken",
            Severity.ERROR,
            wall,
            labels=(("queue", self.name),),
            key=f"queue:{self.name}:gap:{wall}",
            annotations=(("mend", "keep messages longer in the queue than agents may be away"),),
            source=SOURCE,
            ttl=86_400,
        )

    def filled(self, now: float, wall: int, used: float) -> Alarm | None:
        """Return the report that a relay is nearly full, or no longer; None: nothing to report."""
        full = used >= NEARLY_FULL
        before = self._full_reported
        if full == (before is not None) and (before is None or now - before < REPEAT):
            return None
        self._full_reported = now if full else None
        return Alarm(
            f"Relay {self.name} is nearly full",
            Severity.ERROR,
            wall,
            not full,
            labels=(("queue", self.name),),
            key=f"queue:{self.name}:full",
            annotations=(("used", f"{used:.0%}"),),
            source=SOURCE,
            ttl=TTL if full else 0,
        )

    def _alarm(self, wall: int, resolved: bool, detail: str) -> Alarm:
        return Alarm(
            f"Queue {self.name} cannot be reached",
            Severity.ERROR,
            wall,
            resolved,
            labels=(("queue", self.name),),
            key=f"queue:{self.name}",
            annotations=(("detail", detail),) if detail else (),
            source=SOURCE,
            ttl=0 if resolved else TTL,
        )
