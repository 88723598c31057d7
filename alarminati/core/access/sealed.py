"""Sealed secrets shared by the replicas: registered channels and renewed tokens."""

from __future__ import annotations

from collections.abc import Iterator

from alarminati.core.model.entries import Body, Entry, EntryId, Sealed
from alarminati.core.model.fold import LatestByKey
from alarminati.core.model.hlc import milliseconds

GONE = 1000  # removed names that are remembered


class SealedSecrets:
    """Last `Sealed` of each name. A `Fold`; never decrypts a box."""

    def __init__(self) -> None:
        self._latest: LatestByKey[Sealed] = LatestByKey()

    def apply(self, entry: Entry) -> None:
        """Fold one entry."""
        if isinstance(entry.body, Sealed):
            self._latest.put(entry.body.name, entry, entry.body)

    def behind(self, body: Body) -> int:
        """Return the stamp of the last entry on the subject; see `Fold`."""
        return self._latest.stamp_of(body.name) if isinstance(body, Sealed) else 0

    def get(self, name: str) -> Sealed | None:
        """Return the value of a name; None when there is none or it was removed."""
        found = self._latest.get(name)
        return found if found is not None and found.ciphertext else None

    def time(self, name: str) -> int:
        """Return when a name got its value, milliseconds since 1970; 0: it has none."""
        return milliseconds(self._latest.stamp_of(name))

    def under(self, prefix: str) -> list[Sealed]:
        """Return all values whose name begins with the prefix, by name."""
        return [
            sealed
            for name, sealed in self._latest.items()
            if name.startswith(prefix) and sealed.ciphertext
        ]

    def alive_ids(self) -> Iterator[EntryId]:
        """Return the entries of present values and of the newest `GONE` removals.

        A removal is kept because an older entry, kept elsewhere, must not bring the value back.
        """
        gone: list[tuple[tuple[int, str, int], EntryId]] = []
        for name, sealed in self._latest.items():
            id, order = self._latest.id_of(name), self._latest.order_of(name)
            assert id is not None and order is not None
            if sealed.ciphertext:
                yield id
            else:
                gone.append((order, id))
        yield from (id for _, id in sorted(gone)[-GONE:])
