"""When there are too many alarms to read one by one.

A storm is over 50 new alarms in 10 s, or over 500 that fire. It ends after two calm minutes.
Times are milliseconds since 1970 UTC.
"""

from __future__ import annotations

from collections import deque
from typing import Final

RATE: Final = 50
WINDOW: Final = 10_000
FIRING: Final = 500
CALM: Final = 120_000
MINUTE: Final = 60_000
MINUTES: Final = 12


class StormWatch:
    """Counts what begins; `start` and `end` say how the storm stands."""

    def __init__(self) -> None:
        self.start = 0
        """0: there is none."""
        self.end = 0
        """0: it goes on."""
        self.peak = 0
        self.peak_ms = 0
        self._recent: deque[tuple[int, int]] = deque()
        self._minutes: dict[int, int] = {}
        self._calm_since = 0

    @property
    def on(self) -> bool:
        """Return whether a storm goes on."""
        return bool(self.start) and not self.end

    def look(self, now: int, began: int, firing: int) -> bool:
        """Take in new alarms; return whether a storm began or ended."""
        if began:
            self._count(now, began)
        while self._recent and self._recent[0][0] <= now - WINDOW:
            self._recent.popleft()
        rough = sum(count for _, count in self._recent) > RATE or firing > FIRING
        if rough:
            self._calm_since = 0
            if not self.on:
                self.start, self.end = now, 0
                self.peak = self._minutes.get(now // MINUTE, 0)
                self.peak_ms = now
                return True
            return False
        if not self.on:
            return False
        self._calm_since = self._calm_since or now
        if now - self._calm_since < CALM:
            return False
        self.end = now
        return True

    def close(self) -> None:
        """Forget a storm that is over."""
        if self.end:
            self.start = self.end = 0

    def rate(self, now: int) -> list[int]:
        """Return what began in each of the last minutes, oldest first."""
        this = now // MINUTE
        return [self._minutes.get(this - back, 0) for back in reversed(range(MINUTES))]

    def _count(self, now: int, began: int) -> None:
        self._recent.append((now, began))
        minute = now // MINUTE
        self._minutes[minute] = self._minutes.get(minute, 0) + began
        for old in [each for each in self._minutes if each <= minute - MINUTES]:
            del self._minutes[old]
        if self._minutes[minute] > self.peak:
            self.peak, self.peak_ms = self._minutes[minute], now
