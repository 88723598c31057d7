"""Who is at a door with limited room, and who has to go when there is none left.

Refusing newcomers would let an attacker lock everybody out by holding all the places. So a newcomer
gets in, and out goes who has been here longest without ever having asked for anything; when all
have asked, who has been resting longest. Who waits for an answer stays.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class ConnectionAdmission(Generic[T]):
    """At most `room` in all and `share` of any one place, except `home`, which has no share."""

    def __init__(self, room: int, share: int, home: str = "") -> None:
        if not 1 <= share <= room:
            raise ValueError(f"share ({share}) must be at least 1 and not exceed room ({room})")
        self.room = room
        self.share = share
        self._home = home
        self._places: dict[T, str] = {}
        self._counts: Counter[str] = Counter()
        self._silent: dict[T, None] = {}  # never asked for anything; longest here first
        self._resting: dict[T, None] = {}  # has got its answers; longest at rest first

    def __len__(self) -> int:
        return len(self._places)

    def enter(self, who: T, place: str) -> T | None:
        """Somebody comes. Who must go for it: None when there is room, `who` when nobody can."""
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
        """It has asked for something, and waits."""
        self._silent.pop(who, None)
        self._resting.pop(who, None)

    def rest(self, who: T) -> None:
        """It has its answers."""
        if who in self._places:
            self._resting[who] = None

    def leave(self, who: T) -> None:
        """It is gone."""
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
