"""SilenceService: who is silenced, until when and why."""

from __future__ import annotations

import asyncio
import heapq
import secrets
from bisect import bisect_right
from collections.abc import Generator, Sequence
from dataclasses import replace
from typing import Any, Final, Never

import grpc

from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.alarm_status import AlarmViews
from alarminati.agent.rpc.paging import page_size, page_token, read_token
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.alarms.state import AlarmState
from alarminati.core.journal.ingest import NotAccepted, RequestIdReused, TooFewReplicas
from alarminati.core.model.entries import Silence, digest_of
from alarminati.core.model.matchers import Matcher, labels_of
from alarminati.core.model.validation import Invalid, check_request_id
from alarminati.core.routing.silences import Silences, recurrence
from alarminati.v1 import silence_pb2
from alarminati.v1 import silence_service_pb2 as pb
from alarminati.v1 import silence_service_pb2_grpc as pb_grpc
from alarminati.wire import codec
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import abort, not_found, problem_of, refusal
from alarminati.wire.timestamps import timestamp

LONGEST: Final = 366 * 86_400_000  # milliseconds
LATE: Final = 60_000  # milliseconds that a start may lie in the past
MATCHERS: Final = 100
MATCHER_LIMIT: Final = 1024  # characters
COMMENT_LIMIT: Final = 1024  # characters
MOST: Final = 1000  # silences to come and in force
INTERVALS: Final = 32
PART_LIMIT: Final = 32  # texts in one part of an interval
TEXT_LIMIT: Final = 64  # characters of such a text
WORST: Final = 10  # alarms in a preview
EQUAL: Final = 100  # equal silences in a preview
CHANGEABLE: Final = frozenset({"matchers", "start_time_ms", "end_time_ms", "comment", "intervals"})
ASKED: Final = 10  # digits of an id that stand for a request id; so few silences share them never

_Context = grpc.aio.ServicerContext[Any, Any]


class Silencing(pb_grpc.SilenceServiceServicer):
    """The calls of SilenceService."""

    def __init__(self, live: LiveReplica, silences: Silences, project: str) -> None:
        self._live = live
        self._views = AlarmViews(live, project)
        self._silences = silences
        self._project = project
        self._turns = Turns()

    async def CreateSilence(
        self, request: pb.CreateSilenceRequest, context: _Context
    ) -> pb.CreateSilenceResponse:
        """Create a silence, once for each request id."""
        now = wall()
        try:
            id = self._new_id(request)
            kept = self._silences.find(id)
            if kept is not None:
                return pb.CreateSilenceResponse(silence=await self._status(kept))
            silence = checked(request.silence, id, None, now)
        except (Invalid, RequestIdReused) as error:
            await _refuse(context, error)
        if sum(each.end_time > now for each in self._silences.all()) >= MOST:
            sentence = f"{MOST} silences are in force; end one first"
            await abort(context, refusal(ErrorReason.LIMIT_REACHED, sentence, retry_after=60.0))
        await self._write(silence, context)
        return pb.CreateSilenceResponse(silence=await self._status(silence))

    def _new_id(self, request: pb.CreateSilenceRequest) -> str:
        """Return an id; for a request id the same at every replica, without asking the others.

        Its first digits say who asked with which request id, the rest with what content. Raises
        Invalid, and RequestIdReused when a silence was created of another content.
        """
        if not request.request_id:
            return secrets.token_hex(8)
        who, key = authorization.caller(), check_request_id(request.request_id)
        asked = digest_of(f"{who.role}/{who.name}".encode(), key.encode()).hex()[:ASKED]
        content = digest_of(request.silence.SerializeToString(deterministic=True)).hex()
        id = asked + content[: 16 - ASKED]
        if any(each.id.startswith(asked) and each.id != id for each in self._silences.all()):
            raise RequestIdReused(key)
        return id

    async def UpdateSilence(
        self, request: pb.UpdateSilenceRequest, context: _Context
    ) -> pb.UpdateSilenceResponse:
        """Change fields of a silence that is to come or in force."""
        now, before = wall(), self._silences.find(request.silence.id)
        if before is None:
            await abort(context, not_found(f"no silence {request.silence.id!r} is kept here"))
        if before.end_time <= now:
            sentence = f"silence {before.id} is over; make a new one"
            await abort(context, refusal(ErrorReason.SILENCE_ENDED, sentence))
        try:
            silence = checked(_merged(request, before), before.id, before, now)
        except Invalid as error:
            await _refuse(context, error)
        await self._write(silence, context)
        return pb.UpdateSilenceResponse(silence=await self._status(silence))

    async def ExpireSilence(
        self, request: pb.ExpireSilenceRequest, context: _Context
    ) -> pb.ExpireSilenceResponse:
        """Expire a silence now."""
        silence, now = self._silences.find(request.id), wall()
        if silence is None:
            await abort(context, not_found(f"no silence {request.id!r} is kept here"))
        if silence.end_time > now:
            silence = replace(
                silence,
                end_time=max(now, silence.start_time),
                created_by=authorization.caller().name,
            )
            await self._write(silence, context)
        return pb.ExpireSilenceResponse(silence=await self._status(silence))

    async def GetSilence(
        self, request: pb.GetSilenceRequest, context: _Context
    ) -> pb.GetSilenceResponse:
        """Return one silence."""
        silence = self._silences.find(request.id)
        if silence is None:
            await abort(context, not_found(f"no silence {request.id!r} is kept here"))
        return pb.GetSilenceResponse(silence=await self._status(silence))

    async def PreviewSilence(
        self, request: pb.PreviewSilenceRequest, context: _Context
    ) -> pb.PreviewSilenceResponse:
        """Say what a silence would mute."""
        given, now = request.silence, wall()
        tried = silence_pb2.Silence(comment="preview", end_time_ms=now + LATE)
        tried.MergeFrom(given)
        tried.end_time_ms = given.end_time_ms or max(given.start_time_ms, now) + LONGEST
        try:
            silence = checked(tried, "", None, now)
        except Invalid as error:
            await _refuse(context, error)
        return await self._turns.do(self._previewed(silence, now), context)

    def _previewed(
        self, silence: Silence, now: int
    ) -> Generator[None, None, pb.PreviewSilenceResponse]:
        states = yield from self._fitting(silence)
        worst = heapq.nsmallest(WORST, states, key=_worst_first)
        equal = [
            one
            for one in sorted(self._silences.all(), key=lambda each: (each.end_time, each.id))
            if sorted(one.matchers) == sorted(silence.matchers) and one.end_time > now
        ]
        return pb.PreviewSilenceResponse(
            matched_alarms=len(states),
            alarms=[self._views.status(state, unrouted=False) for state in worst],
            equal_silences=(yield from self._told(equal[:EQUAL])),
        )

    async def ListSilences(
        self, request: pb.ListSilencesRequest, context: _Context
    ) -> pb.ListSilencesResponse:
        """List a page of silences, those that end first first."""
        try:
            size, start = page_size(request.page_size), _position(read_token(request))
        except Invalid as error:
            await _refuse(context, error)
        now = wall()
        places = sorted(
            (one.end_time, one.id)
            for one in self._silences.all()
            if request.include_expired or one.end_time > now
        )
        rest = places[bisect_right(places, start) :]
        found = [self._silences.find(id) for _, id in rest[:size]]
        told = await self._turns.do(self._told([one for one in found if one]), context)
        answer = pb.ListSilencesResponse(silences=told)
        if len(rest) > len(told):
            ends, id = rest[len(told) - 1]
            answer.next_page_token = page_token(request, f"{ends}.{id}")
        return answer

    async def _status(self, silence: Silence) -> pb.SilenceStatus:
        """Return one silence with its state; others have their turn meanwhile."""
        work = self._told([silence])
        while True:
            try:
                next(work)
            except StopIteration as done:
                (status,) = done.value
                assert isinstance(status, pb.SilenceStatus)
                return status
            await asyncio.sleep(0)

    def _told(self, silences: Sequence[Silence]) -> Generator[None, None, list[pb.SilenceStatus]]:
        """Return silences with their states, the first of them as many as an answer holds."""
        told: list[pb.SilenceStatus] = []
        room, now = ROOM, wall()
        for silence in silences:
            matched = yield from self._fitting(silence)
            told.append(_status(silence, len(matched), now))
            room -= told[-1].ByteSize()
            if room < 0:
                break
        return told

    def _fitting(self, silence: Silence) -> Generator[None, None, list[AlarmState]]:
        """Return the firing alarms that it matches."""
        matchers = [Matcher.parse(text) for text in silence.matchers]
        found: list[AlarmState] = []
        for state, late in breathing(self._live.replica.book.states(resolved=False)):
            if late:
                yield
            labels = labels_of(state.alarm, self._project)
            if all(matcher.fits(labels) for matcher in matchers):
                found.append(state)
        return found

    async def _write(self, silence: Silence, context: _Context) -> None:
        try:
            await self._live.write(silence)
        except (NotAccepted, TooFewReplicas) as error:
            await _refuse(context, error)


def add_silences(
    server: grpc.aio.Server, live: LiveReplica, silences: Silences, project: str
) -> None:
    """Let a server answer SilenceService."""
    pb_grpc.add_SilenceServiceServicer_to_server(Silencing(live, silences, project), server)


def _status(silence: Silence, matched: int, now: int) -> pb.SilenceStatus:
    """Return a silence with its state at that time."""
    times = recurrence(silence)
    starts = times.next_start(max(now, silence.start_time), silence.end_time)
    state = pb.SilenceStatus.STATE_PENDING if starts > now else pb.SilenceStatus.STATE_ACTIVE
    body = codec.body_to_proto(silence).silence
    status = pb.SilenceStatus(silence=body, state=state, matched_alarms=matched)
    if not starts:
        status.state = pb.SilenceStatus.STATE_EXPIRED
        return status
    if starts > now:
        status.next_start_time.CopyFrom(timestamp(starts))
    status.next_end_time.CopyFrom(timestamp(times.next_end(starts, silence.end_time)))
    return status


def _worst_first(state: AlarmState) -> tuple[int, int]:
    return -state.peak.severity, -state.peak.stamp


def _position(text: str) -> tuple[int, str]:
    """Return the place behind which the page begins. Raises Invalid."""
    if not text:
        return -1, ""
    ends, _, id = text.partition(".")
    if not (ends.isascii() and ends.isdigit() and len(ends) <= 19):
        raise Invalid("page_token", "is not one that an earlier answer gave")
    return int(ends), id


def _merged(request: pb.UpdateSilenceRequest, before: Silence) -> silence_pb2.Silence:
    """Return the silence with what the mask names, or what is set. Raises Invalid."""
    given, merged = request.silence, codec.body_to_proto(before).silence
    named = set(request.update_mask.paths)
    if unknown := named - CHANGEABLE:
        names = ", ".join(sorted(CHANGEABLE))
        raise Invalid("update_mask", f"has {sorted(unknown)[0]!r}, which is none of {names}")
    if not request.HasField("update_mask"):
        named = {field.name for field, _ in given.ListFields()} & CHANGEABLE
    for name in named:
        merged.ClearField(name)  # type: ignore[arg-type]
        part = silence_pb2.Silence(**{name: getattr(given, name)})
        merged.MergeFrom(part)
    return merged


def checked(
    given: silence_pb2.Silence, id: str, before: Silence | None, now: int, *, by: str = ""
) -> Silence:
    """Return the silence that is asked for, created by `by` or the caller. Raises Invalid."""
    _check_matchers(list(given.matchers))
    starts = given.start_time_ms or now
    if starts < now - LATE and (before is None or starts != before.start_time):
        raise Invalid("silence.start_time_ms", "lies in the past; leave it out to begin now")
    if given.end_time_ms <= max(starts, now):
        raise Invalid("silence.end_time_ms", "must lie after the start and after now")
    if given.end_time_ms - starts > LONGEST:
        raise Invalid("silence.end_time_ms", "lies more than 366 days after the start")
    if not given.comment.strip() or len(given.comment) > COMMENT_LIMIT:
        raise Invalid("silence.comment", f"must say why, in 1 to {COMMENT_LIMIT} characters")
    name = by or authorization.caller().name
    _check_intervals(given.intervals)
    part = silence_pb2.Silence(intervals=given.intervals)
    silence = Silence(
        *(id, tuple(given.matchers), starts, given.end_time_ms, name, given.comment),
        codec.silence_from_proto(part).intervals,
    )
    try:
        first = recurrence(silence).next_start(max(starts, now), given.end_time_ms)
    except ValueError as error:
        raise Invalid("silence.intervals", str(error)) from None
    if not first:
        raise Invalid("silence.intervals", "fit no time between the start and the end")
    return silence


def _check_intervals(intervals: Sequence[silence_pb2.TimeInterval]) -> None:
    """Check the bounds of intervals. Raises Invalid."""
    if len(intervals) > INTERVALS:
        raise Invalid(
            "silence.intervals", f"has {len(intervals)}; at most {INTERVALS} are taken at once"
        )
    for place, one in enumerate(intervals):
        where = f"silence.intervals[{place}]"
        for field, value in one.ListFields():
            texts = [value] if isinstance(value, str) else list(value)
            if len(texts) > PART_LIMIT:
                raise Invalid(
                    f"{where}.{field.name}",
                    f"has {len(texts)}; at most {PART_LIMIT} are taken at once",
                )
            if any(len(text) > TEXT_LIMIT for text in texts if isinstance(text, str)):
                raise Invalid(f"{where}.{field.name}", f"has more than {TEXT_LIMIT} characters")


def _check_matchers(texts: list[str]) -> None:
    if not 1 <= len(texts) <= MATCHERS:
        raise Invalid("silence.matchers", f"has {len(texts)}; give 1 to {MATCHERS}")
    matchers = []
    for place, text in enumerate(texts):
        if len(text) > MATCHER_LIMIT:
            raise Invalid(f"silence.matchers[{place}]", f"has more than {MATCHER_LIMIT} characters")
        try:
            matchers.append(Matcher.parse(text))
        except ValueError as error:
            raise Invalid(f"silence.matchers[{place}]", str(error)) from None
    if all(matcher.fits({}) for matcher in matchers):
        raise Invalid(
            "silence.matchers", "would fit alarms without any label; one must demand something"
        )


async def _refuse(context: _Context, error: Exception) -> Never:
    problem = problem_of(error)
    assert problem is not None, f"{type(error).__name__} means nothing to callers"
    await abort(context, problem)
