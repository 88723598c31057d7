"""Examination of an agent that accepts us: our role, its clock, the state of its cluster."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import grpc

from alarminati.doctor.findings import Finding, Sign, Step
from alarminati.v1 import cluster_service_pb2 as pb
from alarminati.v1 import cluster_service_pb2_grpc as pb_grpc
from alarminati.wire import status
from alarminati.wire.credentials import Tls, TlsError, dial
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.timestamps import since_epoch

SKEW: Final = 30.0
"""Seconds between two clocks that are reported: far below the hour that certificates allow, and
above what a slow answer can feign."""

_PROBLEMS: Final = {
    pb.Peer.PROBLEM_UNTRUSTED: Sign.PEER_UNTRUSTED,
    pb.Peer.PROBLEM_OTHER_CLUSTER: Sign.PEER_OTHER_CLUSTER,
    pb.Peer.PROBLEM_NAME_TAKEN: Sign.PEER_NAME_TAKEN,
}


async def ask(address: str, folder: Path | None, patience: float) -> list[Finding]:
    """Ask the agent like a client."""
    begun = time.time()
    try:
        cluster, health = await _call(address, folder, patience)
    except TlsError as error:
        return [Finding(Step.ANSWER, Sign.FILES_WRONG, {"problem": str(error)})]
    except grpc.aio.AioRpcError as error:
        return [_refusal(address, error)]
    facts = {"replica": cluster.replica, "cluster": cluster.cluster, "version": cluster.version}
    return [
        Finding(Step.ANSWER, Sign.ANSWER_WELL, facts),
        _clock(since_epoch(cluster.time) / 1000, begun, time.time()),
        *_state(cluster, health),
    ]


async def _call(
    address: str, folder: Path | None, patience: float
) -> tuple[pb.GetClusterResponse, pb.PingResponse]:
    tls = Tls.load(folder) if folder is not None else None
    async with dial(address, tls) as channel:
        stub: Any = pb_grpc.ClusterServiceStub(channel)
        cluster = await stub.GetCluster(pb.GetClusterRequest(), timeout=patience)
        return cluster, await stub.Ping(pb.PingRequest(), timeout=patience)


def _refusal(address: str, error: grpc.aio.AioRpcError) -> Finding:
    problem, code = status.read(error), grpc.StatusCode
    facts = {"address": address, "reason": problem.message}
    if problem.reason == ErrorReason.ACCESS_REVOKED:
        sign = Sign.REVOKED
    elif problem.code in (code.PERMISSION_DENIED, code.UNAUTHENTICATED):
        sign = Sign.FORBIDDEN
    elif problem.code is code.UNIMPLEMENTED:
        sign = Sign.NOT_ALARMINATI
    else:
        sign = Sign.NO_ANSWER
    return Finding(Step.ANSWER, sign, facts)


def _clock(theirs: float, begun: float, ended: float) -> Finding:
    if not theirs:
        return Finding(Step.CLOCK, Sign.CLOCK_UNKNOWN)
    # The agent read its clock between the two, so the difference is uncertain.
    ahead, behind = begun - theirs, theirs - ended
    if ahead > SKEW:
        return Finding(Step.CLOCK, Sign.CLOCK_AHEAD, {"seconds": round(ahead)})
    if behind > SKEW:
        return Finding(Step.CLOCK, Sign.CLOCK_BEHIND, {"seconds": round(behind)})
    return Finding(Step.CLOCK, Sign.CLOCK_WELL, {"seconds": max(1, round(max(ahead, behind)))})


def _state(cluster: pb.GetClusterResponse, ping: pb.PingResponse) -> Iterator[Finding]:
    facts = {"replica": cluster.replica}
    health = {
        pb.HEALTH_STORAGE_FULL: Sign.FULL,
        pb.HEALTH_STOPPING: Sign.STOPPING,
        pb.HEALTH_STALLED: Sign.STALLED,
        pb.HEALTH_LOADING: Sign.LOADING,
    }.get(ping.health)
    if health is not None:
        yield Finding(Step.CLUSTER, health, facts)
    missing = [_missed(cluster.replica, peer) for peer in cluster.unreachable_peers]
    yield from missing
    if not cluster.master:
        yield Finding(Step.CLUSTER, Sign.NO_MASTER, facts)
    elif cluster.master_unreachable:
        yield Finding(Step.CLUSTER, Sign.CUT_OFF, facts | {"master": cluster.master})
    elif health is None:
        there = sum(each.connected for each in cluster.replicas)
        said: dict[str, str | int] = {"connected": there, "replicas": len(cluster.replicas)}
        said |= {"master": cluster.master}
        sign = Sign.CLUSTER_PARTLY if missing else Sign.CLUSTER_WELL
        yield Finding(Step.CLUSTER, sign, said)


def _missed(replica: str, peer: pb.Peer) -> Finding:
    """Return a finding for a peer that is missing by the agent's configuration."""
    sign = _PROBLEMS.get(peer.problem, Sign.PEER_UNREACHABLE)
    if sign is Sign.PEER_UNREACHABLE and not peer.address:
        sign = Sign.PEER_NOBODY
    elif sign is Sign.PEER_UNREACHABLE and peer.HasField("last_seen_time"):
        sign = Sign.PEER_GONE
    facts = {"replica": replica, "address": peer.address, "name": peer.name}
    return Finding(Step.CLUSTER, sign, facts | {"reason": peer.last_error})
