"""Health over gRPC, and alarms that a replica raises about its own state."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence

from grpc_health.v1 import health_pb2
from grpc_health.v1.health import aio as grpc_health

from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.ingest import NotTaken, TooFewReplicas
from alarminati.core.model.entries import Alarm
from alarminati.core.monitors.journal_losses import Losses

EVERY = 2.0  # seconds
OUR_SERVICES = (
    "",
    "alarminati.v1.AccessService",
    "alarminati.v1.AlarmService",
    "alarminati.v1.ChannelService",
    "alarminati.v1.ClusterService",
    "alarminati.v1.MarkService",
    "alarminati.v1.MonitorService",
    "alarminati.v1.SilenceService",
)

log = logging.getLogger(__name__)


class Bulletins:
    """Told for one replica, as long as it lives."""

    def __init__(
        self,
        live: LiveReplica,
        book: AlarmBook,
        servicer: grpc_health.HealthServicer,
        trouble: Callable[[], str],
    ) -> None:
        """`trouble`: what keeps it from serving, one sentence; empty when nothing does."""
        self._live = live
        self._losses = Losses(book, live.replica.election.name)
        self._servicer = servicer
        self._trouble = trouble
        self._damage = live.store.damage  # that is not made good yet

    @property
    def incomplete(self) -> bool:
        """Damage took something from the journal that is not back."""
        return bool(self._damage) or self._live.store.refill_needed

    async def announce(self, serving: bool) -> None:
        """Say whether it serves, to whoever asks or watches."""
        answer = health_pb2.HealthCheckResponse
        status = answer.SERVING if serving else answer.NOT_SERVING
        for service in OUR_SERVICES:
            await self._servicer.set(service, status)

    async def run(self) -> None:
        """For ever. gRPC health says what /healthz says: without room it is not ready."""
        told = True
        while True:
            await asyncio.sleep(EVERY)
            well = not self._trouble()
            if well is not told:
                told = well
                await self.announce(well)
            await self._report(self._due())

    def _due(self) -> Sequence[Alarm]:
        replica, now = self._live.replica, wall()
        if replica.loading:
            return ()
        if not self._live.store.refill_needed and not replica.election.alone:
            self._damage = ""  # others have filled in what was lost
        # That so many alarms fire the master says.
        crowding = replica.admission.crowding(now) if replica.leading else ()
        return [*crowding, *self._losses.look(self._damage, now)]

    async def _report(self, alarms: Sequence[Alarm]) -> None:
        for alarm in alarms:
            try:
                await self._live.accept([alarm])
            except (NotTaken, TooFewReplicas) as error:
                log.warning("%s: %s", alarm.message, error)
