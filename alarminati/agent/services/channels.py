"""ChannelService: where alarms are delivered, without secrets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc

from alarminati.agent.delivery import Delivery
from alarminati.channels.port import Channel
from alarminati.core.entries import Result
from alarminati.core.outbox import Outbox
from alarminati.v1 import channel_service_pb2 as pb
from alarminati.v1 import channel_service_pb2_grpc as pb_grpc
from alarminati.wire.status import abort, not_found

_Context = grpc.aio.ServicerContext[Any, Any]


class Channels(pb_grpc.ChannelServiceServicer):
    """The calls of ChannelService."""

    def __init__(self, channels: Mapping[str, Channel], delivery: Delivery, outbox: Outbox) -> None:
        self._channels = channels
        self._delivery = delivery
        self._outbox = outbox

    async def ListChannels(
        self, request: pb.ListChannelsRequest, context: _Context
    ) -> pb.ListChannelsResponse:
        """All that are configured, by name."""
        return pb.ListChannelsResponse(
            channels=[
                pb.Channel(
                    name=name,
                    type=channel.type,
                    destination=channel.destination,
                    pending=self._outbox.pending_for(name),
                    trouble=self._delivery.trouble(name),
                )
                for name, channel in sorted(self._channels.items())
            ]
        )

    async def TestChannel(
        self, request: pb.TestChannelRequest, context: _Context
    ) -> pb.TestChannelResponse:
        """Send a message now, from here."""
        if request.name not in self._channels:
            known = ", ".join(sorted(self._channels)) or "none"
            await abort(
                context, not_found(f"there is no channel {request.name!r} (there are: {known})")
            )
        verdict, duration = await self._delivery.send_test(request.name)
        return pb.TestChannelResponse(
            delivered=verdict.result is Result.DELIVERED,
            detail=verdict.detail,
            duration_ms=duration,
        )
