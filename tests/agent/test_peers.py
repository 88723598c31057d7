"""Peers that are not reached, or bear the same name, with real agents: said, and told apart."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import grpc
import pytest

from alarminati.agent.app import Agent
from alarminati.agent.mesh import unreachable_peers as watching
from alarminati.agent.store import Store
from alarminati.config import load
from alarminati.core.monitors import unreachable_peers as deciding
from alarminati.v1 import cluster_service_pb2 as pb
from alarminati.v1 import cluster_service_pb2_grpc
from tests.support.patience import until
from tests.support.ports import free_port


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has a minute here."""
    for module, name, seconds in (
        (deciding, "WARNED", 0.3),
        (deciding, "ALARMED", 0.6),
        (watching, "LOOK_EVERY", 0.05),
        (watching, "REPORT_EVERY", 0.05),
    ):
        monkeypatch.setattr(module, name, seconds)


@asynccontextmanager
async def agent(
    folder: Path, port: int, *peers: int, name: str = "e1", cluster: str = "c"
) -> AsyncIterator[Agent]:
    """An agent that looks for others at these ports of loopback."""
    flags = {
        "tls_mode": "insecure",
        "name": name,
        "cluster": cluster,
        "data": str(folder / str(port)),
        "listen_grpc": f"127.0.0.1:{port}",
        "listen_http": "off",
        "listen_health": "off",
        "discovery_peers": ",".join(f"127.0.0.1:{each}" for each in (port, *peers)),
    }
    config = load(None, {}, flags)
    store = Store.open(config.data)
    try:
        made = Agent(config, store, None)
        async with made.running():
            yield made
    finally:
        await store.close()


async def view(of: Agent) -> pb.GetClusterResponse:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{of.grpc_port}") as channel:
        stub = cluster_service_pb2_grpc.ClusterServiceStub(channel)
        answer: pb.GetClusterResponse = await stub.GetCluster(pb.GetClusterRequest())
        return answer


def firing(of: Agent) -> list[str]:
    return [state.alarm.message for state in of.replica.book.firing_from({"peers"})]


async def test_g4_two_agents_of_one_name_have_one_master_and_say_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    one, two = free_port(), free_port()
    with caplog.at_level(logging.WARNING):
        async with agent(tmp_path, one, two) as first, agent(tmp_path, two, one) as second:
            both = (first, second)
            await until("one follows", lambda: any(a.replica.election.linked for a in both))
            await until("one leads", lambda: sum(a.replica.leading for a in both) == 1)
            await until("the alarm", lambda: "Two replicas were given the name e1" in firing(first))
            for of, other in ((first, two), (second, one)):
                (peer,) = (await view(of)).unreachable_peers
                assert peer.problem == pb.Peer.PROBLEM_NAME_TAKEN
                assert peer.address == f"127.0.0.1:{other}"
    assert any(f"at 127.0.0.1:{one}, was given" in record.message for record in caplog.records)


async def test_a_mistyped_peer_and_one_of_another_cluster_are_named(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    mine, wrong, theirs = free_port(), free_port(), free_port()
    with caplog.at_level(logging.WARNING):
        async with (
            agent(tmp_path, theirs, name="x1", cluster="other"),
            agent(tmp_path, mine, wrong, theirs) as lonely,
        ):
            await until("both are alarms", lambda: len(firing(lonely)) == 2)
            found = {each.address: each for each in (await view(lonely)).unreachable_peers}
            refused = found[f"127.0.0.1:{wrong}"]
            stranger = found[f"127.0.0.1:{theirs}"]
            assert refused.problem == pb.Peer.PROBLEM_UNREACHABLE
            assert refused.discovery == pb.Peer.DISCOVERY_STATIC
            assert "refused" in refused.last_error and not refused.HasField("last_seen_time")
            assert stranger.problem == pb.Peer.PROBLEM_OTHER_CLUSTER
            assert lonely.standing().unreachable == 2
            said = [r.message for r in caplog.records if str(wrong) in r.message]
            assert len(said) == 1
            async with agent(tmp_path, wrong, mine, name="e2"):  # nobody had started it
                await until("it is over", lambda: len(firing(lonely)) == 1)
