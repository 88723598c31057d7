"""GetCluster of real agents: what fires, what is in use, who asks, what the master knows."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import grpc

from alarminati import __version__
from alarminati.agent.app import Agent
from alarminati.agent.runtime import wall
from alarminati.agent.store import Store
from alarminati.client import Client
from alarminati.config import load
from alarminati.core.model.entries import Alarm, Severity
from alarminati.v1 import cluster_service_pb2 as pb
from alarminati.v1 import cluster_service_pb2_grpc
from alarminati.v1.alarm_pb2 import SEVERITY_CRITICAL, SEVERITY_INFO
from alarminati.v1.identity_pb2 import ROLE_OPERATOR
from alarminati.wire.identity import Role
from alarminati.wire.timestamps import since_epoch
from tests.agent.test_agent import alone
from tests.support.cluster import Cluster, Place
from tests.support.patience import until
from tests.support.ports import free_port


async def view(channel: grpc.aio.Channel) -> pb.GetClusterResponse:
    """What GetCluster answers."""
    stub: Any = cluster_service_pb2_grpc.ClusterServiceStub(channel)
    answer: pb.GetClusterResponse = await stub.GetCluster(pb.GetClusterRequest())
    return answer


async def view_of(agent: Agent) -> pb.GetClusterResponse:
    """What GetCluster of an agent without TLS answers."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{agent.grpc_port}") as channel:
        return await view(channel)


async def test_an_agent_says_what_fires_and_since_when_it_runs(tmp_path: Path) -> None:
    before = wall()
    async with alone(tmp_path, limits_firing_alarms=1000) as agent:
        async with Client([f"127.0.0.1:{agent.grpc_port}"]) as client:
            for message, severity in (
                ("a", Severity.INFO),
                ("b", Severity.INFO),
                ("c", Severity.CRITICAL),
                ("d", Severity.ERROR),
            ):
                await client.report(Alarm(message, severity, before))
            await client.report(Alarm("d", Severity.ERROR, wall(), resolved=True))
        seen = await view_of(agent)
    assert [(one.severity, one.count) for one in seen.alarms.firing] == [
        (SEVERITY_CRITICAL, 1),
        (SEVERITY_INFO, 2),
    ]
    assert (seen.alarms.firing_limit, seen.alarms.active_silences) == (1000, 0)
    assert before <= since_epoch(seen.start_time) <= wall()
    assert [one.version for one in seen.replicas] == [__version__]
    # Without TLS nobody is known and there is no certificate; without a file nothing is read again.
    given = {field.name for field, _ in seen.ListFields()}
    assert not given & {"caller", "certificate_expire_time", "config"}


async def test_the_master_says_what_a_queue_lacks(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(
        f"data: {tmp_path / 'data'}\ntls: {{mode: insecure}}\n"
        'listen: {grpc: "127.0.0.1:0", http: "off", health: "off"}\n'
        f'queues: [{{name: edge, type: relay, servers: ["127.0.0.1:{free_port()}"]}}]\n'
    )
    config = load(file, {}, {})
    store = Store.open(config.data)
    try:
        agent = Agent(config, store, None)
        async with agent.running():
            await until(
                "it was tried", lambda: any(one.last_error for one in agent.duties.queues.values())
            )
            (queue,) = (await view_of(agent)).queues
    finally:
        await store.close()
    assert (queue.name, queue.type, queue.connected) == ("edge", "relay", False)
    assert queue.last_error
    assert not queue.HasField("lag")


async def test_each_replica_says_who_asks_and_what_it_uses(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place(), Place()]) as cluster:
        await cluster.settled()
        tls = cluster.certificate(Role.OPERATOR, "minji")
        answers = []
        for agent in cluster.agents:
            async with cluster.dial(agent, tls) as channel:
                answers.append(await asyncio.wait_for(view(channel), 10))
    for seen in answers:
        assert (seen.caller.role, seen.caller.name) == (ROLE_OPERATOR, "minji")
        assert since_epoch(seen.certificate_expire_time) > wall()
        assert since_epoch(seen.config.load_time)
        assert not seen.config.last_error
        # A standby knows the version of its master, a master that of no standby.
        known = {one.name for one in seen.replicas if one.version == __version__}
        assert known == {seen.replica, seen.master}
