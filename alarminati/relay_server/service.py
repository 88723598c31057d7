"""Service of a relay for the agents of one cluster."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, Final

import grpc

from alarminati import __version__
from alarminati.core.spool.ledger import SpoolFull, UnknownSequence
from alarminati.relay.v1alpha1 import relay_service_pb2 as pb
from alarminati.relay.v1alpha1.relay_service_pb2_grpc import RelayServiceServicer
from alarminati.relay_server.keeper import Keeper
from alarminati.wire.identity import NotAnIdentity, Role, parse

BATCH: Final = 1 << 20  # bytes of one answer, unless one webhook is larger
KEEPALIVE: Final = 15.0  # seconds
KEEPALIVES: Final = (1.0, 300.0)  # bounds of what agents may ask for

Context = grpc.aio.ServicerContext[Any, Any]


class RelayServicer(RelayServiceServicer):
    """Gives webhooks to agents. `secured`: callers must show an agent's certificate."""

    def __init__(
        self, name: str, cluster: str, keeper: Keeper, wall: Callable[[], int], *, secured: bool
    ) -> None:
        self._name, self._cluster = name, cluster
        self._keeper, self._wall, self._secured = keeper, wall, secured
        self.streams = 0

    async def Pull(
        self, request: pb.PullRequest, context: Context
    ) -> AsyncIterator[pb.PullResponse]:
        """Send what is not committed, then what comes."""
        await self._admit(context)
        shortest, longest = KEEPALIVES
        asked = request.keepalive_interval.ToTimedelta().total_seconds() or KEEPALIVE
        pause = min(max(asked, shortest), longest)
        after = 0
        self.streams += 1
        try:
            yield pb.PullResponse(relay=self._name)
            while True:
                seen = self._keeper.last
                some = await self._keeper.read(after, BATCH)
                if some:
                    after = some[-1].sequence
                    yield pb.PullResponse(webhooks=some)
                elif not await self._keeper.wait(seen, pause):
                    yield pb.PullResponse()
        finally:
            self.streams -= 1

    async def Commit(self, request: pb.CommitRequest, context: Context) -> pb.CommitResponse:
        """Give up what is safe."""
        await self._admit(context)
        try:
            await self._keeper.commit(request.sequence)
        except UnknownSequence as error:
            await context.abort(grpc.StatusCode.OUT_OF_RANGE, str(error))
        except SpoolFull as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        return pb.CommitResponse()

    async def Reject(self, request: pb.RejectRequest, context: Context) -> pb.RejectResponse:
        """Set a webhook aside."""
        await self._admit(context)
        try:
            await self._keeper.reject(request.sequence, request.detail, self._wall())
        except SpoolFull as error:
            await context.abort(grpc.StatusCode.UNAVAILABLE, str(error))
        return pb.RejectResponse()

    async def GetRelay(self, request: pb.GetRelayRequest, context: Context) -> pb.GetRelayResponse:
        """Describe the relay."""
        await self._admit(context)
        ledger = self._keeper.spool.ledger
        return pb.GetRelayResponse(
            relay=self._name,
            pending=ledger.pending,
            rejected=self._keeper.rejected,
            used_ratio=ledger.used_ratio,
            version=__version__,
        )

    async def _admit(self, context: Context) -> None:
        if not self._secured:
            return
        for uri in context.auth_context().get("peer_spiffe_id", ()):
            try:
                who = parse(uri.decode())
            except (NotAnIdentity, UnicodeDecodeError):
                continue
            if who.role is Role.AGENT and who.fits(self._cluster):
                return
        await context.abort(
            grpc.StatusCode.PERMISSION_DENIED, f"only agents of {self._cluster} pull here"
        )
