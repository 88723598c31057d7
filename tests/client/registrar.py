"""The part of a fake agent that keeps silences, channels and dead letters, in dictionaries."""

from __future__ import annotations

from typing import Any

import grpc

from alarminati.v1 import channel_service_pb2 as channels
from alarminati.v1 import silence_pb2 as pb
from alarminati.v1 import silence_service_pb2 as silences
from alarminati.wire.status import abort, invalid, not_found

Context = grpc.aio.ServicerContext[Any, Any]


class Registrar:
    """Two channels and one dead letter to begin with."""

    def __init__(self) -> None:
        self.silenced: dict[str, pb.Silence] = {}
        self.registered: dict[str, channels.PutChannelRequest] = {}
        self.letters = [
            channels.DeadLetter(
                id="aaaaaaaa-7", channel="ops", alarms=2, died_ms=1_758_166_920_000, detail="gone"
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
        ops = channels.Channel(name="ops", type="webhook", destination="127.0.0.1", pending=1)
        team = channels.Channel(name="team", type="slack", trouble="it answered 500")
        more = [self._told(request) for request in self.registered.values()]
        return channels.ListChannelsResponse(channels=[ops, team, *more])

    def _told(self, request: channels.PutChannelRequest) -> channels.Channel:
        return channels.Channel(
            name=request.name,
            type=request.type,
            origin=channels.Channel.ORIGIN_REGISTERED,
            by="me",
            settings="url: <secret>\n",
        )

    async def PutChannel(self, request: channels.PutChannelRequest, context: Context) -> Any:
        if not request.settings:
            await abort(context, invalid("settings.url", "is missing"))
        self.registered[request.name] = request
        return channels.PutChannelResponse(channel=self._told(request))

    async def DeleteChannel(self, request: channels.DeleteChannelRequest, context: Context) -> Any:
        if self.registered.pop(request.name, None) is None:
            await abort(context, not_found(f"there is no channel {request.name!r}"))
        return channels.DeleteChannelResponse()

    async def ListDeadLetters(
        self, request: channels.ListDeadLettersRequest, context: Context
    ) -> Any:
        found = [each for each in self.letters if request.channel in ("", each.channel)]
        return channels.ListDeadLettersResponse(letters=found)

    async def ResendDeadLetters(
        self, request: channels.ResendDeadLettersRequest, context: Context
    ) -> Any:
        kept = [
            each
            for each in self.letters
            if each.id not in request.ids and each.channel != request.channel
        ]
        resent, self.letters = len(self.letters) - len(kept), kept
        if not resent:
            await abort(context, not_found("there is no such dead letter"))
        return channels.ResendDeadLettersResponse(resent=resent)


def _silence(silence: pb.Silence) -> silences.SilenceStatus:
    over = silence.end_time_ms == silence.start_time_ms
    state = silences.SilenceStatus.STATE_EXPIRED if over else silences.SilenceStatus.STATE_ACTIVE
    return silences.SilenceStatus(silence=silence, state=state, matched_alarms=3)
