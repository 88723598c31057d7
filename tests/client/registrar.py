"""The part of a fake agent that keeps silences, channels and dead letters, in dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import grpc

from alarminati.channels.forms import settings_schema
from alarminati.v1 import channel_service_pb2 as channels
from alarminati.v1 import silence_pb2 as pb
from alarminati.v1 import silence_service_pb2 as silences
from alarminati.v1.notification_pb2 import DELIVERY_CAUSE_REJECTED
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import abort, invalid, not_found, refusal
from alarminati.wire.structs import struct_of
from alarminati.wire.timestamps import timestamp

Context = grpc.aio.ServicerContext[Any, Any]


class Registrar:
    """Two channels and one dead letter to begin with."""

    def __init__(self) -> None:
        self.silenced: dict[str, pb.Silence] = {}
        self.registered: dict[str, channels.Channel] = {}
        self.updates: list[channels.UpdateChannelRequest] = []
        self.dropped = 0
        self.letters = [
            channels.DeadLetter(
                id="aaaaaaaa-7",
                channel="ops",
                alarm_count=2,
                fail_time=timestamp(1_758_166_920_000),
                detail="gone",
                cause=DELIVERY_CAUSE_REJECTED,
            )
        ]

    async def CreateSilence(
        self, request: silences.CreateSilenceRequest, context: Context
    ) -> silences.CreateSilenceResponse:
        if not request.silence.comment:
            await abort(context, invalid("comment", "must say why"))
        made = pb.Silence(id=f"{len(self.silenced) + 1:016x}", created_by="me")
        made.MergeFrom(request.silence)
        made.start_time_ms = made.start_time_ms or 1_758_166_920_000
        self.silenced[made.id] = made
        return silences.CreateSilenceResponse(silence=_silence(made))

    async def UpdateSilence(
        self, request: silences.UpdateSilenceRequest, context: Context
    ) -> silences.UpdateSilenceResponse:
        made = await self._kept(request.silence.id, context)
        if request.silence.matchers:
            made.ClearField("matchers")
        made.MergeFrom(request.silence)
        return silences.UpdateSilenceResponse(silence=_silence(made))

    async def ExpireSilence(
        self, request: silences.ExpireSilenceRequest, context: Context
    ) -> silences.ExpireSilenceResponse:
        silence = await self._kept(request.id, context)
        silence.end_time_ms = silence.start_time_ms
        return silences.ExpireSilenceResponse(silence=_silence(silence))

    async def GetSilence(
        self, request: silences.GetSilenceRequest, context: Context
    ) -> silences.GetSilenceResponse:
        return silences.GetSilenceResponse(silence=_silence(await self._kept(request.id, context)))

    async def PreviewSilence(
        self, request: silences.PreviewSilenceRequest, context: Context
    ) -> silences.PreviewSilenceResponse:
        equal = [one for one in self.silenced.values() if one.matchers == request.silence.matchers]
        return silences.PreviewSilenceResponse(
            matched_alarms=3, equal_silences=map(_silence, equal)
        )

    async def _kept(self, id: str, context: Context) -> pb.Silence:
        if id not in self.silenced:
            await abort(context, not_found(f"no silence {id!r} is kept here"))
        return self.silenced[id]

    async def ListSilences(
        self, request: silences.ListSilencesRequest, context: Context
    ) -> silences.ListSilencesResponse:
        found = [
            _silence(silence)
            for silence in self.silenced.values()
            if request.include_expired or silence.end_time_ms > silence.start_time_ms
        ]
        return silences.ListSilencesResponse(silences=found)

    async def ListChannels(self, request: channels.ListChannelsRequest, context: Context) -> Any:
        return channels.ListChannelsResponse(channels=self._channels())

    def _channels(self) -> list[channels.Channel]:
        ops = channels.Channel(name="ops", type="webhook", destination="127.0.0.1")
        ops.status.pending, ops.status.state = 1, channels.ChannelStatus.STATE_OK
        team = channels.Channel(name="team", type="slack")
        team.status.last_error = "it answered 500"
        team.status.state = channels.ChannelStatus.STATE_FAILING
        return [ops, team, *map(self._told, self.registered.values())]

    def _told(self, channel: channels.Channel) -> channels.Channel:
        made = channels.Channel(
            name=channel.name,
            type=channel.type,
            matchers=channel.matchers,
            min_severity=channel.min_severity,
            definition=channels.Channel.DEFINITION_REGISTERED,
            created_by="me",
            secret_settings=["url"],
        )
        made.status.state = channels.ChannelStatus.STATE_UNUSED
        return made

    async def GetChannel(self, request: channels.GetChannelRequest, context: Context) -> Any:
        found = [one for one in self._channels() if one.name == request.name]
        if not found:
            await abort(context, not_found(f"there is no channel {request.name!r}"))
        return channels.GetChannelResponse(channel=found[0])

    async def ListChannelTypes(
        self, request: channels.ListChannelTypesRequest, context: Context
    ) -> Any:
        made = channels.ChannelType(
            type="webhook", settings_schema=struct_of(settings_schema("webhook"))
        )
        return channels.ListChannelTypesResponse(channel_types=[made])

    async def CreateChannel(self, request: channels.CreateChannelRequest, context: Context) -> Any:
        name = request.channel.name
        if name in self.registered:
            sentence = f"channel {name!r} is registered already; update it"
            await abort(context, refusal(ErrorReason.ALREADY_EXISTS, sentence))
        if "url" not in request.channel.settings.fields:
            await abort(context, invalid("channel.settings.url", "is missing"))
        self.registered[name] = request.channel
        return channels.CreateChannelResponse(channel=self._told(request.channel))

    async def UpdateChannel(self, request: channels.UpdateChannelRequest, context: Context) -> Any:
        name = request.channel.name
        if name not in self.registered:
            await abort(context, not_found(f"there is no channel {name!r}"))
        self.updates.append(request)
        return channels.UpdateChannelResponse(channel=self._told(self.registered[name]))

    async def DeleteChannel(self, request: channels.DeleteChannelRequest, context: Context) -> Any:
        if self.registered.pop(request.name, None) is None:
            await abort(context, not_found(f"there is no channel {request.name!r}"))
        return channels.DeleteChannelResponse()

    async def ListDeadLetters(
        self, request: channels.ListDeadLettersRequest, context: Context
    ) -> Any:
        found = [each for each in self.letters if request.channel in ("", each.channel)]
        return channels.ListDeadLettersResponse(dead_letters=found, dropped_count=self.dropped)

    async def ResendDeadLetters(
        self, request: channels.ResendDeadLettersRequest, context: Context
    ) -> Any:
        gone = await self._taken(request.ids, request.channel, context)
        return channels.ResendDeadLettersResponse(resent_count=gone)

    async def DiscardDeadLetters(
        self, request: channels.DiscardDeadLettersRequest, context: Context
    ) -> Any:
        gone = await self._taken(request.ids, request.channel, context)
        return channels.DiscardDeadLettersResponse(discarded_count=gone)

    async def _taken(self, ids: Sequence[str], channel: str, context: Context) -> int:
        kept = [each for each in self.letters if each.id not in ids and each.channel != channel]
        gone, self.letters = len(self.letters) - len(kept), kept
        if not gone:
            await abort(context, not_found("there is no such dead letter"))
        return gone


def _silence(silence: pb.Silence) -> silences.SilenceStatus:
    over = silence.end_time_ms == silence.start_time_ms
    state = silences.SilenceStatus.STATE_EXPIRED if over else silences.SilenceStatus.STATE_ACTIVE
    return silences.SilenceStatus(silence=silence, state=state, matched_alarms=3)
