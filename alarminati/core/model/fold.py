"""Fold: state computed from entries, equal on every replica in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from alarminati.core.model.entries import Body, Entry, EntryId, Order

T = TypeVar("T")


class Fold(Protocol):
    """Consumer of every entry that is on disk; entries come once or more often, in any order."""

    def apply(self, entry: Entry) -> None:
        """Fold one entry; most entries concern other folds."""
        ...

    def behind(self, body: Body) -> int:
        """Return the stamp of the last entry on the subject of `body`, or 0. See `causal_stamp`."""
        ...

    def alive_ids(self) -> Iterable[EntryId]:
        """Return the entries without which the fold would differ: retention keeps these."""
        ...


class LatestByKey(Generic[T]):
    """Last body of each name, by the order of entries."""

    def __init__(self) -> None:
        self._bodies: dict[str, tuple[Order, T]] = {}

    def put(self, name: str, entry: Entry, body: T) -> bool:
        """Store a body; return False when a later one of that name is known."""
        known = self._bodies.get(name)
        if known is not None and known[0] >= entry.order:
            return False
        self._bodies[name] = (entry.order, body)
        return True

    def get(self, name: str) -> T | None:
        """Return the last body of a name, or None."""
        known = self._bodies.get(name)
        return known[1] if known else None

    def forget(self, name: str) -> None:
        """Remove a name on which nothing depends any longer."""
        self._bodies.pop(name, None)

    def items(self) -> list[tuple[str, T]]:
        """Return all bodies, by name."""
        return [(name, body) for name, (_, body) in sorted(self._bodies.items())]

    def stamp_of(self, name: str) -> int:
        """Return the stamp of the last entry of a name, or 0."""
        known = self._bodies.get(name)
        return known[0][0] if known else 0

    def order_of(self, name: str) -> Order | None:
        """Return the sort key of the last entry of a name, or None."""
        known = self._bodies.get(name)
        return known[0] if known else None

    def id_of(self, name: str) -> EntryId | None:
        """Return the id of the last entry of a name, or None."""
        known = self._bodies.get(name)
        return EntryId(*known[0][1:]) if known else None
