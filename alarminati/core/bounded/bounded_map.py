"""Map and set with bounded memory, for entries that arrive late or twice.

Both drop the oldest keys first and never scan: a bound that costs time under load is no bound.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class BoundedMap(Generic[K, V]):
    """Map of at least the newest `size` keys and at most twice as many.

    Two generations: when the younger is full it becomes the older, and the older is dropped.
    (Removing the first key of one dict repeatedly would scan its deleted slots.)
    """

    def __init__(self, size: int) -> None:
        if size < 1:
            raise ValueError(f"size ({size}) must be at least 1")
        self._size = size
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, key: K) -> V | None:
        """Return the value under `key`, or None."""
        value = self._young.get(key)
        return value if value is not None else self._old.get(key)

    def put(self, key: K, value: V) -> None:
        """Store `value` as the newest."""
        self._old.pop(key, None)
        self._young[key] = value
        if len(self._young) >= self._size:
            self._old, self._young = self._young, {}

    def pop(self, key: K) -> V | None:
        """Remove `key` and return its value, or None."""
        value = self._young.pop(key, None)
        return value if value is not None else self._old.pop(key, None)


class SequenceSet:
    """Set of the sequences seen of each origin, as ranges: nearly always one range an origin."""

    def __init__(self) -> None:
        self._ranges: dict[str, tuple[list[int], list[int]]] = {}

    def __contains__(self, place: tuple[str, int]) -> bool:
        origin, sequence = place
        starts, ends = self._ranges.get(origin, ([], []))
        at = bisect_right(starts, sequence) - 1
        return at >= 0 and sequence <= ends[at]

    def add(self, origin: str, sequence: int) -> bool:
        """Add one sequence; return False when the set has it."""
        ranges = self._ranges.get(origin)
        if ranges is None:
            self._ranges[origin] = ([sequence], [sequence])
            return True
        starts, ends = ranges
        if ends[-1] + 1 == sequence:  # the usual case: the next sequence
            ends[-1] = sequence
            return True
        at = bisect_right(starts, sequence) - 1
        if at >= 0 and sequence <= ends[at]:
            return False
        _insert(starts, ends, at, sequence)
        return True


def _insert(starts: list[int], ends: list[int], at: int, sequence: int) -> None:
    """Add a sequence behind range `at`, and join the ranges that it touches."""
    joins_left = at >= 0 and ends[at] + 1 == sequence
    joins_right = at + 1 < len(starts) and starts[at + 1] == sequence + 1
    if joins_left and joins_right:
        ends[at] = ends.pop(at + 1)
        starts.pop(at + 1)
    elif joins_left:
        ends[at] = sequence
    elif joins_right:
        starts[at + 1] = sequence
    else:
        starts.insert(at + 1, sequence)
        ends.insert(at + 1, sequence)
