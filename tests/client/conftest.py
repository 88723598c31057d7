"""Agents and clients that are gone when the test is over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from alarminati.client import Cache, Client
from tests.client.agents import Agent

StartAgents = Callable[[int], Awaitable[list[Agent]]]
MakeClient = Callable[..., Client]


@pytest.fixture
async def start_agents() -> AsyncIterator[StartAgents]:
    """Start agents a, b, c... that know each other."""
    started: list[Agent] = []

    async def start(count: int = 1) -> list[Agent]:
        agents = [Agent(chr(ord("a") + n), Random(n)) for n in range(count)]
        for agent in agents:
            agent.peers = [peer for peer in agents if peer is not agent]
        for agent in agents:
            await agent.start()
        started.extend(agents)
        return agents

    yield start
    for agent in started:
        await agent.stop()


@pytest.fixture
async def make_client() -> AsyncIterator[MakeClient]:
    """Make clients that do not wait long."""
    made: list[Client] = []

    def make(*agents: Agent, timeout: float = 5.0, seed: float = 1) -> Client:
        addresses = [agent.address for agent in agents]
        client = Client(addresses, timeout=timeout, waits=(0.01, 0.05), dice=Random(seed))
        made.append(client)
        return client

    yield make
    for client in made:
        await client.close()


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[Cache]:
    """A fresh cache."""
    with Cache(tmp_path / "domain.db") as opened:
        yield opened
