"""Requests that were accepted, by id, so that sending one again is safe.

A fold over entries: the key of a request travels with the first entry that was made of it. So
every replica knows the request as soon as it has the alarms, and knows it again after a restart.
An id alone is not enough: two callers may use the same id, and one caller may use it for two
contents. So an id counts for its caller only, and the content is compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct
from typing import Final

from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.model.entries import Entry, EntryId, RequestKey, digest_of

NEWEST: Final = 100_000  # requests that are remembered at the least, some 200 bytes each

_NUMBERS: Final = Struct("<16sQQII")


@dataclass(frozen=True, slots=True)
class Taken:
    """Entries that a request came to."""

    digest: bytes  # digest of the content
    stamp: int
    origin: str
    first: int  # sequence
    count: int

    @property
    def last(self) -> int:
        """Return the sequence of the last entry."""
        return self.first + self.count - 1

    @property
    def ids(self) -> tuple[EntryId, ...]:
        """Return the ids of the entries, in order."""
        return tuple(EntryId(self.origin, n) for n in range(self.first, self.last + 1))


class Requests:
    """Memory of the newest requests."""

    def __init__(self, size: int = NEWEST) -> None:
        self._taken: BoundedMap[bytes, bytes] = BoundedMap(size)
        self._origins: list[str] = []
        self._numbers: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._taken)

    def note(self, entry: Entry) -> None:
        """Remember the request of this entry, if it has one.

        Two replicas that could not reach each other may have accepted the same request; the
        earlier one counts.
        """
        key = entry.request
        if key is None:
            return
        name = _name(key)
        packed = self._taken.get(name)
        if packed is not None:
            known = self._unpack(packed)
            if (known.stamp, known.origin) <= (entry.stamp, entry.origin):
                return
        number = self._numbers.setdefault(entry.origin, len(self._origins))
        if number == len(self._origins):
            self._origins.append(entry.origin)
        self._taken.put(
            name,
            _NUMBERS.pack(key.digest[:16], entry.stamp, entry.sequence, key.count, number),
        )

    def find(self, key: RequestKey) -> Taken | None:
        """Return the result of the caller's request of that id; None: the id is new."""
        packed = self._taken.get(_name(key))
        return self._unpack(packed) if packed is not None else None

    def _unpack(self, packed: bytes) -> Taken:
        digest, stamp, first, count, number = _NUMBERS.unpack(packed)
        return Taken(digest, stamp, self._origins[number], first, count)


def _name(key: RequestKey) -> bytes:
    return digest_of(key.caller.encode(), key.id.encode())
