"""Marks of a cluster, in the order of their start: a fold. Nothing is decided by them."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from alarminati.core.model.entries import Body, Entry, EntryId, Mark

MOST: Final = 10_000  # marks; beyond that, those that began first are forgotten


class Place(NamedTuple):
    """Place of a mark in the list, the same on every replica."""

    start: int  # milliseconds since 1970
    origin: str
    sequence: int


class Marks:
    """The newest marks. A `Fold`."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._places: list[Place] = []
        self._marks: dict[Place, Mark] = {}

    def apply(self, entry: Entry) -> None:
        """Fold one entry."""
        if not isinstance(entry.body, Mark):
            return
        place = Place(entry.body.start_time, entry.origin, entry.sequence)
        if place in self._marks:
            return
        self._marks[place] = entry.body
        insort(self._places, place)
        if len(self._places) > self._most:
            del self._marks[self._places.pop(0)]

    def behind(self, body: Body) -> int:
        """Return 0: no mark replaces another. See `Fold`."""
        return 0

    def alive_ids(self) -> Iterable[EntryId]:
        """Return the entries of all marks here."""
        return [EntryId(place.origin, place.sequence) for place in self._places]

    def newest(self, before: Place | None = None) -> Iterator[tuple[Place, Mark]]:
        """Yield the marks before that place, the latest start first."""
        places = self._places[: bisect_left(self._places, before)] if before else self._places
        for place in reversed(places):
            if (mark := self._marks.get(place)) is not None:  # forgotten meanwhile
                yield place, mark
