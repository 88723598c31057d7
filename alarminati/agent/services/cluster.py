"""ClusterService: how the cluster is, as seen from here."""

from __future__ import annotations

from typing import Any

import grpc

from alarminati import __version__
from alarminati.agent.live import LiveReplica, wall
from alarminati.agent.mesh import PASSED_ON
from alarminati.core.words import Role
from alarminati.v1 import cluster_service_pb2 as pb
from alarminati.v1 import cluster_service_pb2_grpc as pb_grpc
from alarminati.wire import cursor

_Context = grpc.aio.ServicerContext[Any, Any]
_MASTER, _STANDBY = pb.Replica.ROLE_MASTER, pb.Replica.ROLE_STANDBY


class Cluster(pb_grpc.ClusterServiceServicer):
    """The calls of ClusterService."""

    def __init__(self, live: LiveReplica, project: str, cluster: str) -> None:
        self._live = live
        self._project = project
        self._cluster = cluster

    async def Ping(self, request: pb.PingRequest, context: _Context) -> pb.PingResponse:
        """At most 2 bytes."""
        replica = self._live.replica
        if replica.stopping:
            return pb.PingResponse(health=pb.PingResponse.HEALTH_STOPPING)
        if replica.full or not self._live.store.has_room:
            return pb.PingResponse(health=pb.PingResponse.HEALTH_FULL)
        if not replica.election.master:
            return pb.PingResponse(health=pb.PingResponse.HEALTH_NO_MASTER)
        if replica.admission.full:
            return pb.PingResponse(health=pb.PingResponse.HEALTH_FIRING_LIMIT)
        return pb.PingResponse()

    async def GetCluster(
        self, request: pb.GetClusterRequest, context: _Context
    ) -> pb.GetClusterResponse:
        """Everything known here; a standby asks the master who else is there.

        Standbys do not keep in touch with each other, so what they know of one another is old.
        """
        replica, store = self._live.replica, self._live.store
        election = replica.election
        return pb.GetClusterResponse(
            project=self._project,
            cluster=self._cluster,
            replica=replica.name,
            master=election.master,
            epoch=election.epoch,
            replicas=await self._replicas(context),
            journal=pb.JournalStatus(
                entries=store.count, bytes=store.bytes, cursor=cursor.encode(store.cursor())
            ),
            outbox=pb.OutboxStatus(pending=replica.outbox.pending, dead=replica.outbox.dead),
            version=__version__,
            cut_off=not replica.leading and not election.linked,
            time=wall(),
        )

    async def _replicas(self, context: _Context) -> list[pb.Replica]:
        found = self._known()
        passed_on = any(key == PASSED_ON for key, _ in context.invocation_metadata() or ())
        view = None if passed_on else await self._live.mesh.upstream_view()
        if view is not None:
            mine = {self._live.replica.name, view.replica}
            found |= {each.name: each for each in view.replicas if each.name not in mine}
        return [found[name] for name in sorted(found)]

    def _known(self) -> dict[str, pb.Replica]:
        """By name, as seen from here."""
        replica = self._live.replica
        election = replica.election
        linked = replica.linked_names()
        own = _MASTER if election.role is Role.MASTER else _STANDBY
        found = {replica.name: pb.Replica(name=replica.name, role=own, connected=True)}
        for name in sorted({*election.roster.names(), *linked} - {replica.name}):
            found[name] = pb.Replica(
                name=name,
                role=_MASTER if name == election.master else _STANDBY,
                connected=name in linked or election.roster.heard_of(name),
                address=election.roster.address(name),
            )
        return found
