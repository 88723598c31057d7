"""Dead letters in ChannelService: notifications that their channels never took."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any, Final, Never

import grpc

from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.paging import page_size, page_token, read_token
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import LiveReplica
from alarminati.channels.port import Channel
from alarminati.core.delivery.dead_letters import DeadLetter
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import DeadLetterDiscard, EntryId
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.validation import Invalid
from alarminati.v1 import channel_service_pb2 as pb
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import abort, not_found, problem_of, refusal
from alarminati.wire.timestamps import timestamp

LETTERS: Final = 1000  # ids in one request, and in one entry
PRINTS: Final = 100  # fingerprints in one dead letter
COMMENT_LIMIT: Final = 1024  # characters
_Context = grpc.aio.ServicerContext[Any, Any]


class DeadLetterCalls:
    """The calls about dead letters."""

    def __init__(self, live: LiveReplica, channels: Mapping[str, Channel], outbox: Outbox) -> None:
        self._live = live
        self._channels = channels
        self._outbox = outbox
        self._turns = Turns()

    async def ListDeadLetters(
        self, request: pb.ListDeadLettersRequest, context: _Context
    ) -> pb.ListDeadLettersResponse:
        """List a page, the newest first."""
        try:
            size = page_size(request.page_size)
            last = _position(read_token(request))
        except Invalid as error:
            await refuse(context, error)
        letters = [
            letter
            for letter in self._outbox.queries.dead_letters(request.channel)
            if last is None or _order(letter) > last
        ]
        answer = pb.ListDeadLettersResponse(dropped_count=self._outbox.queries.dead_forgotten)
        told = await self._turns.do(_told(sorted(letters, key=_order)[:size]), context)
        answer.dead_letters.extend(told)
        if told and len(letters) > len(told):
            letter = self._outbox.queries.dead_letter(EntryId.parse(told[-1].id))
            stamp = letter.stamp if letter else 0
            answer.next_page_token = page_token(request, f"{stamp} {told[-1].id}")
        return answer

    async def ResendDeadLetters(
        self, request: pb.ResendDeadLettersRequest, context: _Context
    ) -> pb.ResendDeadLettersResponse:
        """Send them again: each becomes a notice, all of them or none."""
        letters = await self._wanted(request.ids, request.channel, context)
        for letter in letters:
            if letter.channel not in self._channels:
                sentence = (
                    f"there is no channel {letter.channel!r} any more; {letter.id} cannot be resent"
                )
                await abort(context, refusal(ErrorReason.CHANNEL_MISSING, sentence))
        await self._write(context, *(letter.again() for letter in letters))
        return pb.ResendDeadLettersResponse(resent_count=len(letters))

    async def DiscardDeadLetters(
        self, request: pb.DiscardDeadLettersRequest, context: _Context
    ) -> pb.DiscardDeadLettersResponse:
        """Discard them, all of them or none."""
        if len(request.comment) > COMMENT_LIMIT:
            await refuse(context, Invalid("comment", f"is longer than {COMMENT_LIMIT} characters"))
        letters = await self._wanted(request.ids, request.channel, context)
        by, ids = authorization.caller().name, [letter.id for letter in letters]
        await self._write(
            context,
            *(
                DeadLetterDiscard(tuple(ids[at : at + LETTERS]), by, request.comment)
                for at in range(0, len(ids), LETTERS)
            ),
        )
        return pb.DiscardDeadLettersResponse(discarded_count=len(letters))

    async def _wanted(
        self, ids: Sequence[str], channel: str, context: _Context
    ) -> list[DeadLetter]:
        """Return the dead letters that a request names. Ends the call unless all are there."""
        try:
            wanted = _ids(ids, channel)
        except Invalid as error:
            await refuse(context, error)
        if channel:
            return list(self._outbox.queries.dead_letters(channel))
        found = []
        for id in wanted:
            letter = self._outbox.queries.dead_letter(id)
            if letter is None:
                await abort(context, not_found(f"there is no dead letter {id}"))
            found.append(letter)
        return found

    async def _write(self, context: _Context, *bodies: Any) -> None:
        if not bodies:
            return
        try:
            await self._live.write(*bodies)
        except (NotAccepted, TooFewReplicas) as error:
            await refuse(context, error)


def _ids(ids: Sequence[str], channel: str) -> list[EntryId]:
    """Return the ids of a request. Raises Invalid."""
    if bool(ids) == bool(channel):
        raise Invalid("ids", "or channel says which dead letters: give one of the two")
    if len(ids) > LETTERS:
        raise Invalid("ids", f"has {len(ids)}; at most {LETTERS} are taken at once")
    found = []
    for place, text in enumerate(ids):
        try:
            found.append(EntryId.parse(text))
        except ValueError as error:
            raise Invalid(f"ids[{place}]", str(error)) from None
    return list(dict.fromkeys(found))


def _order(letter: DeadLetter) -> tuple[int, str]:
    return (-letter.stamp, str(letter.id))


def _position(text: str) -> tuple[int, str] | None:
    """Return the place behind which a page begins. Raises Invalid."""
    if not text:
        return None
    stamp, _, id = text.partition(" ")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 20):
        raise Invalid("page_token", "is not one that an earlier answer gave")
    return -int(stamp), id


def _told(letters: Sequence[DeadLetter]) -> Generator[None, None, list[pb.DeadLetter]]:
    told: list[pb.DeadLetter] = []
    room = ROOM
    for letter, late in breathing(letters):
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
        alarm_count=len(prints),
        fail_time=timestamp(milliseconds(letter.stamp)),
        detail=letter.detail,
        cause=letter.cause.value,  # type: ignore[arg-type]
    )


async def refuse(context: _Context, error: Exception) -> Never:
    """End the call with an error of the core."""
    problem = problem_of(error)
    assert problem is not None, f"{type(error).__name__} means nothing to callers"
    await abort(context, problem)
