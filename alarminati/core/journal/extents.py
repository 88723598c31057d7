"""What this replica holds of each origin, and which entries it may take next.

Each replica appends only under its own origin, so merging is a union. Sequences of an origin have
no holes above its floor; below it retention may have dropped entries whose effect is over.

A process takes a fresh origin every time it starts, from its first append on. So nobody can hold
more of an origin than its owner does: a disk set back in time merely lacks entries that its peers
still have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple, Protocol

from alarminati.core.model.entries import Entry, EntryId

HIGHEST = 2**63 - 1
"""The highest sequence, floor and stamp that a journal can hold; they travel with 64 bits."""


class Extent(NamedTuple):
    """How far a journal goes for one origin."""

    last: int  # the highest sequence held
    floor: int = 0  # up to here entries may be missing

    @property
    def possible(self) -> bool:
        """Whether a journal can hold it."""
        return 0 <= self.last <= HIGHEST and 0 <= self.floor <= HIGHEST


class Verdict(Enum):
    """What becomes of an entry that a peer sent."""

    TAKE = "take"
    KNOWN = "known"
    HOLE = "hole"  # something before it is missing: the link must start over


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry with its place in the order this replica stored things."""

    position: int
    entry: Entry


class Reader(Protocol):
    """The part of the store that links read from; called on the loop, short reads only."""

    def since(self, have: Mapping[str, int], after: int, limit: int) -> tuple[list[Stored], int]:
        """Entries above `have` and behind position `after`, in stored order, at most `limit`.

        The second part is the position looked through to: nothing up to there is left out. Once
        it does not exceed `after`, that was all.
        """
        ...


class Journal:
    """An index of the store: `own` origin, and the extent of every origin."""

    def __init__(
        self,
        own: str,
        extents: Mapping[str, Extent] | None = None,
        newest: Mapping[str, int] | None = None,
    ) -> None:
        """`newest`: the highest sequence that is really kept, by origin; None: the extents' own."""
        self.own = own
        self._extents: dict[str, Extent] = dict(extents or {})
        whole = {origin: extent.last for origin, extent in self._extents.items()}
        self._newest = dict(whole if newest is None else newest)

    def last(self, origin: str) -> int:
        """The highest sequence held of `origin`; 0 for nothing."""
        extent = self._extents.get(origin)
        return extent.last if extent else 0

    def holds(self, id: EntryId) -> bool:
        """Was it ever written here? What was only skipped was not."""
        return id.sequence <= self._newest.get(id.origin, 0)

    def extents(self) -> dict[str, Extent]:
        """Everything held, by origin."""
        return dict(self._extents)

    def cursor(self) -> dict[str, int]:
        """Everything held, as a client would say it."""
        return {origin: extent.last for origin, extent in sorted(self._extents.items())}

    def judge(self, entry: Entry, ahead: Mapping[str, int]) -> Verdict:
        """May `entry` be taken, given what is on its way to the disk (`ahead`: last sequences)?"""
        extent = self._extents.get(entry.origin, Extent(0))
        last = ahead.get(entry.origin, extent.last)
        if entry.sequence <= last:
            return Verdict.KNOWN
        if entry.sequence == last + 1 or entry.sequence - 1 <= extent.floor:
            return Verdict.TAKE
        return Verdict.HOLE

    def take(self, entry: Entry) -> None:
        """`entry` is on disk."""
        extent = self._extents.get(entry.origin, Extent(0))
        self._extents[entry.origin] = Extent(max(extent.last, entry.sequence), extent.floor)
        self._newest[entry.origin] = max(self._newest.get(entry.origin, 0), entry.sequence)

    def raise_floor(self, origin: str, floor: int) -> bool:
        """Entries of `origin` up to `floor` may be missing from now on; was that news?"""
        extent = self._extents.get(origin, Extent(0))
        if floor <= extent.floor:
            return False
        self._extents[origin] = Extent(extent.last, floor)
        return True

    def skip(self, origin: str, floor: int) -> None:
        """All that anybody still holds of `origin` up to `floor` is here.

        So an origin goes further than its newest entry only up to its floor.
        """
        extent = self._extents.get(origin, Extent(0))
        if floor > extent.last:
            self._extents[origin] = Extent(floor, max(extent.floor, floor))
