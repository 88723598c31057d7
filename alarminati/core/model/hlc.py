"""Hybrid logical clock: stamps follow the wall clock and never contradict cause and effect.

A stamp is `milliseconds since 1970 UTC << 16 | counter`. After Kulkarni et al., "Logical Physical
Clocks" (2014), with a bound: a peer's clock is believed at most `MAX_AHEAD` beyond our own, so
that one replica whose clock jumps by years does not drag the others along.
"""

from __future__ import annotations

COUNTER_BITS = 16
MAX_AHEAD = 60_000  # milliseconds


def milliseconds(stamp: int) -> int:
    """Return the physical part of a stamp, milliseconds since 1970 UTC."""
    return stamp >> COUNTER_BITS


class HybridClock:
    """Source of stamps greater than all it gave out and (within `MAX_AHEAD`) all it has seen."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.highest = last  # highest stamp seen, believed or not

    def next(self, wall: int) -> int:
        """Return a new stamp; `wall` is the local clock in milliseconds."""
        self.last = max(self.last + 1, wall << COUNTER_BITS)
        return self.last

    def witness(self, stamp: int, wall: int) -> None:
        """Note a peer's stamp, so that the next stamp sorts behind it."""
        self.highest = max(self.highest, stamp)
        self.last = max(self.last, min(stamp, (wall + MAX_AHEAD) << COUNTER_BITS))
