"""A journal in memory, and links that read from it."""

from __future__ import annotations

from collections.abc import Mapping

from alarminati.core.journal.extents import Extent, Journal, Stored
from alarminati.core.journal.replication import Frame, Handshake, Link
from alarminati.core.model.entries import Action, Entry

BODY = Action.acknowledge("0" * 16, "me")


def entry(sequence: int, origin: str = "aaaaaaaa") -> Entry:
    return Entry(origin, sequence, sequence << 16, BODY)


class Shelf:
    """A journal with what is in it."""

    def __init__(self, *entries: Entry) -> None:
        self.journal = Journal("own")
        self.rows: list[Stored] = []
        self.add(*entries)

    def add(self, *entries: Entry) -> None:
        for each in entries:
            self.rows.append(Stored(len(self.rows) + 1, each))
            self.journal.take(each)

    def since(self, have: Mapping[str, int], after: int, limit: int) -> tuple[list[Stored], int]:
        rows = self.rows[after : after + limit]
        found = [row for row in rows if row.entry.sequence > have.get(row.entry.origin, 0)]
        return found, rows[-1].position if rows else after

    def link(self) -> Link:
        return Link("me", self.journal, self, len(self.rows))


def greeted(shelf: Shelf, **have: int) -> Link:
    """A link whose other side has said hello."""
    link = shelf.link()
    assert link.pull(0.0) == Frame(Handshake("me", "own", shelf.journal.extents()))
    link.greeted(Handshake("peer", "theirs", {name: Extent(last) for name, last in have.items()}))
    return link
