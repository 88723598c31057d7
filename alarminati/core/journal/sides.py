"""Open links of a replica, each with its end: upstream or follower."""

from __future__ import annotations

from dataclasses import dataclass

from alarminati.core.journal.replication import Link
from alarminati.core.model.entries import EntryId


@dataclass(slots=True)
class Side:
    """A link, and which end of it we are."""

    link: Link
    upstream: bool
    copy: bool = False  # the other end is a store that neither votes nor leads
    counts: bool = True  # what it holds is a copy that receipts wait for


class Sides(dict[int, Side]):
    """Open links by number."""

    def names(self) -> dict[str, bool]:
        """Return the peer at the other end of a link, and whether it is our upstream."""
        return {
            side.link.peer: side.upstream
            for _, side in sorted(self.items())
            if side.link.greeted_both and not side.copy
        }

    def followers_of(self, peer: str, but: int) -> list[int]:
        """Return the links that `peer` opened to us, except `but`."""
        return [
            link
            for link, side in sorted(self.items())
            if link != but and side.link.peer == peer and not (side.upstream or side.copy)
        ]

    def close_gaps(self, side: Side, own: str) -> None:
        """Skip what neither end of a link holds; a copy may hold less than other replicas."""
        if not side.copy:
            side.link.close_gaps({own, *self.living(but=side.link)})

    def living(self, but: Link) -> set[str]:
        """Return the origins under which peers at the other ends write now, except `but`."""
        return {side.link.peer_origin for side in self.values() if side.link is not but}

    def copies(self, entry: EntryId) -> int:
        """Return how many replicas have the entry on disk, this one included."""
        return 1 + sum(link.holds(*entry) for link in self.counting)

    @property
    def counting(self) -> list[Link]:
        """Return the links whose other ends count for receipts."""
        return [side.link for side in self.values() if side.counts]

    @property
    def copies_count(self) -> bool:
        """Return whether a copy outside the replicas counts for receipts."""
        return any(side.copy and side.counts for side in self.values())

    @property
    def waiting(self) -> bool:
        """Return whether an entry is on its way to another replica's disk."""
        links = [link for link in self.counting if link.greeted_both]
        return any(link.waiting_since is not None for link in links)

    @property
    def upstream_waiting_since(self) -> float | None:
        """Return when the oldest entry not yet on the upstream disk was sent."""
        waits = [side.link.waiting_since for side in self.values() if side.upstream]
        return min((since for since in waits if since is not None), default=None)
