"""Connection admission: when a listener is full, evict the oldest idle connection.

Refusing newcomers would let an attacker hold all places and lock everybody else out. So a newcomer
is admitted, and the connection is evicted that has been open longest without a request. When all
connections have made requests, the one that has been idle longest is evicted. A connection that
waits for an answer stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class ConnectionAdmission(Generic[T]):
    """At most `room` connections, and `share` of any one place; `home` has no share."""

    def __init__(self, room: int, share: int, home: str = "") -> None:
        if not 1 <= share <= room:
            raise ValueError(f"share ({share}) must be at least 1 and not exceed room ({room})")
        self.room = room
        self.share = share
        self._home = home
        self._places: dict[T, str] = {}
        self._counts: Counter[str] = Counter()
        self._silent: dict[T, None] = {}  # without a request so far; oldest first
        self._resting: dict[T, None] = {}  # idle after an answer; longest idle first

    def __len__(self) -> int:
        return len(self._places)

    def enter(self, who: T, place: str) -> T | None:
        """Add a connection; return the one to evict, None, or `who` when none can be evicted."""
        crowded = place != self._home and self._counts[place] >= self.share
        leaves: T | None = None
        if crowded or len(self._places) >= self.room:
            leaves = self._first(place if crowded else None, who)
            self.leave(leaves)
        if leaves is not who:
            self._places[who] = place
            self._counts[place] += 1
            self._silent[who] = None
        return leaves

    def ask(self, who: T) -> None:
        """Mark the connection as waiting for an answer."""
        self._silent.pop(who, None)
        self._resting.pop(who, None)

    def rest(self, who: T) -> None:
        """Mark the connection as idle: all its requests are answered."""
        if who in self._places:
            self._resting[who] = None

    def leave(self, who: T) -> None:
        """Remove a connection that is closed."""
        place = self._places.pop(who, None)
        if place is None:
            return
        self._silent.pop(who, None)
        self._resting.pop(who, None)
        self._counts[place] -= 1
        if not self._counts[place]:
            del self._counts[place]

    def _first(self, place: str | None, newcomer: T) -> T:
        everybody: Iterable[T] = (*self._silent, *self._resting)
        return next((w for w in everybody if place is None or self._places[w] == place), newcomer)
