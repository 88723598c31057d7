"""Agents find each other by real multicast on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from random import Random
from uuid import uuid4

import pytest

from alarminati.agent.mesh.discovery.candidates import LocalPeer
from alarminati.agent.mesh.discovery.zeroconf import Zeroconf, _own_ip


class Agent:
    """A running discovery and what it has found."""

    def __init__(self, cluster: str, name: str, port: int) -> None:
        self.found: frozenset[str] = frozenset()
        self.told: list[frozenset[str]] = []
        self.discovery = Zeroconf(LocalPeer(cluster, name, f"127.0.0.1:{port}"), Random(port))
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self.discovery.run(self._take))

    def _take(self, found: frozenset[str]) -> None:
        self.found = found
        self.told.append(found)
        self._changed.set()

    async def until(self, met: Callable[[frozenset[str]], bool]) -> None:
        """Wait for candidates that meet a condition."""
        async with asyncio.timeout(10):
            while not met(self.found):
                await self._changed.wait()
                self._changed.clear()

    async def stop(self) -> None:
        """Say goodbye."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def at(*ports: int) -> frozenset[str]:
    return frozenset(f"127.0.0.1:{port}" for port in ports)


async def test_agents_of_a_cluster_find_each_other_and_nobody_else() -> None:
    mine, other = (f"c-{uuid4().hex[:8]}" for _ in range(2))  # whoever else is on this network
    agents = [Agent(mine, f"a{port}", port) for port in (1, 2, 3)]
    stranger = Agent(other, "b", 9)
    try:
        await agents[0].until(lambda found: found == at(2, 3))
        await agents[1].until(lambda found: found == at(1, 3))
        await agents[2].until(lambda found: found == at(1, 2))
        assert stranger.found == frozenset()
        await agents[2].stop()  # says goodbye
        await agents[0].until(lambda found: found == at(2))
        agents[2] = Agent(mine, "a3", 4)  # started again on another port
        await agents[0].until(lambda found: found == at(2, 4))
        await agents[2].until(lambda found: found == at(1, 2))
        assert stranger.found == frozenset()
    finally:
        await asyncio.gather(*(agent.stop() for agent in (*agents, stranger)))


async def test_two_of_one_name_hear_each_other() -> None:
    """Each by its place: otherwise one announcement would take that of the other for its own."""
    cluster = f"c-{uuid4().hex[:8]}"
    agents = [Agent(cluster, "copied", port) for port in (1, 2)]
    try:
        await agents[0].until(lambda found: found == at(2))
        await agents[1].until(lambda found: found == at(1))
    finally:
        await asyncio.gather(*(agent.stop() for agent in agents))


async def test_asking_again_forgets_nobody() -> None:
    cluster = f"c-{uuid4().hex[:8]}"
    first, second = Agent(cluster, "a1", 1), Agent(cluster, "a2", 2)
    try:
        await first.until(lambda found: found == at(2))
        await second.until(lambda found: found == at(1))
        before = len(first.told)
        first.discovery.ask_again()
        third = Agent(cluster, "a3", 3)
        await first.until(lambda found: found == at(2, 3))
        await third.stop()
        assert all(at(2) <= found for found in first.told[before:])
    finally:
        await asyncio.gather(first.stop(), second.stop())


async def test_a_network_without_multicast_is_told_and_survived(
    caplog: pytest.LogCaptureFixture,
) -> None:
    # An address of nobody's: no socket can be bound to it.
    discovery = Zeroconf(LocalPeer("c", "a1", "192.0.2.7:7443"), Random(1))
    told: list[frozenset[str]] = []
    task = asyncio.create_task(discovery.run(told.append))
    for _ in range(3):  # it asks the kernel only
        await asyncio.sleep(0)
    discovery.ask_again()
    await asyncio.sleep(0)
    assert not task.done()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert set(told) == {frozenset()}
    assert "zeroconf cannot be used on this network" in caplog.text
    assert "discovery.peers" in caplog.text


async def test_what_is_announced() -> None:
    assert await _own_ip("127.0.0.1:1") == "127.0.0.1"
    assert await _own_ip("[::1]:1") == "::1"
    assert await _own_ip("localhost:1") in ("127.0.0.1", "::1")
    assert await _own_ip("0.0.0.0:1") not in ("0.0.0.0", "")
