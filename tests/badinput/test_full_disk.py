"""A running agent whose disk is full: refused until there is room, then on without a restart."""

from __future__ import annotations

import contextlib
import itertools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import msgspec
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from alarminati.v1 import alarm_pb2, alarm_service_pb2_grpc
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.wire import status
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until


class Disk:
    """A small file system with something on it that may grow and go."""

    def __init__(self, folder: Path) -> None:
        self._ballast = folder / "ballast"

    def stuff(self) -> None:
        """Leave no room at all."""
        with self._ballast.open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(4096))

    def clear(self) -> None:
        """Make room."""
        self._ballast.unlink()


@pytest.fixture
def disk(as_root: None, tmp_path: Path) -> Iterator[Disk]:
    """16 MiB where agent a1 keeps its data, of which it may use a few."""
    folder = tmp_path / "a1"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        (folder / "ballast").write_bytes(bytes(6_000_000))
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


async def fill(agent: AgentProcess) -> list[str]:
    """Report until refused; what was acknowledged before."""
    taken: list[str] = []
    for number in itertools.count():
        message = f"alarm {number:04}"
        body = {"message": message, "annotations": {"log": "x" * 8000}}
        reply = await agent.post(msgspec.json.encode(body))
        if reply.status != 200:
            assert reply.status in (429, 503) and "full" in reply.json["error"], reply
            assert int(reply.headers["retry-after"]) > 0
            return taken
        taken.append(message)
    raise AssertionError("never full")


async def refused_by_grpc(cluster: Cluster, agent: AgentProcess) -> None:
    async with cluster.dial(agent) as channel:
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        large = alarm_pb2.Alarm(message="m", annotations={"log": "x" * 8000})
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await stub.Report(rpc.ReportRequest(alarm=large), timeout=5)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert (status.read(caught.value).retry_after or 0) > 0


async def serving(cluster: Cluster, agent: AgentProcess, wanted: bool) -> bool:
    """What a load balancer that speaks gRPC would see."""
    async with cluster.dial(agent) as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(), timeout=2)
    return (answer.status == health_pb2.HealthCheckResponse.SERVING) is wanted


async def well(agent: AgentProcess) -> bool:
    return await agent.get("/healthz") == 200


async def test_it_refuses_until_there_is_room_and_loses_nothing_g1_g8(
    disk: Disk, tmp_path: Path
) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        cluster.sink.stop()
        taken = await fill(agent)
        assert len(taken) > 10
        await refused_by_grpc(cluster, agent)
        assert await agent.get("/healthz") == 503
        assert (await agent.get("/readyz"), await agent.get("/livez")) == (503, 200)
        await until("gRPC health says it, too", lambda: serving(cluster, agent, False))
        disk.stuff()
        await cluster.sink.start()
        await refused_by_grpc(cluster, agent)

        disk.clear()
        await until("it is well again", lambda: well(agent))
        await until("gRPC health says it, too", lambda: serving(cluster, agent, True))
        await agent.report("there is room")
        assert await cluster.told("there is room", 60) == 1
        count = cluster.sink.count()
        assert {message: count[message] for message in taken} == dict.fromkeys(taken, 1)
        assert "Traceback" not in agent.said


async def test_a_full_master_lets_another_lead_g1_g3(disk: Disk, tmp_path: Path) -> None:
    """Alarms that others accept are told though the master has no room for a notice."""
    async with Cluster(tmp_path, priorities={"a1": 9}) as cluster:
        full, other, _ = cluster.agents
        await until("the first is master", lambda: leads(cluster, full), 30)
        await fill(full)
        disk.stuff()
        await other.report("others have room")
        await cluster.sink.first("others have room", 30)
        disk.clear()
        await until("it is well again", lambda: well(full), 30)
        await cluster.settled(30)
        assert cluster.sink.count()["others have room"] <= 2


async def leads(cluster: Cluster, agent: AgentProcess) -> bool:
    return await cluster.agreed() is agent
