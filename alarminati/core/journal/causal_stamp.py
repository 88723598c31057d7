"""What a new entry must sort behind, so that it counts although another's clock was years ahead.

Stamps of others are believed only so far (see `stamp`). What was stamped far ahead would therefore
stay the last word on its alarm, silence or channel for years. So who writes about the same thing,
and knows that last word, stamps what it writes just behind it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.model.entries import (
    Acknowledgement,
    Alarm,
    Body,
    Invitation,
    Revocation,
    Sealed,
    Silence,
)
from alarminati.core.model.hlc import HybridClock

GIVEN = 10_000  # things with a last word that lies ahead

Behind = Callable[[Body], int]
"""Stamp of the last word, known here, on what a body is about; 0: none."""


class CausalStamper:
    """Stamps for new entries; `behind` are the folds to ask for the last word."""

    def __init__(self, clock: HybridClock, behind: Sequence[Behind]) -> None:
        self._clock = clock
        self._behind = behind
        self._given: BoundedMap[str, int] = BoundedMap(GIVEN)  # words that are not folded yet

    def stamp(self, body: Body, wall: int) -> int:
        """A stamp for this body."""
        stamp = self._clock.next(wall)
        if stamp > self._clock.highest or not (about := _about(body)):
            return stamp
        last = max((behind(body) for behind in self._behind), default=0)
        last = max(last, self._given.get(about) or 0)
        if last < stamp:
            return stamp
        self._given.put(about, last + 1)
        return last + 1


def _about(body: Body) -> str:
    match body:
        case Alarm():
            return f"alarm/{body.fingerprint()}"
        case Acknowledgement():
            return f"alarm/{body.fingerprint}"
        case Silence() | Invitation():
            return f"id/{body.id}"
        case Sealed():
            return f"sealed/{body.name}"
        case Revocation():
            return f"certificate/{body.role}/{body.name}"
        case _:
            return ""
