"""ChannelService: channels, to which alarms are delivered, without their secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import grpc

from alarminati.agent.delivery.channel_settings import (
    Registration,
    channel_config,
    merge,
    secrets_of,
    settings_of,
)
from alarminati.agent.delivery.channels import REGISTERED, ChannelSet, Origin, Placed
from alarminati.agent.delivery.secret_store import CHANNEL, TOKEN, SecretStore
from alarminati.agent.delivery.sender import Delivery
from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.channel_views import ChannelViews
from alarminati.agent.rpc.dead_letters import DeadLetterCalls, refuse
from alarminati.agent.rpc.paging import page_size, page_token, read_token
from alarminati.agent.rpc.turns import ROOM
from alarminati.agent.runtime import LiveReplica
from alarminati.channels.canary import tried
from alarminati.channels.forms import settings_schema
from alarminati.channels.port import BadSettings, Channel
from alarminati.channels.table import TYPES, configure
from alarminati.config import ChannelConfig
from alarminati.config.names import check_name
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.journal.ingest import NotAccepted, RequestIdReused, TooFewReplicas
from alarminati.core.model.entries import Entry, Result, Severity, digest_of
from alarminati.core.model.matchers import Matcher
from alarminati.core.model.validation import Invalid, check_request_id
from alarminati.v1 import channel_service_pb2 as pb
from alarminati.v1 import channel_service_pb2_grpc as pb_grpc
from alarminati.v1 import notification_pb2
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import Problem, abort, not_found, refusal
from alarminati.wire.structs import struct_of

MOST: Final = 200  # registered channels
MATCHERS: Final = 100
MATCHER_LIMIT: Final = 1024  # characters
GONE_WITHIN: Final = 5.0  # seconds for what a deleted channel was to be sent
_FIELDS: Final = ("type", "settings", "matchers", "min_severity", "fallback")
_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A channel that may be registered."""

    registration: Registration
    config: ChannelConfig
    channel: Channel


class Channels(DeadLetterCalls, pb_grpc.ChannelServiceServicer):
    """The calls of ChannelService. Changes are made one after the other."""

    _channels: ChannelSet

    def __init__(
        self,
        live: LiveReplica,
        channels: ChannelSet,
        vault: SecretStore,
        delivery: Delivery,
        outbox: Outbox,
        replica: str,
    ) -> None:
        super().__init__(live, channels, outbox)
        self._vault = vault
        self._delivery = delivery
        self._replica = replica
        self._views = ChannelViews(live, channels, delivery, outbox)
        self._changing = asyncio.Lock()

    # Reading.

    async def ListChannels(
        self, request: pb.ListChannelsRequest, context: _Context
    ) -> pb.ListChannelsResponse:
        """List a page, by name."""
        try:
            size = page_size(request.page_size)
            last = read_token(request)
        except Invalid as error:
            await refuse(context, error)
        rest = [one for one in self._channels.placed() if _place(one) > last]
        answer = pb.ListChannelsResponse()
        room = ROOM
        for made in await self._views.all(rest[:size], context):
            room -= made.ByteSize()
            if room < 0 and answer.channels:
                break
            answer.channels.append(made)
        if len(rest) > len(answer.channels):
            answer.next_page_token = page_token(request, _place(rest[len(answer.channels) - 1]))
        return answer

    async def GetChannel(
        self, request: pb.GetChannelRequest, context: _Context
    ) -> pb.GetChannelResponse:
        """Return the channel that counts."""
        placed = self._channels.find(request.name)
        if placed is None:
            await abort(context, self._unknown(request.name))
        (made,) = await self._views.all([placed], context)
        return pb.GetChannelResponse(channel=made)

    async def ListChannelTypes(
        self, request: pb.ListChannelTypesRequest, context: _Context
    ) -> pb.ListChannelTypesResponse:
        """List a page of types, by name."""
        try:
            size = page_size(request.page_size)
            last = read_token(request)
        except Invalid as error:
            await refuse(context, error)
        rest = [type_ for type_ in sorted(TYPES) if type_ > last]
        answer = pb.ListChannelTypesResponse(channel_types=map(_channel_type, rest[:size]))
        if len(rest) > size:
            answer.next_page_token = page_token(request, rest[size - 1])
        return answer

    async def TestChannel(
        self, request: pb.TestChannelRequest, context: _Context
    ) -> pb.TestChannelResponse:
        """Send a message now, from here."""
        if request.name not in self._channels:
            await abort(context, self._unknown(request.name))
        verdict, duration = await self._delivery.send_test(request.name)
        attempt = notification_pb2.DeliveryAttempt(
            result=verdict.result.value,  # type: ignore[arg-type]
            attempt=1,
            replica=self._replica,
            duration_ms=duration,
            detail=verdict.detail,
            message_id=verdict.receipt if verdict.result is Result.DELIVERED else "",
            retry_after_ms=round((verdict.after or 0.0) * 1000),
            cause=verdict.cause.value,  # type: ignore[arg-type]
        )
        return pb.TestChannelResponse(attempt=attempt)

    # Changing.

    async def CreateChannel(
        self, request: pb.CreateChannelRequest, context: _Context
    ) -> pb.CreateChannelResponse:
        """Register a channel, once for each request id."""
        async with self._changing:
            try:
                asked, content = _request(request)
                kept = self._created(asked, content, request.request_id)
            except (Invalid, RequestIdReused) as error:
                await refuse(context, error)
            if kept is not None:
                return pb.CreateChannelResponse(channel=await self._views.one(kept))
            name = request.channel.name
            if self._channels.registered(name) is not None:
                sentence = f"channel {name!r} is registered already; update it"
                await abort(context, refusal(ErrorReason.ALREADY_EXISTS, sentence))
            made = await self._put(request.channel, None, request.validate_only, context, asked,
                                   content)  # fmt: skip
            return pb.CreateChannelResponse(channel=made)

    async def UpdateChannel(
        self, request: pb.UpdateChannelRequest, context: _Context
    ) -> pb.UpdateChannelResponse:
        """Change a registered channel, or register it."""
        given = request.channel
        async with self._changing:
            before = self._channels.registered(given.name)
            if before is None and not request.allow_missing:
                await abort(context, self._not_registered(given.name))
            if before is not None and before.registration is None:
                sentence = f"channel {given.name!r} cannot be changed here: {before.trouble}"
                await abort(context, refusal(ErrorReason.NO_CLUSTER_KEY, sentence))
            try:
                merged = _merged(request, before)
            except (Invalid, BadSettings) as error:
                await refuse(context, _invalid(error))
            made = await self._put(merged, before, request.validate_only, context)
            return pb.UpdateChannelResponse(channel=made)

    async def DeleteChannel(
        self, request: pb.DeleteChannelRequest, context: _Context
    ) -> pb.DeleteChannelResponse:
        """Delete a registered channel, and wait until its dead letters are written."""
        name = request.name
        async with self._changing:
            if self._channels.registered(name) is None:
                await abort(context, self._not_registered(name))
            if self._channels.promised(name):
                sentence = f"the file counts on channel {name!r}; take it out there first"
                await abort(context, refusal(ErrorReason.CHANNEL_IN_USE, sentence))
            before = len(list(self._outbox.queries.dead_letters(name)))
            try:
                await self._vault.remove(authorization.caller().name, CHANNEL + name, TOKEN + name)
            except (NotAccepted, TooFewReplicas) as error:
                await refuse(context, error)
        await self._dead(name)
        after = len(list(self._outbox.queries.dead_letters(name)))
        return pb.DeleteChannelResponse(dead_letters=max(0, after - before))

    async def _dead(self, name: str) -> None:
        """Wait until nothing is owed to a deleted channel, for a while."""
        changed = asyncio.Event()

        def folded(entries: Sequence[Entry]) -> None:
            changed.set()

        self._live.folded.append(folded)
        try:
            async with asyncio.timeout(GONE_WITHIN):
                while name not in self._channels and self._outbox.queries.owes(name):
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            pass
        finally:
            self._live.folded.remove(folded)

    async def _put(
        self,
        given: pb.Channel,
        before: Placed | None,
        validate_only: bool,
        context: _Context,
        asked: str = "",
        content: str = "",
    ) -> pb.Channel:
        """Check and write a channel; return it as it is then."""
        try:
            draft = self._checked(given, before, asked, content)
            await asyncio.to_thread(try_templates, draft.channel)
        except (Invalid, BadSettings) as error:
            await refuse(context, _invalid(error))
        name, by = given.name, authorization.caller().name
        if (problem := self._may_put(name)) is not None:
            await abort(context, problem)
        if validate_only:
            origin = Origin.SHADOWED if self._is_in_file(name) else Origin.REGISTERED
            placed = Placed(draft.channel, draft.config, origin)
            return await self._views.one(placed, pending=0)
        new = name not in self._channels or before is None
        # A token that was renewed belongs to the secrets it came of.
        gone = (TOKEN + name,) if _other_secrets(before, draft) else ()
        try:
            await self._vault.put(CHANNEL + name, draft.registration.pack(), by, *gone)
        except (NotAccepted, TooFewReplicas) as error:
            await refuse(context, error)
        kept = self._channels.registered(name)
        assert kept is not None, "what was written is folded"
        return await self._views.one(kept, await self._views.pending_of_new(name) if new else None)

    def _checked(
        self, given: pb.Channel, before: Placed | None, asked: str, content: str
    ) -> _Draft:
        """Return the channel that is asked for. Raises Invalid and BadSettings."""
        try:
            check_name(given.name, "it:")
        except ValueError as error:
            raise Invalid("channel.name", str(error)) from None
        if given.type == REGISTERED:
            raise Invalid(
                "channel.type", "registered stands in the file only; name the kind of channel"
            )
        settings = merge({}, settings_of(given.settings)) | _conditions(given)
        config = channel_config(given.name, given.type, settings)
        channel = configure(config.name, config.type, config.settings)
        fallback = given.fallback
        if fallback and fallback not in self._channels:
            raise Invalid("channel.fallback", f"there is no channel {fallback!r}")
        if circle := self._channels.circle(config.name, fallback):
            way = " -> ".join(circle)
            raise Invalid("channel.fallback", f"goes in a circle ({way}); cut it")
        if before is not None and before.registration is not None:
            asked, content = before.registration.request, before.registration.content
        return _Draft(Registration(given.type, settings, asked, content), config, channel)

    def _may_put(self, name: str) -> Problem | None:
        if name in self._channels and self._is_in_file(name):
            return refusal(
                ErrorReason.CHANNEL_IN_FILE,
                f"the file has a channel {name!r}, which would count; change it there, or take"
                " another name",
            )
        if not self._vault.has_key:
            return refusal(
                ErrorReason.NO_CLUSTER_KEY,
                "this replica has no cluster_key to keep secrets with; make one with `alarminati"
                " pki init` and give it to all replicas",
            )
        if self._channels.registered(name) is None and self._count() >= MOST:
            sentence = f"{MOST} channels are registered already; delete one first"
            return refusal(ErrorReason.LIMIT_REACHED, sentence)
        return None

    def _is_in_file(self, name: str) -> bool:
        placed = self._channels.find(name)
        return placed is not None and placed.origin is Origin.FILE

    def _count(self) -> int:
        return len(self._vault.registry.under(CHANNEL))

    def _created(self, asked: str, content: str, id: str) -> Placed | None:
        """Return what this request created before. Raises RequestIdReused."""
        for placed in self._channels.placed() if asked else ():
            kept = placed.registration
            if kept is not None and kept.request == asked:
                if kept.content != content:
                    raise RequestIdReused(id)
                return placed
        return None

    def _unknown(self, name: str) -> Problem:
        known = ", ".join(sorted(self._channels)) or "none"
        return not_found(f"there is no channel {name!r} (there are: {known})")

    def _not_registered(self, name: str) -> Problem:
        placed = self._channels.find(name)
        if placed is None:
            return self._unknown(name)
        if placed.origin is Origin.EXPECTED:
            return not_found(f"nobody has registered channel {name!r} yet; create it")
        sentence = f"channel {name!r} comes from the file; change it there"
        return refusal(ErrorReason.CHANNEL_IN_FILE, sentence)


def _place(placed: Placed) -> str:
    return f"{placed.channel.name}/{placed.origin.value}"


@cache
def _channel_type(type_: str) -> pb.ChannelType:
    return pb.ChannelType(type=type_, settings_schema=struct_of(settings_schema(type_)))


def _request(request: pb.CreateChannelRequest) -> tuple[str, str]:
    """Return who asks with which request id, and with what content; digests. Raises Invalid."""
    if not request.request_id:
        return "", ""
    who, key = authorization.caller(), check_request_id(request.request_id)
    asked = digest_of(f"{who.role}/{who.name}".encode(), key.encode()).hex()
    content = digest_of(request.channel.SerializeToString(deterministic=True)).hex()
    return asked, content


def _conditions(given: pb.Channel) -> dict[str, Any]:
    """Return the keys of the file for the fields beside the settings. Raises Invalid."""
    if len(given.matchers) > MATCHERS:
        raise Invalid("channel.matchers", f"has {len(given.matchers)}; at most {MATCHERS}")
    for place, text in enumerate(given.matchers):
        field = f"channel.matchers[{place}]"
        if len(text) > MATCHER_LIMIT:
            raise Invalid(field, f"has more than {MATCHER_LIMIT} characters")
        try:
            Matcher.parse(text)
        except ValueError as error:
            raise Invalid(field, str(error)) from None
    found: dict[str, Any] = {"match": list(given.matchers)} if given.matchers else {}
    if given.min_severity < 0:
        raise Invalid("channel.min_severity", f"is {given.min_severity}; it must not be negative")
    if given.min_severity:
        found["min_severity"] = Severity.at(given.min_severity).name
    return found | ({"fallback": given.fallback} if given.fallback else {})


def _merged(request: pb.UpdateChannelRequest, before: Placed | None) -> pb.Channel:
    """Return the channel with what the mask names, or what is set. Raises Invalid, BadSettings."""
    given = request.channel
    if before is None or before.registration is None:
        return given
    named = set(request.update_mask.paths)
    if not request.HasField("update_mask"):
        named = {field.name for field, _ in given.ListFields()} & set(_FIELDS)
    for path in sorted(named):
        if path.partition(".")[0] not in _FIELDS or ("." in path and path[:9] != "settings."):
            names = ", ".join(_FIELDS)
            raise Invalid("update_mask", f"has {path!r}, which is none of {names}, settings.KEY")
    kept, conditions = before.registration, before.config.conditions()
    merged = pb.Channel(
        name=given.name,
        type=given.type if "type" in named else kept.type,
        matchers=given.matchers if "matchers" in named else map(str, conditions.match),
        fallback=given.fallback if "fallback" in named else before.config.fallback,
    )
    least = given.min_severity if "min_severity" in named else conditions.min_severity or 0
    merged.min_severity = least  # type: ignore[assignment]
    patch = settings_of(given.settings)
    if "settings" not in named:
        keys = [path.removeprefix("settings.") for path in named if path.startswith("settings.")]
        patch = {key: patch.get(key) for key in keys}
    stays = kept.settings if merged.type == kept.type else {}
    own = {
        key: value
        for key, value in stays.items()
        if key not in ("match", "min_severity", "fallback")
    }
    merged.settings.CopyFrom(struct_of(merge(own, patch)))
    return merged


def _other_secrets(before: Placed | None, draft: _Draft) -> bool:
    if before is None or before.channel.type != draft.channel.type:
        return True
    return secrets_of(before.channel) != secrets_of(draft.channel)


def _invalid(error: Exception) -> Exception:
    """Return the error with the field of the request that is wrong."""
    if not isinstance(error, BadSettings):
        return error
    key, _, problem = str(error).partition(": ")
    if key == "type":
        return Invalid("channel.type", problem)
    return Invalid(f"channel.settings.{key}" if problem else "channel.settings", problem or key)


def try_templates(channel: Channel) -> None:
    """Raise BadSettings unless the templates of a channel can be used."""
    for key, problem in tried(channel):
        raise BadSettings(f"{key}: {problem}")
