"""AlarmService: reports in, alarms and their stories out."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import aclosing
from functools import partial
from typing import Any, Final, Never

import grpc

from alarminati.agent.metrics import Counters
from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.acting import Acting
from alarminati.agent.rpc.alarm_status import AlarmViews
from alarminati.agent.rpc.batches import SOURCE, Batch, refusal_of
from alarminati.agent.rpc.explaining import Explaining
from alarminati.agent.rpc.reading import Reading
from alarminati.agent.rpc.resolving import Resolving
from alarminati.agent.rpc.turns import Turns
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.agent.subscriptions.feed import Feed, ReaderTooSlow
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
    Alarm,
    RequestKey,
    digest_of,
)
from alarminati.core.model.validation import ALARM_SIZE, Invalid, check_request_id
from alarminati.v1 import alarm_pb2 as pb
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import explanation_pb2
from alarminati.v1 import subscription_pb2 as subs
from alarminati.wire.background import awaited
from alarminati.wire.intake_proto import report_from_proto
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import (
    abort,
    problem_of,
    refusal,
)

SERVICE: Final = "alarminati.v1.AlarmService"
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
        alarm_size: int = ALARM_SIZE,
    ) -> None:
        """`followers`: how many may subscribe at once; `alarm_size`: bytes of one alarm."""
        self._live = live
        self._feed = feed
        self._tally = tally
        self._project = project
        self._followers = followers
        self._alarm_size = alarm_size
        turns = Turns()
        views = AlarmViews(live, project)
        self._reading = Reading(live, views, turns, project)
        self._acting = Acting(live, turns, self._reading.find, views)
        self._resolving = Resolving(live, turns, self._reading.find, views, project)
        self._explaining = Explaining(live, self._reading.find, project)
        self._slots = CallSlots(-(-followers // 2))  # so that no name takes all places

    def handlers(self) -> grpc.GenericRpcHandler:
        """For the server. Subscribe's answers are bytes already: many readers share them."""
        acting = self._acting
        one, stream = grpc.unary_unary_rpc_method_handler, grpc.unary_stream_rpc_method_handler
        unary: dict[str, tuple[Any, Any, Any]] = {
            "Report": (self.report, rpc.ReportRequest, rpc.ReportResponse),
            "ListAlarms": (
                self._reading.list_alarms,
                rpc.ListAlarmsRequest,
                rpc.ListAlarmsResponse,
            ),
            "GetAlarm": (self._reading.get_alarm, rpc.GetAlarmRequest, rpc.GetAlarmResponse),
            "Explain": (
                self._explaining.explain,
                explanation_pb2.ExplainRequest,
                explanation_pb2.ExplainResponse,
            ),
            "Acknowledge": (acting.acknowledge, rpc.AcknowledgeRequest, rpc.AcknowledgeResponse),
            "Unacknowledge": (
                acting.unacknowledge,
                rpc.UnacknowledgeRequest,
                rpc.UnacknowledgeResponse,
            ),
            "AddNote": (acting.add_note, rpc.AddNoteRequest, rpc.AddNoteResponse),
            "Assign": (acting.assign, rpc.AssignRequest, rpc.AssignResponse),
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
                alarm = report_from_proto(request.alarm, wall(), SOURCE, self._alarm_size)
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
        """Take the good alarms of a batch; the answer names the others."""
        try:
            batch = Batch.read(request, wall(), self._alarm_size)
            key = _key(request.request_id, request.alarms)
            receipt = await self._accept(batch.alarms, key, request.min_replicas)
        except (FiringLimit, Invalid, RequestIdReused) as error:
            self._tally.refused(SOURCE, _reason(error))
            return rpc.ReportStreamResponse(refusal=refusal_of(error))
        for each in batch.refusals(receipt):
            self._tally.refused(SOURCE, _reason(each))
        return rpc.ReportStreamResponse(
            first_id=str(receipt.ids[0]),
            accepted=len(receipt.ids),
            replicas=receipt.replicas,
            refusal=batch.refusal(receipt),
        )

    async def _accept(self, alarms: list[Alarm], key: RequestKey | None, replicas: int) -> Receipt:
        if replicas < 0:
            raise Invalid("min_replicas", f"is {replicas}; send 0 or more")
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
        if self._feed.streams >= self._followers:
            sentence = f"{self._followers} followers are connected already; try another replica"
            await abort(context, refusal(ErrorReason.LIMIT_REACHED, sentence, retry_after=5.0))
        who = authorization.caller()
        slots = self._slots if who is not authorization.ANONYMOUS else CallSlots(self._followers)
        if not slots.enter(str(who)):
            sentence = f"{who} follows {slots.most} times already; try another replica"
            await abort(context, refusal(ErrorReason.LIMIT_REACHED, sentence, retry_after=5.0))
        context.set_compression(grpc.Compression.Gzip)
        plain: Callable[[], object] = partial(context.disable_next_message_compression)
        try:
            async with aclosing(self._feed.subscribe(request, plain=plain)) as answers:
                async for answer in answers:
                    yield answer
        except ReaderTooSlow as error:
            await abort(context, refusal(ErrorReason.READER_TOO_SLOW, str(error)))
        except (Invalid, NotAccepted) as error:
            problem = problem_of(error)
            assert problem is not None
            await abort(context, problem)
        finally:
            slots.leave(str(who))


def _reason(error: Exception) -> str:
    return "firing_limit" if isinstance(error, FiringLimit) else "invalid"


def _key(id: str, alarms: Iterable[pb.Alarm]) -> RequestKey | None:
    """What makes the same request known when it is sent again. Raises Invalid."""
    if not id:
        return None
    who = authorization.caller()
    content = (alarm.SerializeToString(deterministic=True) for alarm in alarms)
    return RequestKey(f"{who.role}/{who.name}", check_request_id(id), digest_of(*content))
