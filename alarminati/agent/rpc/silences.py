"""The calls of AlarmService that make, end and list silences."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Generator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final, Never

import grpc

from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Silence
from alarminati.core.model.matchers import Matcher, labels_of
from alarminati.core.model.validation import Invalid
from alarminati.core.routing.muting import Muted, Reason
from alarminati.core.routing.silences import Silences
from alarminati.v1 import alarm_pb2 as pb
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.wire import codec
from alarminati.wire.status import (
    Problem,
    abort,
    failed_precondition,
    invalid,
    not_found,
    problem_of,
)

LONGEST: Final = 366 * 86_400_000  # milliseconds
LATE: Final = 60_000  # milliseconds that a start may lie in the past
MATCHERS: Final = 32
MATCHER_LIMIT: Final = 2048  # characters
COMMENT_LIMIT: Final = 1024  # characters
MOST: Final = 1000  # silences to come and in force

_Context = grpc.aio.ServicerContext[Any, Any]


class Silencing:
    """Makes, ends and lists silences."""

    def __init__(self, live: LiveReplica, silences: Silences, project: str) -> None:
        self._live = live
        self._silences = silences
        self._project = project
        self._turns = Turns()

    def calls(self) -> dict[str, tuple[Any, Any, Any]]:
        """Name to handler, request and answer."""
        return {
            "Silence": (self.silence, rpc.SilenceRequest, rpc.SilenceResponse),
            "ExpireSilence": (self.expire, rpc.ExpireSilenceRequest, rpc.ExpireSilenceResponse),
            "ListSilences": (
                self.list_silences,
                rpc.ListSilencesRequest,
                rpc.ListSilencesResponse,
            ),
        }

    async def silence(self, request: rpc.SilenceRequest, context: _Context) -> rpc.SilenceResponse:
        """Make one, or change one."""
        now = wall()
        before = self._silences.find(request.id) if request.id else None
        if (problem := self._may_put(request.id, before, now)) is not None:
            await abort(context, problem)
        try:
            silence = _checked(request, before, now)
        except Invalid as error:
            await abort(context, invalid(error.field, error.problem))
        await self._write(silence, context)
        return rpc.SilenceResponse(silence=_told(silence), fits=await self._fitting(silence))

    def _may_put(self, id: str, before: Silence | None, now: int) -> Problem | None:
        if before is not None:
            over = before.ends <= now
            sentence = f"silence {id} is over; make a new one"
            return failed_precondition(sentence, "ENDED") if over else None
        if id:
            return not_found(f"no silence {id!r} is kept here")
        if sum(silence.ends > now for silence in self._silences.all()) >= MOST:
            return failed_precondition(f"{MOST} silences are in force; end one first", "TOO_MANY")
        return None

    async def _fitting(self, silence: Silence) -> int:
        """How many alarms that fire it fits."""
        matchers = [Matcher.parse(text) for text in silence.matchers]
        found = 0
        for state, late in breathing(self._live.replica.book.states(resolved=False)):
            if late:
                await asyncio.sleep(0)
            labels = labels_of(state.alarm, self._project)
            found += all(matcher.fits(labels) for matcher in matchers)
        return found

    async def expire(
        self, request: rpc.ExpireSilenceRequest, context: _Context
    ) -> rpc.ExpireSilenceResponse:
        """End one now."""
        silence, now = self._silences.find(request.id), wall()
        if silence is None:
            await abort(context, not_found(f"no silence {request.id!r} is kept here"))
        if silence.ends > now:
            silence = replace(
                silence, ends=max(now, silence.starts), by=authorization.caller().name
            )
            await self._write(silence, context)
        return rpc.ExpireSilenceResponse(silence=_told(silence))

    async def list_silences(
        self, request: rpc.ListSilencesRequest, context: _Context
    ) -> rpc.ListSilencesResponse:
        """Those to come and in force, or all that are kept."""
        now = wall()
        found = [one for one in self._silences.all() if request.include_ended or one.ends > now]
        silences = await self._turns.do(_listed(found), context)
        return rpc.ListSilencesResponse(silences=silences)

    async def _write(self, silence: Silence, context: _Context) -> None:
        try:
            await self._live.write(silence)
        except (NotAccepted, TooFewReplicas) as error:
            await _refuse(context, error)


def _listed(silences: list[Silence]) -> Generator[None, None, list[pb.Silence]]:
    """As many as an answer holds: of more than that, those that end last."""
    silences.sort(key=lambda silence: (silence.ends, silence.id), reverse=True)
    told: list[pb.Silence] = []
    room = ROOM
    for silence, late in breathing(silences):
        if late:
            yield
        told.append(_told(silence))
        room -= told[-1].ByteSize()
        if room < 0:
            break
    return told[::-1]


def _checked(request: rpc.SilenceRequest, before: Silence | None, now: int) -> Silence:
    """The silence that is asked for. Raises Invalid."""
    _check_matchers(list(request.matchers))
    starts = request.starts_ms or (before.starts if before else now)
    if starts < now - LATE and (before is None or starts != before.starts):
        raise Invalid("starts_ms", "lies in the past; leave it out to begin now")
    if request.ends_ms <= max(starts, now):
        raise Invalid("ends_ms", "must lie after the start and after now")
    if request.ends_ms - starts > LONGEST:
        raise Invalid("ends_ms", "lies more than 366 days after the start")
    if not request.comment.strip() or len(request.comment) > COMMENT_LIMIT:
        raise Invalid("comment", f"must say why, in 1 to {COMMENT_LIMIT} characters")
    return Silence(
        request.id or secrets.token_hex(8),
        tuple(request.matchers),
        starts,
        request.ends_ms,
        authorization.caller().name,
        request.comment,
    )


def _check_matchers(texts: list[str]) -> None:
    if not 1 <= len(texts) <= MATCHERS:
        raise Invalid("matchers", f"has {len(texts)}; give 1 to {MATCHERS}")
    matchers = []
    for place, text in enumerate(texts):
        if len(text) > MATCHER_LIMIT:
            raise Invalid(f"matchers[{place}]", f"has more than {MATCHER_LIMIT} characters")
        try:
            matchers.append(Matcher.parse(text))
        except ValueError as error:
            raise Invalid(f"matchers[{place}]", str(error)) from None
    if all(matcher.fits({}) for matcher in matchers):
        raise Invalid("matchers", "would fit alarms without any label; one must demand something")


def sentence(muted: Muted) -> str:
    """Why an alarm is not told, for people."""
    until = f" until {_moment(muted.until)}" if muted.until else ""
    match muted.reason:
        case Reason.SILENCED:
            return f"silenced by {muted.by}{until}" + (f": {muted.detail}" if muted.detail else "")
        case Reason.INHIBITED:
            return f"inhibited by alarm {muted.by}"
        case Reason.INTERVAL:
            return f"held back by its hours ({muted.by}){until} at least"
        case Reason.FLAPPING:
            return f"it comes and goes; held back{until} unless it changes again"


def told_mute(muted: Muted) -> rpc.Mute:
    """The same for programs."""
    reason = rpc.Mute.Reason.Value(f"REASON_{muted.reason.name}")
    return rpc.Mute(reason=reason, by=muted.by, until_ms=muted.until, comment=muted.detail)


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def _told(silence: Silence) -> pb.Silence:
    return codec.body_to_proto(silence).silence


async def _refuse(context: _Context, error: Exception) -> Never:
    problem = problem_of(error)
    assert problem is not None, f"{type(error).__name__} means nothing to callers"
    await abort(context, problem)
