"""One that has an agent's certificate and says on a link what no replica would say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import grpc
import pytest

from alarminati.core.model.entries import Action
from alarminati.mesh.v1 import mesh_service_pb2 as pb
from alarminati.mesh.v1 import mesh_service_pb2_grpc as pb_grpc
from alarminati.wire import codec
from alarminati.wire.identity import Role
from tests.support.cluster import AgentProcess, Cluster, Place
from tests.support.patience import until

HIGH = 2**63
RAW = codec.encode(Action.acknowledge("0" * 16, "mallory"))
ORIGIN = "r0gue000"
NAMED = [pb.OriginExtent(index=1, origin=ORIGIN)]


def entry(**numbers: int) -> pb.Frame:
    """A frame with one entry."""
    return pb.Frame(origins=NAMED, entries=[pb.ReplicatedEntry(origin=1, entry=RAW, **numbers)])


FRAMES = {
    "stamp": entry(sequence=1, stamp=HIGH + 5),
    "sequence": entry(sequence=HIGH + 1, stamp=1),
    "floor": pb.Frame(origins=[pb.OriginExtent(index=1, origin=ORIGIN, floor=2 * HIGH - 1)]),
    "long name": pb.Frame(
        origins=[pb.OriginExtent(index=1, origin="x" * 1000)],
        entries=[pb.ReplicatedEntry(origin=1, sequence=1, stamp=1, entry=RAW)],
    ),
}


async def linked(cluster: Cluster, agent: AgentProcess, *frames: pb.Frame, **claim: int) -> str:
    """Say hello and these frames; how the link ended. `claim` is held of the agent's own origin."""
    tls = cluster.folder / "tls" / "rogue"
    if not tls.exists():
        cluster.certificate(Role.AGENT, "rogue")
    async with cluster.dial(agent, tls) as channel:
        stub: Any = pb_grpc.MeshServiceStub(channel)
        call = stub.Replicate(timeout=10)
        theirs = (await call.read()).frame.handshake
        have = [pb.OriginExtent(origin=theirs.origin, **claim)] if claim else []
        hello = pb.Handshake(name="rogue", origin=ORIGIN, have=have)
        try:
            await call.write(pb.ReplicateRequest(frame=pb.Frame(handshake=hello)))
            for frame in frames:
                await call.write(pb.ReplicateRequest(frame=frame))
            while await call.read() is not grpc.aio.EOF:
                pass
        except grpc.aio.AioRpcError as error:
            return str(error.code().name)
        return "OK"


@pytest.mark.timeout(120)
async def test_g1_what_cannot_be_stored_breaks_its_link_and_nothing_else(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place(), Place()]) as cluster:
        master = await cluster.master()
        for name, frame in FRAMES.items():
            assert await linked(cluster, master, frame) == "ABORTED", name
            for agent in cluster.agents:
                await agent.report(f"after a wrong {name} on {agent.name}")
        for name in FRAMES:
            for agent in cluster.agents:
                assert await cluster.told(f"after a wrong {name} on {agent.name}") == 1
        assert all(agent.running for agent in cluster.agents)
        assert "rogue: " in master.said
        assert "numbers that no journal can hold" in master.said


@pytest.mark.timeout(120)
async def test_g1_whoever_claims_more_of_us_than_we_wrote_is_refused_aloud(tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        for number in range(3):
            await agent.report(f"alarm {number}")
        assert await linked(cluster, agent, sequence=1_052_177) == "ABORTED"
        reply = await agent.report("after the claim")
        assert reply.json["replicas"] == 1
        text = f"The journal of rogue contradicts that of {agent.name}"
        await until("people are told", lambda: cluster.sink.delivered(text))
        assert "claims to hold 1052177 entries" in agent.said
