"""Recent entries for links: the newest from memory, older ones from the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from alarminati.agent.store import Store
from alarminati.core.journal.extents import Stored
from alarminati.core.model.entries import Entry

KEPT = 4096  # entries: as many as a link has on its way
KEPT_BYTES = 2 * 2**20  # bytes of entries: a notice in a storm may name 2000 alarms


class RecentReader:
    """A `core.journal.extents.Reader`; a live link never reads from disk what was just stored.

    The entries in memory have no body, because links send the bytes as they are.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recent: list[Stored] = []
        self._bytes = 0

    def stored(self, first: int, entries: Sequence[Entry]) -> None:
        """Add entries that are on disk now, the first at position `first`."""
        self._recent += [
            Stored(first + place, Entry(each.origin, each.sequence, each.stamp, None, each.raw))
            for place, each in enumerate(entries)
        ]
        self._bytes += sum(len(each.raw) for each in entries)
        if len(self._recent) > 2 * KEPT or self._bytes > 2 * KEPT_BYTES:
            self._forget()

    def _forget(self) -> None:
        """Drop the oldest entries, down to both bounds."""
        kept = size = self._bytes = 0
        for row in reversed(self._recent[-KEPT:]):
            size += len(row.entry.raw)
            if size > KEPT_BYTES:
                break
            kept, self._bytes = kept + 1, size
        del self._recent[: len(self._recent) - kept]

    def since(self, have: Mapping[str, int], after: int, limit: int) -> tuple[list[Stored], int]:
        """Return entries as `core.journal.extents.Reader` does."""
        if not self._recent or after < self._recent[0].position - 1:
            return self._store.since(have, after, limit)
        start = after + 1 - self._recent[0].position
        found: list[Stored] = []
        upto = after
        for row in self._recent[start:]:
            if len(found) == limit:
                break
            upto = row.position
            if row.entry.sequence > have.get(row.entry.origin, 0):
                found.append(row)
        return found, upto
