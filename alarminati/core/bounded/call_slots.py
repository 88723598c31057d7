"""Bound on the calls of one name that run at the same time."""

from __future__ import annotations

from collections import Counter


class CallSlots:
    """Counter of running calls by name, with the same bound for each name."""

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError(f"most ({most}) must be at least 1")
        self.most = most
        self._taken: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._taken)

    def enter(self, name: str) -> bool:
        """Count a call that begins; return False when the name has too many already."""
        if self._taken[name] >= self.most:
            return False
        self._taken[name] += 1
        return True

    def leave(self, name: str) -> None:
        """Count a call that is over."""
        self._taken[name] -= 1
        if self._taken[name] <= 0:
            del self._taken[name]
