"""ChannelService: where alarms are delivered, without secrets."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Generator
from typing import Any, Final, Never

import grpc

from alarminati.agent.delivery.channel_settings import channel_config, pack, read_settings, shown
from alarminati.agent.delivery.channels import REGISTERED, ChannelSet, Origin, Placed
from alarminati.agent.delivery.secret_store import CHANNEL, TOKEN, SecretStore
from alarminati.agent.delivery.sender import Delivery
from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import wall
from alarminati.channels.canary import tried
from alarminati.channels.port import BadSettings, Channel
from alarminati.channels.table import configure
from alarminati.config.names import check_name
from alarminati.core.delivery.dead_letters import DeadLetter
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import EntryId, Result
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.validation import Invalid
from alarminati.v1 import channel_service_pb2 as pb
from alarminati.v1 import channel_service_pb2_grpc as pb_grpc
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import Problem, abort, invalid, not_found, problem_of, refusal

MOST: Final = 200  # registered channels
LETTERS: Final = 1000  # dead letters in one answer or request
LOOKS: Final = 100  # alarms looked at before anybody else gets a turn
PRINTS: Final = 100  # fingerprints told of one
UNUSED: Final = "no route names it, so nothing is sent there; the file says how alarms go"
_Context = grpc.aio.ServicerContext[Any, Any]


class Channels(pb_grpc.ChannelServiceServicer):
    """The calls of ChannelService."""

    def __init__(
        self, channels: ChannelSet, vault: SecretStore, delivery: Delivery, outbox: Outbox
    ) -> None:
        self._channels = channels
        self._vault = vault
        self._delivery = delivery
        self._outbox = outbox
        self._turns = Turns()

    async def ListChannels(
        self, request: pb.ListChannelsRequest, context: _Context
    ) -> pb.ListChannelsResponse:
        """All there are, by name."""
        waiting = await self._waiting()
        return pb.ListChannelsResponse(
            channels=[self._told(placed, waiting) for placed in self._channels.placed()]
        )

    async def TestChannel(
        self, request: pb.TestChannelRequest, context: _Context
    ) -> pb.TestChannelResponse:
        """Send a message now, from here."""
        if request.name not in self._channels:
            await abort(context, self._unknown(request.name))
        verdict, duration = await self._delivery.send_test(request.name)
        return pb.TestChannelResponse(
            delivered=verdict.result is Result.DELIVERED,
            detail=verdict.detail,
            duration_ms=duration,
        )

    # Registering.

    async def PutChannel(
        self, request: pb.PutChannelRequest, context: _Context
    ) -> pb.PutChannelResponse:
        """Register a channel, or change one that was."""
        name = request.name
        try:
            content, channel = self._checked(request)
            await asyncio.to_thread(_try_templates, channel)
        except BadSettings as error:
            key, _, problem = str(error).partition(": ")
            field = key if key in ("name", "type") else f"settings.{key}" if problem else "settings"
            await abort(context, invalid(field, problem or key))
        if (problem_ := self._may_put(name)) is not None:
            await abort(context, problem_)
        new = name not in self._channels
        try:
            # With other settings come other tokens: one that was renewed belongs to the old.
            await self._vault.put(
                CHANNEL + name, content, authorization.caller().name, TOKEN + name
            )
        except (NotAccepted, TooFewReplicas) as error:
            await _refuse(context, error)
        placed = self._channels.registered(name)
        assert placed is not None, "what was written is folded"
        waiting = await self._waiting()
        if new:  # some of them may be told by now: all of them were to be
            waiting[name] = max(waiting[name], await self._firing_for(name))
        return pb.PutChannelResponse(channel=self._told(placed, waiting))

    async def _firing_for(self, name: str) -> int:
        """How many alarms that fire are to be told on that channel, counted a few at a time."""
        count, states = 0, self._vault.live.replica.book.states(resolved=False)
        for at in range(0, len(states), LOOKS):
            some = states[at : at + LOOKS]
            count += sum(self._outbox.queries.reaches(state, name, wall()) for state in some)
            await asyncio.sleep(0)
        return count

    def _checked(self, request: pb.PutChannelRequest) -> tuple[bytes, Channel]:
        """What to seal, and what it makes. Raises BadSettings."""
        try:
            check_name(request.name, "it:")
        except ValueError as error:
            raise BadSettings(f"name: {error}") from None
        settings = read_settings(request.settings)
        if request.type == REGISTERED:
            raise BadSettings("type: registered stands in the file only; name the kind of channel")
        config = channel_config(request.name, request.type, settings)
        channel = configure(config.name, config.type, config.settings)
        if config.fallback and config.fallback not in self._channels:
            raise BadSettings(f"fallback: there is no channel {config.fallback!r}")
        if circle := self._channels.circle(config.name, config.fallback):
            raise BadSettings(f"fallback: goes in a circle ({' -> '.join(circle)}); cut it")
        return pack(request.type, settings), channel

    def _may_put(self, name: str) -> Problem | None:
        if name in self._channels and self._from_file(name):
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
            return refusal(
                ErrorReason.LIMIT_REACHED,
                f"{MOST} channels are registered already; remove one first",
            )
        return None

    def _from_file(self, name: str) -> bool:
        placed = self._channels.find(name)
        fixed = placed is not None and placed.origin is Origin.FILE
        return fixed and not self._channels.promised(name)

    def _count(self) -> int:
        return len(self._vault.registry.under(CHANNEL))

    async def DeleteChannel(
        self, request: pb.DeleteChannelRequest, context: _Context
    ) -> pb.DeleteChannelResponse:
        """Remove one that was registered."""
        name = request.name
        if self._channels.registered(name) is None:
            if name in self._channels:
                sentence = f"channel {name!r} comes from the file; take it out there"
                await abort(context, refusal(ErrorReason.CHANNEL_IN_FILE, sentence))
            await abort(context, self._unknown(name))
        if self._channels.promised(name):
            sentence = f"the file counts on channel {name!r}; take it out there first"
            await abort(context, refusal(ErrorReason.CHANNEL_IN_FILE, sentence))
        waited = (await self._waiting())[name]
        try:
            await self._vault.remove(authorization.caller().name, CHANNEL + name, TOKEN + name)
        except (NotAccepted, TooFewReplicas) as error:
            await _refuse(context, error)
        return pb.DeleteChannelResponse(dead_alarms=waited)

    # Dead letters.

    async def ListDeadLetters(
        self, request: pb.ListDeadLettersRequest, context: _Context
    ) -> pb.ListDeadLettersResponse:
        """What channels will never take, newest first."""
        found = list(self._outbox.queries.dead_letters(request.channel))
        letters = await self._turns.do(_newest(found), context)
        return pb.ListDeadLettersResponse(
            letters=letters, forgotten=self._outbox.queries.dead_forgotten
        )

    async def ResendDeadLetters(
        self, request: pb.ResendDeadLettersRequest, context: _Context
    ) -> pb.ResendDeadLettersResponse:
        """Tell them again: each becomes a notice, all of them or none."""
        try:
            wanted = self._wanted(request)
        except Invalid as error:
            await abort(context, invalid(error.field, error.problem))
        notices = [self._outbox.queries.resend(id) for id in wanted]
        for id, notice in zip(wanted, notices, strict=True):
            if notice is None:
                await abort(context, not_found(f"there is no dead letter {id}"))
            if notice.channel not in self._channels:
                sentence = f"there is no channel {notice.channel!r} any more; {id} cannot be resent"
                await abort(context, refusal(ErrorReason.CHANNEL_MISSING, sentence))
        if notices:
            try:
                await self._vault.live.write(*(notice for notice in notices if notice is not None))
            except (NotAccepted, TooFewReplicas) as error:
                await _refuse(context, error)
        return pb.ResendDeadLettersResponse(resent=len(notices))

    def _wanted(self, request: pb.ResendDeadLettersRequest) -> list[EntryId]:
        """The ids. Raises Invalid."""
        if bool(request.ids) == bool(request.channel):
            raise Invalid("ids", "or channel says which to resend: give one of the two")
        if request.channel:
            letters = self._outbox.queries.dead_letters(request.channel)
            return [letter.id for letter in letters]
        if len(request.ids) > LETTERS:
            raise Invalid("ids", f"has {len(request.ids)}; at most {LETTERS} are taken at once")
        found = []
        for place, text in enumerate(request.ids):
            try:
                found.append(EntryId.parse(text))
            except ValueError as error:
                raise Invalid(f"ids[{place}]", str(error)) from None
        return list(dict.fromkeys(found))

    # Telling.

    def _unknown(self, name: str) -> Problem:
        known = ", ".join(sorted(self._channels)) or "none"
        return not_found(f"there is no channel {name!r} (there are: {known})")

    def _trouble(self, name: str) -> str:
        unused = "" if self._channels.leads_to(name) else UNUSED
        return self._delivery.trouble(name) or unused

    async def _waiting(self) -> Counter[str]:
        """How many alarms wait for each channel; who does not plan works it out."""
        if self._vault.live.replica.leading:
            return self._outbox.queries.waiting()
        waiting = self._outbox.queries.under_way()
        for some in self._outbox.queries.owed(asyncio.get_running_loop().time(), wall()):
            waiting += some
            await asyncio.sleep(0)
        return waiting

    def _told(self, placed: Placed, waiting: Counter[str]) -> pb.Channel:
        channel, counts = placed.channel, placed.origin is not Origin.SHADOWED
        return pb.Channel(
            name=channel.name,
            type=channel.type,
            destination=channel.destination,
            pending=waiting[channel.name] if counts else 0,
            trouble=placed.trouble or (self._trouble(channel.name) if counts else ""),
            origin=placed.origin.value,  # type: ignore[arg-type]
            by=placed.by,
            settings=shown(channel, placed.config),
            fallback=placed.config.fallback,
        )


def _newest(letters: list[DeadLetter]) -> Generator[None, None, list[pb.DeadLetter]]:
    letters.sort(key=lambda letter: letter.stamp, reverse=True)
    told: list[pb.DeadLetter] = []
    room = ROOM
    for letter, late in breathing(letters[:LETTERS]):
        if late:
            yield
        told.append(_letter(letter))
        room -= told[-1].ByteSize()
        if room < 0 and len(told) > 1:
            return told[:-1]
    return told


def _letter(letter: DeadLetter) -> pb.DeadLetter:
    prints = dict.fromkeys(item.fingerprint for item in letter.items)
    return pb.DeadLetter(
        id=str(letter.id),
        channel=letter.channel,
        fingerprints=list(prints)[:PRINTS],
        alarms=len(prints),
        died_ms=milliseconds(letter.stamp),
        detail=letter.detail,
    )


async def _refuse(context: _Context, error: Exception) -> Never:
    problem = problem_of(error)
    assert problem is not None, f"{type(error).__name__} means nothing to callers"
    await abort(context, problem)


def _try_templates(channel: Channel) -> None:
    """Raise BadSettings unless they can be used."""
    for key, problem in tried(channel):
        raise BadSettings(f"{key}: {problem}")
