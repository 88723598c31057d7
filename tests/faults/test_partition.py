"""The network between agents is cut and heals (scenario I)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from alarminati.v1 import cluster_service_pb2 as pb
from tests.support.cluster import AgentProcess, Cluster
from tests.support.networks import Network
from tests.support.patience import until
from tests.support.sink import Sink

REDIAL = 15.0  # seconds, at most, between two tries to reach who is missing


@pytest.fixture
def network(as_root: None, tool: Callable[[str], str]) -> Iterator[Network]:
    tool("ip")
    with Network(3) as network:
        yield network


async def rivalry(cluster: Cluster) -> tuple[float, float]:
    """After healing: seconds until two masters hear each other, and from then until one is left."""
    healed = time.monotonic()
    heard = None
    while time.monotonic() < healed + REDIAL + 10:
        said = await cluster.standings()
        now = time.monotonic()
        masters = {each.replica for each in said if each.master == each.replica}
        if heard is None and (len(masters) == 1 or any(hears(each, masters) for each in said)):
            heard = now
        if heard is not None and len(masters) == 1 and len({each.master for each in said}) == 1:
            return heard - healed, now - heard
        await asyncio.sleep(0.02)
    raise AssertionError("two masters long after the network healed")


def hears(said: pb.GetClusterResponse, masters: set[str]) -> bool:
    """Is it a master that has heard of another one?"""
    others = masters - {said.replica}
    return said.replica in masters and any(
        replica.connected for replica in said.replicas if replica.name in others
    )


async def both_sides_deliver(cluster: Cluster, alone: AgentProcess, other: AgentProcess) -> None:
    await asyncio.gather(
        alone.report("on the small side"),
        other.report("on the big side"),
        alone.report("on both sides"),
        other.report("on both sides"),
    )
    for message in ("on the small side", "on the big side", "on both sides"):
        await cluster.sink.first(message)


async def apart(cluster: Cluster) -> bool:
    """Two masters, and neither has heard of the other for as long as it looked."""
    said = await cluster.standings()
    masters = {each.replica for each in said if each.master == each.replica}
    return len(masters) == 2 and not any(hears(each, masters) for each in said)


async def test_i_a_cut_master_and_the_others_both_deliver_and_agree_again_g1_g2_g4(
    network: Network, tmp_path: Path
) -> None:
    places = [network.place(number) for number in (1, 2, 3)]
    sink = Sink(tmp_path, network.host)
    async with Cluster(tmp_path, places, sink=sink) as cluster:
        master, (standby, _) = await cluster.master(), await cluster.standbys()
        number = cluster.agents.index(master) + 1
        network.cut(number)
        await both_sides_deliver(cluster, master, standby)
        await until("both sides miss the other one", lambda: apart(cluster), 30)

        network.heal(number)
        contact, rival = await rivalry(cluster)
        assert contact <= REDIAL + 2
        assert rival <= 2.0
        for message in ("on the small side", "on the big side", "on both sides"):
            assert 1 <= await cluster.told(message) <= 2
