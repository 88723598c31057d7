"""A whole authority is replaced under three living agents: no stream and no link notices (G7)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import httpcore
import pytest

from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.v1 import alarm_service_pb2_grpc, cluster_service_pb2, cluster_service_pb2_grpc
from alarminati.v1 import subscription_pb2 as rpc
from alarminati.wire.credentials import Tls, dial
from alarminati.wire.identity import Role
from tests.support.cluster import AgentProcess, Cluster
from tests.support.patience import until


class Reader:
    """An open Subscribe stream."""

    def __init__(self, stream: Any) -> None:
        self.messages: list[str] = []
        self.ended: str = ""
        self._stream = stream
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        try:
            async for answer in self._stream:
                self.messages += [record.alarm.message for record in answer.records]
            self.ended = "ended"
        except (grpc.aio.AioRpcError, AttributeError) as error:
            self.ended = repr(error)

    async def close(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


@asynccontextmanager
async def reading(agent: AgentProcess, tls: Path, cluster: str) -> AsyncIterator[Reader]:
    async with dial(agent.grpc, Tls.load(tls), cluster) as channel:
        stub: Any = alarm_service_pb2_grpc.AlarmServiceStub(channel)
        reader = Reader(stub.Subscribe(rpc.SubscribeRequest()))
        try:
            yield reader
        finally:
            await reader.close()


async def welcome(cluster: Cluster, agent: AgentProcess, tls: Path) -> bool:
    """Whether a new connection with this certificate is let in."""
    async with dial(agent.grpc, Tls.load(tls), cluster.cluster) as channel:
        stub: Any = cluster_service_pb2_grpc.ClusterServiceStub(channel)
        try:
            await stub.GetCluster(cluster_service_pb2.GetClusterRequest(), timeout=5)
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.UNAVAILABLE:
                raise
            return False
        return True


async def figure(agent: AgentProcess, name: str) -> float:
    """One figure of /metrics."""
    url = f"http://{agent.place.host}:{agent.place.ports[2]}/metrics"
    async with httpcore.AsyncConnectionPool() as pool:
        text = (await pool.request("GET", url)).content.decode()
    (line,) = [each for each in text.splitlines() if each.startswith(f"alarminati_{name} ")]
    return float(line.split()[1])


def folder_of(cluster: Cluster, agent: AgentProcess) -> Path:
    """Where its certificate files are."""
    return cluster.folder / "tls" / agent.name


def write(path: Path, content: bytes) -> None:
    """In one step, as tools that deploy do."""
    beside = path.with_suffix(".new")
    beside.write_bytes(content)
    beside.rename(path)


async def taken_up(cluster: Cluster, times: int) -> None:
    """Every agent says so many times that it uses something else."""
    said = "changed; it is used from now on"

    def all_do() -> bool:
        return all(agent.said.count(said) >= times for agent in cluster.agents)

    await until("every agent uses it", all_do)


@pytest.fixture
def people(tmp_path: Path) -> Path:
    return tmp_path / "people"


async def test_g7_an_authority_is_replaced_while_all_goes_on(tmp_path: Path, people: Path) -> None:
    async with Cluster(tmp_path) as cluster:
        old, new = cluster.authority, Authority.create(cluster.cluster)
        save_issued(old.issue(Role.VIEWER, "jane", days=1), people / "old")
        save_issued(new.issue(Role.VIEWER, "jane", days=1), people / "new")
        standby = (await cluster.standbys())[0]
        links = [agent.said.count("broke") for agent in cluster.agents]
        both = old.certificate + new.certificate
        async with reading(standby, people / "old", cluster.cluster) as reader:
            assert not await welcome(cluster, standby, people / "new")
            # 1. Both authorities are trusted.
            for agent in cluster.agents:
                write(folder_of(cluster, agent) / "ca.crt", both)
            await taken_up(cluster, 1)
            write(people / "old" / "ca.crt", both)
            write(people / "new" / "ca.crt", both)
            await cluster.agents[0].report("with both authorities")
            # 2. The new one issues: certificate first, key later, as careless people do.
            for agent in cluster.agents:
                issued = new.issue(Role.AGENT, agent.name, days=2)
                write(folder_of(cluster, agent) / "tls.crt", issued.certificate)
                await asyncio.sleep(0)
                write(folder_of(cluster, agent) / "tls.key", issued.key)
            await taken_up(cluster, 2)
            await cluster.agents[1].report("with new certificates")
            assert await welcome(cluster, standby, people / "old")
            assert await welcome(cluster, standby, people / "new")
            # 3. The old one is trusted no more.
            for agent in cluster.agents:
                write(folder_of(cluster, agent) / "ca.crt", new.certificate)
            await taken_up(cluster, 3)
            for agent in cluster.agents:
                assert not await welcome(cluster, agent, people / "old")
                assert await welcome(cluster, agent, people / "new")
                assert await figure(agent, "certificate_last_reload_successful") == 1
            await cluster.agents[2].report("with the new authority alone")
            last = "with the new authority alone"
            await until(
                "the stream ends or tells it", lambda: reader.ended or last in reader.messages
            )
            assert not reader.ended
            assert [said for said in reader.messages if said.startswith("with ")] == [
                "with both authorities",
                "with new certificates",
                last,
            ]
        cluster.tls = people / "new"
        assert [agent.said.count("broke") for agent in cluster.agents] == links
        for message in ("with both authorities", "with new certificates", last):
            assert await cluster.told(message) == 1
        # A replica that starts now, and a link made anew, get along as well.
        master = await cluster.master()
        master.kill()
        await cluster.agreed()
        master.start()
        await master.ready()
        await cluster.agreed()
        await cluster.told("with the new authority alone")
