"""Candidates: addresses where other replicas may be. Certificates decide who they really are.

Nothing here sends a packet at rest: names are looked up again only when somebody `ask_again`s, that
is, when a replica is missing or a link broke.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Found = Callable[[frozenset[str]], None]
"""Takes all current candidates, each host:port or [v6]:port."""


@dataclass(frozen=True, slots=True)
class LocalPeer:
    """What others are to find, and what is not to be found by oneself."""

    cluster: str
    name: str
    address: str  # host:port on which we can be reached; a wildcard host means any of ours


class Discovery(Protocol):
    """One way of finding candidates."""

    async def run(self, found: Found) -> None:
        """Tell `found` the candidates at first and whenever they change, until cancelled."""
        ...

    def ask_again(self) -> None:
        """Somebody is missing. May be called often; what it costs is bounded."""
        ...
