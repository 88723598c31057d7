"""ClusterService: how the cluster is, as seen from here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import grpc
from google.protobuf.duration_pb2 import Duration

from alarminati import __version__
from alarminati.agent.mesh.transport import PASSED_ON
from alarminati.agent.mesh.unreachable_peers import PeerWatch
from alarminati.agent.metrics import CertificateStatus, ConfigStatus
from alarminati.agent.rpc import authorization
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.config import AgentConfig
from alarminati.core.election.messages import Problem, Role
from alarminati.core.monitors.queue_intake import QueueStanding
from alarminati.core.monitors.unreachable_peers import Way
from alarminati.v1 import cluster_service_pb2 as pb
from alarminati.v1 import cluster_service_pb2_grpc as pb_grpc
from alarminati.v1.identity_pb2 import Identity
from alarminati.wire import cursor
from alarminati.wire.roles import identity_to_proto
from alarminati.wire.timestamps import timestamp

_Context = grpc.aio.ServicerContext[Any, Any]
_WAYS: Final = {
    Way.NONE: pb.Peer.DISCOVERY_UNSPECIFIED,
    Way.STATIC: pb.Peer.DISCOVERY_STATIC,
    Way.DNS: pb.Peer.DISCOVERY_DNS,
    Way.ZEROCONF: pb.Peer.DISCOVERY_ZEROCONF,
}
_PROBLEMS: Final = {
    Problem.UNREACHABLE: pb.Peer.PROBLEM_UNREACHABLE,
    Problem.UNTRUSTED: pb.Peer.PROBLEM_UNTRUSTED,
    Problem.OTHER_CLUSTER: pb.Peer.PROBLEM_OTHER_CLUSTER,
    Problem.NAME_TAKEN: pb.Peer.PROBLEM_NAME_TAKEN,
}
_MASTER, _STANDBY = pb.Replica.ROLE_MASTER, pb.Replica.ROLE_STANDBY


@dataclass(frozen=True, slots=True)
class ClusterFacts:
    """Facts of the agent around a replica."""

    config: AgentConfig
    reload: ConfigStatus | None
    certificate: CertificateStatus | None
    queues: Mapping[str, QueueStanding]


def add_cluster(
    server: grpc.aio.Server,
    live: LiveReplica,
    peers: PeerWatch,
    facts: Callable[[], ClusterFacts],
) -> None:
    """Add ClusterService to a server."""
    pb_grpc.add_ClusterServiceServicer_to_server(Cluster(live, peers, facts), server)


class Cluster(pb_grpc.ClusterServiceServicer):
    """The calls of ClusterService."""

    def __init__(
        self, live: LiveReplica, peers: PeerWatch, facts: Callable[[], ClusterFacts]
    ) -> None:
        """`facts`: what the agent around the replica knows now."""
        self._facts = facts
        self._start = wall()
        self._live = live
        self._peers = peers
        self._project = facts().config.project
        self._cluster = facts().config.cluster

    async def Ping(self, request: pb.PingRequest, context: _Context) -> pb.PingResponse:
        """2 bytes."""
        return pb.PingResponse(health=self._health())

    def _health(self) -> pb.Health.ValueType:
        replica = self._live.replica
        if replica.stopping:
            return pb.HEALTH_STOPPING
        if replica.full or not self._live.store.has_room:
            return pb.HEALTH_STORAGE_FULL
        if self._live.trouble:
            return pb.HEALTH_STALLED
        if replica.loading:
            return pb.HEALTH_LOADING
        if not replica.election.master:
            return pb.HEALTH_NO_MASTER
        if replica.admission.refusing:
            return pb.HEALTH_FIRING_LIMIT
        return pb.HEALTH_OK

    async def GetCluster(
        self, request: pb.GetClusterRequest, context: _Context
    ) -> pb.GetClusterResponse:
        """Everything known here; a standby asks the master who else is there.

        Standbys do not keep in touch with each other, so what they know of one another is old.
        """
        replica, store = self._live.replica, self._live.store
        election = replica.election
        view = await self._upstream_view(context)
        return pb.GetClusterResponse(
            project=self._project,
            cluster=self._cluster,
            replica=election.name,
            master=election.master,
            epoch=election.epoch,
            replicas=self._replicas(view),
            journal=pb.JournalStatus(
                entries=store.count, bytes=store.bytes, cursor=cursor.encode(store.cursor())
            ),
            outbox=pb.OutboxStatus(
                pending=replica.outbox.pending, dead_letters=replica.outbox.dead
            ),
            version=__version__,
            master_unreachable=not replica.leading and not election.linked,
            time=timestamp(wall()),
            unreachable_peers=self._unreachable(view),
            health=self._health(),
            queues=self._queues(view),
            caller=self._caller(),
            start_time=timestamp(self._start),
            **self._own(),
        )

    def _own(self) -> dict[str, Any]:
        """Return what this replica knows of itself."""
        facts = self._facts()
        found: dict[str, Any] = {
            "alarms": pb.AlarmSummary(
                firing=[
                    pb.SeverityCount(severity=int(severity), count=count)  # type: ignore[arg-type]
                    for severity, count in self._live.replica.book.index.firing_counts()
                ],
                firing_limit=facts.config.limits.firing_alarms,
                active_silences=len(self._live.replica.outbox.silences.active(wall())),
            )
        }
        if (reload := facts.reload) is not None:
            found["config"] = pb.ConfigStatus(
                last_error=reload.problem,
                load_time=timestamp(round(reload.loaded * 1000)) if reload.loaded else None,
                restart_required=reload.restart_required,
            )
        if (certificate := facts.certificate) is not None and certificate.expiration:
            found["certificate_expire_time"] = timestamp(round(certificate.expiration * 1000))
        return found

    def _queues(self, view: pb.GetClusterResponse | None) -> list[pb.Queue]:
        """Return the queues of the master, which may be this replica."""
        if not self._live.replica.leading:
            return list(view.queues) if view else []
        now, facts = wall(), self._facts()
        types = {each.name: each.type for each in facts.config.queues}
        return [
            pb.Queue(
                name=name,
                type=types.get(name, ""),
                connected=one.connected,
                lag=one.pending,
                oldest_age=Duration(seconds=max(0, now - one.oldest) // 1000)
                if one.oldest and one.pending
                else None,
                accepted_count=one.accepted,
                dead_count=one.dead,
                last_error=one.last_error,
            )
            for name, one in sorted(facts.queues.items())
        ]

    def _caller(self) -> Identity | None:
        who = authorization.caller()
        known = who is not authorization.ANONYMOUS
        return identity_to_proto(who.role, who.name) if known else None

    async def _upstream_view(self, context: _Context) -> pb.GetClusterResponse | None:
        passed_on = any(key == PASSED_ON for key, _ in context.invocation_metadata() or ())
        return None if passed_on else await self._live.mesh.upstream_view()

    def _unreachable(self, view: pb.GetClusterResponse | None) -> list[pb.Peer]:
        """Whom this replica misses, and whom the master."""
        now, at = asyncio.get_running_loop().time(), wall()
        own = self._live.replica.election.name  # whose name is taken, it says itself
        seen_there = view.unreachable_peers if view else ()
        found = {peer.address: peer for peer in seen_there if peer.name != own}
        for peer in self._peers.unreachable():
            ago = None if peer.heard is None else round((now - peer.heard) * 1000)
            found[peer.address] = pb.Peer(
                address=peer.address,
                discovery=_WAYS[peer.way],
                problem=_PROBLEMS[peer.problem],
                last_error=peer.detail,
                last_seen_time=None if ago is None else timestamp(at - ago),
                name=peer.name,
            )
        return [found[address] for address in sorted(found)]

    def _replicas(self, view: pb.GetClusterResponse | None) -> list[pb.Replica]:
        found = self._known()
        if view is not None:
            mine = {self._live.replica.election.name, view.replica}
            found |= {each.name: each for each in view.replicas if each.name not in mine}
            if view.replica in found:
                found[view.replica].version = view.version
        return [found[name] for name in sorted(found)]

    def _known(self) -> dict[str, pb.Replica]:
        """By name, as seen from here."""
        replica = self._live.replica
        election = replica.election
        linked = replica.linked_names()
        own = _MASTER if election.role is Role.MASTER else _STANDBY
        found = {
            election.name: pb.Replica(
                name=election.name, role=own, connected=True, version=__version__
            )
        }
        for name in sorted({*election.roster.names(), *linked} - {election.name}):
            found[name] = pb.Replica(
                name=name,
                role=_MASTER if name == election.master else _STANDBY,
                connected=name in linked or election.roster.heard_of(name),
                address=election.roster.address(name),
            )
        return found
