"""Extents: what this replica holds of each origin, and which entries it may accept next.

Each replica appends only under its own origin, so merging is a union. Sequences of an origin have
no holes above its floor; below it retention may have removed entries.

A process takes a fresh origin every time it starts, from its first append on. So no replica can
hold more of an origin than its owner does: a disk set back in time merely lacks entries that its
peers still have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from alarminati.core.model.entries import Entry, EntryId

HIGHEST = 2**63 - 1
"""Highest sequence, floor and stamp that a journal can hold; each travels as 64 bits."""


class Extent(NamedTuple):
    """Range of one origin that a journal holds."""

    last: int  # highest sequence held
    floor: int = 0  # entries up to here may be missing

    @property
    def possible(self) -> bool:
        """Return whether a journal can hold this extent."""
        return 0 <= self.last <= HIGHEST and 0 <= self.floor <= HIGHEST


class Verdict(Enum):
    """Decision on an entry that a peer sent."""

    TAKE = "take"
    KNOWN = "known"
    HOLE = "hole"  # an earlier entry is missing: the link must start over


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry with its place in the order this replica stored things."""

    position: int
    entry: Entry


class Reader(Protocol):
    """Part of the store that links read from; called on the loop, short reads only."""

    def since(self, have: Mapping[str, int], after: int, limit: int) -> tuple[list[Stored], int]:
        """Return entries above `have` and behind position `after`, in stored order, up to `limit`.

        The second part is the position up to which the read is complete. When it does not exceed
        `after`, that was all.
        """
        ...


class Journal:
    """Index of the store: `own` origin, and the extent of every origin."""

    def __init__(
        self,
        own: str,
        extents: Mapping[str, Extent] | None = None,
        newest: Mapping[str, int] | None = None,
    ) -> None:
        """Index `extents`; `newest` is the highest sequence stored by origin; None: their own."""
        self.own = own
        self._extents: dict[str, Extent] = dict(extents or {})
        whole = {origin: extent.last for origin, extent in self._extents.items()}
        self._newest = dict(whole if newest is None else newest)

    def last(self, origin: str) -> int:
        """Return the highest sequence held of `origin`; 0 for nothing."""
        extent = self._extents.get(origin)
        return extent.last if extent else 0

    def holds(self, id: EntryId) -> bool:
        """Return whether the entry was ever written here; skipped entries were not."""
        return id.sequence <= self._newest.get(id.origin, 0)

    def extents(self) -> dict[str, Extent]:
        """Return all extents, by origin."""
        return dict(self._extents)

    def cursor(self) -> dict[str, int]:
        """Return the cursor of a client that has everything held here."""
        return {origin: extent.last for origin, extent in sorted(self._extents.items())}

    def judge(self, entry: Entry, ahead: Mapping[str, int]) -> Verdict:
        """Decide on `entry`, given the last sequences on their way to the disk (`ahead`)."""
        extent = self._extents.get(entry.origin, Extent(0))
        last = ahead.get(entry.origin, extent.last)
        if entry.sequence <= last:
            return Verdict.KNOWN
        if entry.sequence == last + 1 or entry.sequence - 1 <= extent.floor:
            return Verdict.TAKE
        return Verdict.HOLE

    def take(self, entry: Entry) -> None:
        """Take note that `entry` is on disk."""
        extent = self._extents.get(entry.origin, Extent(0))
        self._extents[entry.origin] = Extent(max(extent.last, entry.sequence), extent.floor)
        self._newest[entry.origin] = max(self._newest.get(entry.origin, 0), entry.sequence)

    def raise_floor(self, origin: str, floor: int) -> bool:
        """Raise the floor of `origin`: entries up to it may be missing; return whether it rose."""
        extent = self._extents.get(origin, Extent(0))
        if floor <= extent.floor:
            return False
        self._extents[origin] = Extent(extent.last, floor)
        return True

    def skip(self, origin: str, floor: int) -> None:
        """Take note that this replica has all that any replica still holds of `origin` up to
        `floor`.

        So an origin goes further than its newest entry only up to its floor.
        """
        extent = self._extents.get(origin, Extent(0))
        if floor > extent.last:
            self._extents[origin] = Extent(floor, max(extent.floor, floor))
