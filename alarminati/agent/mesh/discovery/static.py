"""Candidates from the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from alarminati.agent.mesh.discovery.candidates import Discovery, Found


class StaticPeers:
    """The addresses of the configuration; gRPC itself resolves host names in them."""

    def __init__(self, peers: Sequence[str]) -> None:
        self._peers = frozenset(peers)

    async def run(self, found: Found) -> None:
        """Tell them once."""
        found(self._peers)
        await asyncio.Event().wait()

    def ask_again(self) -> None:
        """There is nobody to ask."""


class CombinedDiscovery:
    """Configured addresses besides those found in another way."""

    def __init__(self, peers: Sequence[str], other: Discovery) -> None:
        self._peers = frozenset(peers)
        self._other = other

    async def run(self, found: Found) -> None:
        """Tell the configured ones at once, the found ones with them."""
        found(self._peers)
        await self._other.run(lambda others: found(self._peers | others))

    def ask_again(self) -> None:
        """Passed on."""
        self._other.ask_again()
