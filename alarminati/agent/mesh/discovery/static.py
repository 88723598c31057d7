"""Candidates from the configuration."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from alarminati.agent.mesh.discovery.candidates import Discovery, Found


class StaticPeers:
    """Addresses of the configuration; gRPC itself resolves host names in them."""

    def __init__(self, peers: Sequence[str]) -> None:
        self._peers = frozenset(peers)

    async def run(self, found: Found) -> None:
        """Pass the addresses on once."""
        found(self._peers)
        await asyncio.Event().wait()

    def ask_again(self) -> None:
        """Do nothing: the addresses are fixed."""


class CombinedDiscovery:
    """Configured addresses besides those found in another way."""

    def __init__(self, peers: Sequence[str], other: Discovery) -> None:
        self._peers = frozenset(peers)
        self._other = other

    async def run(self, found: Found) -> None:
        """Pass on the configured addresses at once, found addresses with them later."""
        found(self._peers)
        await self._other.run(lambda others: found(self._peers | others))

    def ask_again(self) -> None:
        """Pass the request to the other discovery."""
        self._other.ask_again()
