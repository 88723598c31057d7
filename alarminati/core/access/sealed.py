"""What the replicas share sealed: channels that were registered, tokens that were renewed."""

from __future__ import annotations

from collections.abc import Iterator

from alarminati.core.model.entries import Body, Entry, EntryId, Sealed
from alarminati.core.model.fold import LatestByKey

GONE = 1000  # names that are no more and still remembered


class SealedSecrets:
    """The last `Sealed` of each name. A `Fold`; never opens a box."""

    def __init__(self) -> None:
        self._latest: LatestByKey[Sealed] = LatestByKey()

    def apply(self, entry: Entry) -> None:
        """Fold one entry."""
        if isinstance(entry.body, Sealed):
            self._latest.put(entry.body.name, entry, entry.body)

    def behind(self, body: Body) -> int:
        """See `Fold`."""
        return self._latest.stamp_of(body.name) if isinstance(body, Sealed) else 0

    def get(self, name: str) -> Sealed | None:
        """What has that name; None when nothing has, or no more."""
        found = self._latest.get(name)
        return found if found is not None and found.box else None

    def under(self, prefix: str) -> list[Sealed]:
        """Everything there is whose name begins so, by name."""
        return [
            sealed
            for name, sealed in self._latest.items()
            if name.startswith(prefix) and sealed.box
        ]

    def alive_ids(self) -> Iterator[EntryId]:
        """What there is, and what is no more: an older entry that is still kept somewhere must not
        bring it back. Of the latter the newest `GONE`."""
        gone: list[tuple[tuple[int, str, int], EntryId]] = []
        for name, sealed in self._latest.items():
            id, order = self._latest.id_of(name), self._latest.order_of(name)
            assert id is not None and order is not None
            if sealed.box:
                yield id
            else:
                gone.append((order, id))
        yield from (id for _, id in sorted(gone)[-GONE:])
