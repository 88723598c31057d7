"""Candidates: addresses where other replicas may be. Certificates prove who they are.

Nothing here sends a packet at rest: names are resolved again only after `ask_again`, that is, when
a replica is missing or a link broke.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Found = Callable[[frozenset[str]], None]
"""Receives all current candidates, each host:port or [v6]:port."""


@dataclass(frozen=True, slots=True)
class LocalPeer:
    """Announcement of this replica, which is no candidate itself."""

    cluster: str
    name: str
    address: str  # host:port on which we can be reached; a wildcard host means any of ours


class Discovery(Protocol):
    """One way to find candidates."""

    async def run(self, found: Found) -> None:
        """Pass the candidates to `found`, at first and after every change, until cancelled."""
        ...

    def ask_again(self) -> None:
        """Look again, because a peer is missing. Many calls have a bounded cost."""
        ...
