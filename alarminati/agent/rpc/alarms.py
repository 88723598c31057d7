"""AlarmService: reports in, alarms and their stories out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator, Iterable, Iterator
from contextlib import aclosing
from functools import partial
from typing import Any, Final, Never

import grpc

from alarminati.agent.metrics import Counters
from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.resolving import Resolving
from alarminati.agent.rpc.silences import sentence, told_mute
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.agent.subscriptions.feed import Feed, ReaderTooSlow
from alarminati.core.alarms import pages
from alarminati.core.alarms.book import AlarmState
from alarminati.core.alarms.end_reason import end_reason
from alarminati.core.bounded.call_slots import CallSlots
from alarminati.core.journal.ingest import (
    FiringLimit,
    NotAccepted,
    Receipt,
    RequestIdReused,
    TooFewReplicas,
    effect,
)
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Entry,
    EntryId,
    RequestKey,
    digest_of,
)
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.validation import Invalid, check_request_id
from alarminati.v1 import alarm_pb2 as pb
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import subscription_pb2 as subs
from alarminati.v1.record_pb2 import Record
from alarminati.wire import codec
from alarminati.wire.background import awaited
from alarminati.wire.filters import filter_from_proto
from alarminati.wire.intake_proto import report_from_proto
from alarminati.wire.status import (
    Problem,
    abort,
    failed_precondition,
    invalid,
    not_found,
    problem_of,
)

SERVICE: Final = "alarminati.v1.AlarmService"
SOURCE: Final = "grpc"
PAGE: Final = 100
MOST: Final = 1000  # alarms in a batch, and on a page
IN_FLIGHT: Final = 64  # batches of one stream that wait for the disk
COMMENT_LIMIT: Final = 1024
STAMP_DIGITS: Final = 20
STORY: Final = 1000  # records of one alarm in an answer

_Context = grpc.aio.ServicerContext[Any, Any]


class Alarms:
    """The calls of AlarmService."""

    def __init__(
        self,
        live: LiveReplica,
        feed: Feed,
        tally: Counters,
        project: str,
        followers: int,
    ) -> None:
        """`followers`: how many may subscribe at once."""
        self._live = live
        self._feed = feed
        self._tally = tally
        self._project = project
        self._followers = followers
        self._turns = Turns()
        self._resolving = Resolving(live, self._turns, self._find, self._status, project)
        self._slots = CallSlots(-(-followers // 2))  # so that no name takes all places

    def handlers(self) -> grpc.GenericRpcHandler:
        """For the server. Subscribe's answers are bytes already: many readers share them."""
        one, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        unary: dict[str, tuple[Any, Any, Any]] = {
            "Report": (self.report, rpc.ReportRequest, rpc.ReportResponse),
            "ListAlarms": (self.list_alarms, rpc.ListAlarmsRequest, rpc.ListAlarmsResponse),
            "GetAlarm": (self.get_alarm, rpc.GetAlarmRequest, rpc.GetAlarmResponse),
            "Acknowledge": (self.acknowledge, rpc.AcknowledgeRequest, rpc.AcknowledgeResponse),
            "Resolve": (self._resolving.resolve, rpc.ResolveRequest, rpc.ResolveResponse),
        }
        methods: dict[str, grpc.RpcMethodHandler[Any, Any]] = {
            name: one(call, request.FromString, answer.SerializeToString)
            for name, (call, request, answer) in unary.items()
        }
        methods["Subscribe"] = stream(self.subscribe, subs.SubscribeRequest.FromString, None)
        methods["ReportStream"] = grpc.stream_stream_rpc_method_handler(
            self.report_stream,
            rpc.ReportStreamRequest.FromString,
            rpc.ReportStreamResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, methods)

    # Reports.

    async def report(self, request: rpc.ReportRequest, context: _Context) -> rpc.ReportResponse:
        """One alarm."""
        try:
            try:
                alarm = report_from_proto(request.alarm, wall(), SOURCE)
            except Invalid as error:
                raise Invalid(f"alarm.{error.field}", error.problem) from None
            key = _key(request.request_id, [request.alarm])
            receipt = await self._accept([alarm], key, request.min_replicas)
        except (Invalid, NotAccepted, RequestIdReused, TooFewReplicas) as error:
            await self._refuse(context, error)
        alarm = alarm.within(self._project)
        changed = effect(self._live.replica.book, alarm, receipt.ids[0])
        return rpc.ReportResponse(
            id=str(receipt.ids[0]),
            replicas=receipt.replicas,
            fingerprint=alarm.fingerprint(),
            effect=changed.value,  # type: ignore[arg-type]
        )

    async def report_stream(
        self, requests: AsyncIterator[rpc.ReportStreamRequest], context: _Context
    ) -> AsyncIterator[rpc.ReportStreamResponse]:
        """Many batches; each is handed in as it comes, answers keep their order."""
        waiting: asyncio.Queue[asyncio.Task[rpc.ReportStreamResponse] | None]
        waiting = asyncio.Queue(IN_FLIGHT)

        async def take_in() -> None:
            try:
                async for request in requests:
                    await waiting.put(awaited(self._batch(request)))
            finally:
                await waiting.put(None)  # also when a request could not be read

        reader = awaited(take_in())
        try:
            while (task := await waiting.get()) is not None:
                yield await task
            await reader
        except (NotAccepted, TooFewReplicas) as error:
            await self._refuse(context, error)
        finally:
            reader.cancel()
            while not waiting.empty():
                left = waiting.get_nowait()
                if left is not None:
                    left.cancel()

    async def _batch(self, request: rpc.ReportStreamRequest) -> rpc.ReportStreamResponse:
        try:
            alarms = _alarms(request, wall())
            key = _key(request.request_id, request.alarms)
            receipt = await self._accept(alarms, key, request.min_replicas)
        except (FiringLimit, Invalid, RequestIdReused) as error:
            reason = "firing_limit" if isinstance(error, FiringLimit) else "invalid"
            self._tally.refused(SOURCE, reason)
            return rpc.ReportStreamResponse(refusal=str(error))
        return rpc.ReportStreamResponse(
            first_id=str(receipt.ids[0]),
            accepted=len(receipt.ids),
            replicas=receipt.replicas,
            refusal=str(receipt.refused or ""),
        )

    async def _accept(self, alarms: list[Alarm], key: RequestKey | None, replicas: int) -> Receipt:
        receipt = await self._live.accept(alarms, request=key, min_replicas=replicas)
        self._tally.accepted(SOURCE, len(receipt.ids))
        return receipt

    async def _refuse(self, context: _Context, error: Exception) -> Never:
        problem = problem_of(error)
        assert problem is not None, f"{type(error).__name__} means nothing to callers"
        self._tally.refused(SOURCE, (problem.reason or "invalid").lower())
        await abort(context, problem)

    # Following.

    async def subscribe(
        self, request: subs.SubscribeRequest, context: _Context
    ) -> AsyncIterator[bytes]:
        """The feed."""
        exhausted = grpc.StatusCode.RESOURCE_EXHAUSTED
        if self._feed.streams >= self._followers:
            sentence = f"{self._followers} followers are connected already; try another replica"
            await abort(context, Problem(exhausted, sentence, "TOO_MANY", retry_after=5.0))
        who = authorization.caller()
        slots = self._slots if who is not authorization.ANONYMOUS else CallSlots(self._followers)
        if not slots.enter(str(who)):
            sentence = f"{who} follows {slots.most} times already; try another replica"
            await abort(context, Problem(exhausted, sentence, "TOO_MANY", retry_after=5.0))
        context.set_compression(grpc.Compression.Gzip)
        plain: Callable[[], object] = partial(context.disable_next_message_compression)
        try:
            async with aclosing(self._feed.subscribe(request, plain=plain)) as answers:
                async for answer in answers:
                    yield answer
        except ReaderTooSlow as error:
            await abort(context, Problem(exhausted, str(error), "TOO_SLOW", retry_after=1.0))
        except (Invalid, NotAccepted) as error:
            problem = problem_of(error)
            assert problem is not None
            await abort(context, problem)
        finally:
            slots.leave(str(who))

    # Looking.

    async def list_alarms(
        self, request: rpc.ListAlarmsRequest, context: _Context
    ) -> rpc.ListAlarmsResponse:
        """A page of alarms, newest change first."""
        try:
            wanted = filter_from_proto(request.filter)
            before = _position(request.page_token)
        except Invalid as error:
            await abort(context, invalid(error.field, error.problem))
        size = request.page_size or PAGE
        if size > MOST:
            await abort(context, invalid("page_size", f"{size} is more than {MOST}"))
        look = pages.page(
            self._live.replica.book,
            lambda state: wanted.passes(state.alarm, self._project),
            size + 1,
            resolved=request.include_resolved,
            before=before,
        )
        return await self._turns.do(self._page(look, size), context)

    def _page(
        self, look: Generator[None, None, list[tuple[pages.Place, AlarmState]]], size: int
    ) -> Generator[None, None, rpc.ListAlarmsResponse]:
        """What the look finds; fewer where alarms are large."""
        found = yield from look
        answer, room, last = rpc.ListAlarmsResponse(), ROOM, None
        for (place, state), late in breathing(found):
            if late:
                yield
            status = self._status(state)
            room -= status.ByteSize()
            if last is not None and (room < 0 or len(answer.alarms) == size):
                answer.next_page_token = f"{last[0]}.{last[1]}"
                break
            answer.alarms.append(status)
            last = place
        return answer

    async def get_alarm(
        self, request: rpc.GetAlarmRequest, context: _Context
    ) -> rpc.GetAlarmResponse:
        """One alarm and its story."""
        state = await self._find(request.id, context)
        if state is None:
            await abort(context, not_found(f"no alarm {request.id!r} is kept here"))
        story = await self._turns.do(self._story(state.fingerprint), context)
        return rpc.GetAlarmResponse(
            status=self._status(state), story=story, deliveries=self._deliveries(state)
        )

    def _story(self, fingerprint: str) -> Generator[None, None, list[Record]]:
        """What is kept of it, oldest first: the newest, as many as an answer holds."""
        entries: list[Entry] = []
        for id, late in breathing(self._live.replica.outbox.ledger(fingerprint)):
            if late:
                yield
            entry = self._live.store.get(id)
            entries += [entry] if entry is not None else []
        entries.sort(key=lambda entry: entry.order, reverse=True)
        story: list[Record] = []
        room = ROOM
        for entry, late in breathing(entries[:STORY]):
            if late:
                yield
            room -= len(entry.raw)
            if room < 0 and story:
                break
            story.append(self._record(entry))
        return story[::-1]

    async def acknowledge(
        self, request: rpc.AcknowledgeRequest, context: _Context
    ) -> rpc.AcknowledgeResponse:
        """Somebody is on it."""
        if len(request.comment) > COMMENT_LIMIT:
            problem = f"has {len(request.comment)} characters; at most {COMMENT_LIMIT} are allowed"
            await abort(context, invalid("comment", problem))
        state = await self._find(request.id, context)
        if state is None:
            await abort(context, not_found(f"no alarm {request.id!r} is kept here"))
        if not state.firing:
            message = f"alarm {request.id} is over; there is nothing to acknowledge"
            await abort(context, failed_precondition(message, "RESOLVED"))
        who = authorization.caller().name
        try:
            await self._live.write(Action.acknowledge(state.fingerprint, who, request.comment))
        except (NotAccepted, TooFewReplicas) as error:
            await self._refuse(context, error)
        return rpc.AcknowledgeResponse(status=self._status(state))

    async def _find(self, name: str, context: _Context) -> AlarmState | None:
        book = self._live.replica.book
        if (state := book.find(name)) is not None:
            return state
        try:
            id = EntryId.parse(name)
        except ValueError:
            return None
        return await self._turns.do(pages.search(book, id), context)

    def _status(self, state: AlarmState) -> rpc.AlarmStatus:
        alarm = codec.alarm_to_proto(state.alarm)
        alarm.project = alarm.project or self._project
        status = rpc.AlarmStatus(
            alarm=alarm,
            id=str(state.id),
            fingerprint=state.fingerprint,
            firing=state.firing,
            since_ms=milliseconds(state.since),
            resolved_ms=milliseconds(state.resolved),
            count=state.count,
            severity=state.peak.severity.value,  # type: ignore[arg-type]
            end_reason=end_reason(state).value,  # type: ignore[arg-type]
        )
        muted = self._live.replica.outbox.muted(state.fingerprint, wall())
        if muted is not None:
            status.muted = sentence(muted)
            status.mute.CopyFrom(told_mute(muted))
        if (seen := state.acknowledged) is not None:
            (stamp, _, _), action = seen
            status.acknowledgement.created_by = action.created_by
            status.acknowledgement.comment = action.comment
            status.acknowledgement.create_time.FromMilliseconds(milliseconds(stamp))
        return status

    def _deliveries(self, state: AlarmState) -> Iterator[rpc.ChannelDelivery]:
        now = asyncio.get_running_loop().time()
        for each in self._live.replica.outbox.decisions(state, now, wall()):
            yield rpc.ChannelDelivery(
                channel=each.channel,
                reason=rpc.ChannelDelivery.Reason.Value(f"REASON_{each.reason.name}"),
                time_ms=each.time,
                mute=told_mute(each.muted) if each.muted else None,
            )

    def _record(self, entry: Entry) -> Record:
        record = Record.FromString(codec.public_part(entry.raw))
        record.id, record.time_ms = str(entry.id), milliseconds(entry.stamp)
        if record.HasField("alarm") and not record.alarm.project:
            record.alarm.project = self._project
        return record


def _alarms(request: rpc.ReportStreamRequest, now: int) -> list[Alarm]:
    """Checked alarms of a batch. Raises Invalid, which names the alarm."""
    if not 1 <= len(request.alarms) <= MOST:
        raise Invalid("alarms", f"has {len(request.alarms)}; send 1 to {MOST} in a batch")
    alarms: list[Alarm] = []
    for message in request.alarms:
        try:
            alarms.append(report_from_proto(message, now, SOURCE))
        except Invalid as error:
            raise Invalid(f"alarms[{len(alarms)}].{error.field}", error.problem) from None
    return alarms


def _key(id: str, alarms: Iterable[pb.Alarm]) -> RequestKey | None:
    """What makes the same request known when it is sent again. Raises Invalid."""
    if not id:
        return None
    who = authorization.caller()
    content = (alarm.SerializeToString(deterministic=True) for alarm in alarms)
    return RequestKey(f"{who.role}/{who.name}", check_request_id(id), digest_of(*content))


def _position(token: str) -> tuple[int, str] | None:
    if not token:
        return None
    stamp, _, fingerprint = token.partition(".")
    if not stamp.isascii() or not stamp.isdigit() or len(stamp) > STAMP_DIGITS:
        raise Invalid("page_token", "is not one that an earlier answer gave")
    return int(stamp), fingerprint
