"""A fold: state that follows from entries, the same on every replica whatever their order."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, Protocol, TypeVar

from alarminati.core.model.entries import Body, Entry, EntryId, Order

T = TypeVar("T")


class Fold(Protocol):
    """What a replica feeds every entry that is on disk, once or more often, in any order."""

    def apply(self, entry: Entry) -> None:
        """Fold one entry; most are of no concern."""
        ...

    def behind(self, body: Body) -> int:
        """Stamp of the last word on what this body is about; 0: there is none. See `succession`."""
        ...

    def alive_ids(self) -> Iterable[EntryId]:
        """Entries without which folding again would come to another state: retention keeps them."""
        ...


class LatestByKey(Generic[T]):
    """The last body of each name, by the order of entries."""

    def __init__(self) -> None:
        self._bodies: dict[str, tuple[Order, T]] = {}

    def put(self, name: str, entry: Entry, body: T) -> bool:
        """Take in a body; False when a later one of that name is known."""
        known = self._bodies.get(name)
        if known is not None and known[0] >= entry.order:
            return False
        self._bodies[name] = (entry.order, body)
        return True

    def get(self, name: str) -> T | None:
        """The body of that name."""
        known = self._bodies.get(name)
        return known[1] if known else None

    def forget(self, name: str) -> None:
        """Nothing depends on that name any more."""
        self._bodies.pop(name, None)

    def items(self) -> list[tuple[str, T]]:
        """All, by name."""
        return [(name, body) for name, (_, body) in sorted(self._bodies.items())]

    def stamp_of(self, name: str) -> int:
        """Stamp of the entry that counts for that name; 0: there is none."""
        known = self._bodies.get(name)
        return known[0][0] if known else 0

    def order_of(self, name: str) -> Order | None:
        """Place of the entry that counts for that name."""
        known = self._bodies.get(name)
        return known[0] if known else None

    def id_of(self, name: str) -> EntryId | None:
        """The entry that counts for that name."""
        known = self._bodies.get(name)
        return EntryId(*known[0][1:]) if known else None
