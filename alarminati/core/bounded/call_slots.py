"""Call slots: how many calls of one name may be under way at once."""

from __future__ import annotations

from collections import Counter


class CallSlots:
    """So many for each name, each counted alone; who has none under way costs nothing."""

    def __init__(self, most: int) -> None:
        if most < 1:
            raise ValueError(f"most ({most}) must be at least 1")
        self.most = most
        self._taken: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._taken)

    def enter(self, name: str) -> bool:
        """One more begins; False when it may not."""
        if self._taken[name] >= self.most:
            return False
        self._taken[name] += 1
        return True

    def leave(self, name: str) -> None:
        """One that began is over."""
        self._taken[name] -= 1
        if self._taken[name] <= 0:
            del self._taken[name]
