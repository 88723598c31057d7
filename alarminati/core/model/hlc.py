"""Hybrid logical clock: stamps that follow the wall clock but never contradict cause and effect.

A stamp is `milliseconds since 1970 UTC << 16 | counter`. After Kulkarni et al., "Logical Physical
Clocks" (2014), with a bound: what a peer's clock claims is believed only `MAX_AHEAD` beyond our
own, so that one replica whose clock jumps by years cannot drag the others along.
"""

from __future__ import annotations

COUNTER_BITS = 16
MAX_AHEAD = 60_000  # milliseconds


def milliseconds(stamp: int) -> int:
    """The physical part of a stamp, milliseconds since 1970 UTC."""
    return stamp >> COUNTER_BITS


class HybridClock:
    """Hands out stamps greater than all it gave out and (within reason) all it has seen."""

    def __init__(self, last: int = 0) -> None:
        self.last = last
        self.highest = last  # seen of others, believed or not

    def next(self, wall: int) -> int:
        """A new stamp; `wall` is the local clock in milliseconds."""
        self.last = max(self.last + 1, wall << COUNTER_BITS)
        return self.last

    def witness(self, stamp: int, wall: int) -> None:
        """Take note of a peer's stamp, so that what is stamped next sorts behind it."""
        self.highest = max(self.highest, stamp)
        self.last = max(self.last, min(stamp, (wall + MAX_AHEAD) << COUNTER_BITS))
