"""Two agents under attack, shared by the tests of this folder, none of which may move them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from alarminati.edge.tokens import hashed, make_token
from tests.support.cluster import AgentProcess, Cluster, Place

TOKEN = make_token()
SECRET = "a secret that only the sender has"
SOURCES = [
    {"name": "ci", "token": hashed(TOKEN), "rate": 100_000, "burst": 100_000},
    {"name": "shop", "hmac": {"secret": SECRET}, "rate": 100_000, "burst": 100_000},
]


@pytest.fixture(scope="session")
def fortress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two agents that take reports by HTTP from two sources only."""
    places = [Place(), Place()]
    cluster = Cluster(tmp_path_factory.mktemp("attacks"), places, keys={"sources": SOURCES})
    try:
        asyncio.run(cluster.start())
        yield cluster
    finally:
        cluster.end()


@pytest.fixture
def target(fortress: Cluster) -> Iterator[AgentProcess]:
    """One of them. Afterwards nothing has been kept, nobody fell, and no traceback was logged."""
    agent = fortress.agents[0]
    before = asyncio.run(fortress.standing(agent)).journal.cursor
    yield agent
    for each in fortress.agents:
        assert each.running, each.said[-4000:]
        assert "Traceback" not in each.said
    assert asyncio.run(fortress.standing(agent)).journal.cursor == before, "something was kept"


def alone(folder: Path, **limits: int) -> Iterator[AgentProcess]:
    """An agent of its own that is well at the end, too."""
    keys = {"sources": SOURCES, "limits": limits}
    cluster = Cluster(folder, [Place()], keys=keys)
    try:
        asyncio.run(cluster.start())
        (agent,) = cluster.agents
        yield agent
        asyncio.run(agent.ready())
        assert "Traceback" not in agent.said
    finally:
        cluster.end()


@pytest.fixture
def siege(tmp_path: Path) -> Iterator[AgentProcess]:
    """An agent as it is by default."""
    yield from alone(tmp_path)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[AgentProcess]:
    """An agent with room for 100 connections."""
    yield from alone(tmp_path, connections=100, connections_per_address=50)
