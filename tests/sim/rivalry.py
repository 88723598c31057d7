"""G4: two that hear each other are not both master for long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Generic, Protocol, TypeVar


class Leader(Protocol):
    """Somebody who may lead."""

    name: str
    paused: bool
    leading_since: float | None


Who = TypeVar("Who", bound=Leader)


class Rivalry(Generic[Who]):
    """Watches all along, and remembers the longest time two led that could hear each other."""

    def __init__(self, connected: Callable[[Who, Who], bool], patience: float) -> None:
        self.worst = 0.0
        self.spoke: dict[tuple[str, str], float] = {}  # when two were first heard of each other
        self._connected = connected
        self._patience = patience

    def heard(self, now: float, one: str, other: str) -> None:
        """A word went from one to the other."""
        self.spoke.setdefault((min(one, other), max(one, other)), now)

    def watch(self, now: float, nodes: Sequence[Who]) -> None:
        """Look at everybody. Raises AssertionError when two led for too long."""
        leaders = [n for n in nodes if n.leading_since is not None and not n.paused]
        for a, b in combinations(leaders, 2):
            heard = self.spoke.get((min(a.name, b.name), max(a.name, b.name)))
            if heard is None or not self._connected(a, b):
                continue
            assert a.leading_since is not None and b.leading_since is not None
            since = max(heard, a.leading_since, b.leading_since)
            self.worst = max(self.worst, now - since)
            assert now - since <= self._patience, (
                f"G4: {a.name} and {b.name} both lead since {since:.3f}, now {now:.3f}"
            )
