"""The links there are, each with which end of it we are."""

from __future__ import annotations

from dataclasses import dataclass

from alarminati.core.journal.replication import Link
from alarminati.core.model.entries import EntryId


@dataclass(slots=True)
class Side:
    """A link with which end of it we are."""

    link: Link
    upstream: bool


class Sides(dict[int, Side]):
    """By number of the link."""

    def names(self) -> dict[str, bool]:
        """Who is at the other end of a link, and whether it is our upstream."""
        return {
            side.link.peer: side.upstream
            for _, side in sorted(self.items())
            if side.link.greeted_both
        }

    def followers_of(self, peer: str, but: int) -> list[int]:
        """Links that `peer` opened to us, `but` for one."""
        return [
            link
            for link, side in sorted(self.items())
            if link != but and side.link.peer == peer and not side.upstream
        ]

    def living(self, but: Link) -> set[str]:
        """Origins under which those at the other ends write now, `but` for one."""
        return {side.link.peer_origin for side in self.values() if side.link is not but}

    def copies(self, entry: EntryId) -> int:
        """How many replicas have it on disk, this one included."""
        return 1 + sum(side.link.holds(*entry) for side in self.values())

    @property
    def waiting(self) -> bool:
        """Something is on its way to another replica's disk."""
        links = [side.link for side in self.values() if side.link.greeted_both]
        return any(link.waiting_since is not None for link in links)

    @property
    def upstream_waiting_since(self) -> float | None:
        """When the oldest entry was sent upstream that is not on the disk there."""
        waits = [side.link.waiting_since for side in self.values() if side.upstream]
        return min((since for since in waits if since is not None), default=None)
