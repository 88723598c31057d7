"""Stamps after the latest known entry on a subject, in case a peer's clock ran ahead.

Stamps of peers are believed only so far (see `hlc`). An entry stamped far ahead would therefore
stay the last one on its alarm, silence or channel for years. So a replica that writes about the
same subject, and knows that entry, stamps its own entry just after it. Other entries are not
affected.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    HeartbeatSeen,
    Invitation,
    Revocation,
    Sealed,
    Silence,
)
from alarminati.core.model.hlc import HybridClock

GIVEN = 10_000  # subjects whose last entry lies ahead of the clock

Behind = Callable[[Body], int]
"""Stamp of the last known entry on the subject of a body; 0: none."""


class CausalStamper:
    """Stamps for new entries; `behind` are the folds that know the last entry on a subject."""

    def __init__(self, clock: HybridClock, behind: Sequence[Behind]) -> None:
        self._clock = clock
        self._behind = behind
        self._given: BoundedMap[str, int] = BoundedMap(GIVEN)  # stamps that are not folded yet

    def stamp(self, body: Body, wall: int) -> int:
        """Return a stamp for this body."""
        stamp = self._clock.next(wall)
        if stamp > self._clock.highest or not (about := _about(body)):
            return stamp
        last = max((behind(body) for behind in self._behind), default=0)
        last = max(last, *(self._given.get(subject) or 0 for subject in about))
        if last < stamp:
            return stamp
        for subject in about:
            self._given.put(subject, last + 1)
        return last + 1


def _about(body: Body) -> tuple[str, ...]:
    match body:
        case Alarm():
            return (f"alarm/{body.fingerprint()}",)
        case Action():
            return tuple(f"alarm/{fingerprint}" for fingerprint in body.fingerprints)
        case Silence() | Invitation():
            return (f"id/{body.id}",)
        case Sealed():
            return (f"sealed/{body.name}",)
        case Revocation():
            return (f"certificate/{body.role}/{body.name}",)
        case HeartbeatSeen():
            return (f"heartbeat/{body.name}",)
        case _:
            return ()
