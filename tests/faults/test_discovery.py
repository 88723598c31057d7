"""Three real agents find each other: by multicast on this machine, by a headless service's DNS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.discovery.test_dns import NameServer
from tests.support.cluster import Cluster
from tests.support.networks import Network
from tests.support.sink import Sink

SERVICE = "agents.example"


async def test_by_zeroconf(tmp_path: Path) -> None:
    async with Cluster(tmp_path, discovery=lambda agents, agent: {"mode": "zeroconf"}) as cluster:
        for agent in cluster.agents:
            reply = await agent.report(f"found by {agent.name}")
            assert reply.json["replicas"] >= 2
            assert await cluster.told(f"found by {agent.name}") == 1


@pytest.fixture
async def network(
    as_root: None, tool: Callable[[str], str]
) -> AsyncIterator[tuple[Network, NameServer]]:
    """Three namespaces and a name server that all of them reach."""
    tool("ip")
    with Network(3) as network:
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(
            NameServer, local_addr=(network.host, 53)
        )
        yield network, server
        transport.close()


async def test_by_headless_dns(network: tuple[Network, NameServer], tmp_path: Path) -> None:
    places, names = network
    resolv = tmp_path / "resolv.conf"
    resolv.write_text(f"nameserver {places.host}\n")
    addresses = [places.mesh_address(number) for number in (1, 2, 3)]
    names.zone[(f"{SERVICE}.", "A")] = addresses[:2]  # as while the third is not ready
    async with Cluster(
        tmp_path,
        [places.place(number, resolv) for number in (1, 2, 3)],
        sink=Sink(tmp_path, places.host),
        discovery=lambda agents, agent: {"mode": "dns", "service": f"{SERVICE}:7443"},
    ) as cluster:
        names.zone[(f"{SERVICE}.", "A")] = addresses
        for agent in cluster.agents:
            reply = await agent.report(f"found by {agent.name}")
            assert reply.json["replicas"] >= 2
            assert await cluster.told(f"found by {agent.name}") == 1
        master = await cluster.master()
        master.kill()
        names.zone[(f"{SERVICE}.", "A")] = [
            address
            for address, agent in zip(addresses, cluster.agents, strict=True)
            if agent is not master
        ]
        await (await cluster.standbys())[0].report("without the first")
        assert await cluster.told("without the first") == 1
