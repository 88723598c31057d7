"""Agents that keep their journals in lists, to test clients against the contract.

They store in different orders (but effects after causes), name origins differently, and misbehave
on order: cut streams anywhere, hang, forget, overflow. Everything is served by real gRPC.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

import grpc

from alarminati.client import Action, Alarm, EntryId, Severity
from alarminati.core.journal.ingest import Overloaded, Receipt, Stopping, TooFewReplicas
from alarminati.core.model.entries import (
    Body,
    DeliveryAttempt,
    Notification,
    NotificationItem,
    Result,
)
from alarminati.core.model.matchers import Matcher
from alarminati.core.model.validation import Invalid
from alarminati.v1 import alarm_service_pb2 as service
from alarminati.v1 import alarm_status_pb2 as views
from alarminati.v1 import channel_service_pb2 as channels
from alarminati.v1 import cluster_service_pb2 as cluster
from alarminati.v1 import error_reason_pb2, notification_pb2
from alarminati.v1 import subscription_pb2 as subs
from alarminati.v1.alarm_service_pb2_grpc import add_AlarmServiceServicer_to_server
from alarminati.v1.channel_service_pb2_grpc import add_ChannelServiceServicer_to_server
from alarminati.v1.cluster_service_pb2_grpc import add_ClusterServiceServicer_to_server
from alarminati.v1.record_pb2 import Record
from alarminati.v1.silence_service_pb2_grpc import add_SilenceServiceServicer_to_server
from alarminati.wire import cursor as cursors
from alarminati.wire import options
from alarminati.wire.codec import alarm_to_proto, encode
from alarminati.wire.credentials import Tls, bind
from alarminati.wire.intake_proto import report_from_proto
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import Problem, abort, invalid, not_found, problem_of, refusal
from alarminati.wire.timestamps import timestamp
from tests.client.explained import Explainer
from tests.client.registrar import Registrar

PROJECT = "w-sharing"
CLUSTER = "seoul-1"
FIRING, RESOLVED = views.AlarmStatus.STATE_FIRING, views.AlarmStatus.STATE_RESOLVED
NOW = 1_758_166_920_000  # milliseconds since 1970 UTC

Context = grpc.aio.ServicerContext[Any, Any]


def sample(number: int, severity: Severity = Severity.CRITICAL, resolved: bool = False) -> Alarm:
    """An alarm that differs from all others."""
    return Alarm(f"[WS-API] Health check failed {number}", severity, NOW + number, resolved)


@dataclass(frozen=True, slots=True)
class Fact:
    """One entry, with what its author knew when it was made."""

    id: EntryId
    body: Body
    causes: frozenset[EntryId]


@dataclass
class Script:
    """How an agent misbehaves; the defaults are good manners."""

    cut: Callable[[], bool] = lambda: False  # asked before and after each answer of a stream
    batch: Callable[[], int] = lambda: 100  # records in an answer
    missed: list[cluster.Peer] = field(default_factory=list)
    standing: cluster.GetClusterResponse = field(default_factory=cluster.GetClusterResponse)
    hang: bool = False  # accept calls and never answer
    overload: float | None = None  # seconds to come back in
    stopping: bool = False
    keepalives: bool = True  # grant those that are asked for
    refuse: grpc.StatusCode | None = None
    expired: set[str] = field(default_factory=set)  # connections made with what has ended since
    ended: list[grpc.StatusCode] = field(default_factory=list)  # how streams are to end, by turns


class Agent(Explainer, Registrar):
    """One replica. Its services are its methods."""

    def __init__(self, name: str, dice: Random) -> None:
        super().__init__()
        self.name = name
        self.origin = f"{name}".ljust(8, "0")[:8]
        self.script = Script()
        self.stored: list[Fact] = []
        self.floors: dict[str, int] = {}
        self.peers: list[Agent] = []
        self.requests: list[subs.SubscribeRequest] = []
        self.calls: list[str] = []
        self.callers: set[str] = set()  # connections over which somebody called
        self.pinged = asyncio.Event()
        self.address = ""
        self.streams = 0
        self._held: set[EntryId] = set()
        self._made = 0
        self._answered: dict[str, tuple[EntryId, ...]] = {}
        self._news = asyncio.Condition()
        self._first_index = dice.randint(1, 5)
        self._server: grpc.aio.Server | None = None

    # -- life

    async def start(self, port: int = 0, tls: Tls | None = None) -> None:
        self._server = server = grpc.aio.server(options=options.SERVER)
        add_AlarmServiceServicer_to_server(self, server)  # type: ignore[arg-type]
        add_ChannelServiceServicer_to_server(self, server)  # type: ignore[arg-type]
        add_ClusterServiceServicer_to_server(self, server)  # type: ignore[arg-type]
        add_SilenceServiceServicer_to_server(self, server)  # type: ignore[arg-type]
        address = self.address or f"127.0.0.1:{port}"
        port = bind(server, address, (lambda: tls) if tls is not None else None)
        self.address = f"127.0.0.1:{port}"
        await server.start()

    async def stop(self) -> None:
        """Gone at once, as if killed. What it stored is kept."""
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop(None)

    # -- journal

    async def add(self, body: Body) -> EntryId:
        """Take in a fact of one's own."""
        self._made += 1
        fact = Fact(EntryId(self.origin, self._made), body, frozenset(self._held))
        await self.store(fact)
        return fact.id

    async def store(self, fact: Fact) -> None:
        async with self._news:
            self._held.add(fact.id)
            self.stored.append(fact)
            self._news.notify_all()

    async def forward(self, peer: Agent, most: int = 10**9) -> None:
        """Send a peer what it lacks, in the order it is stored here."""
        for fact in [fact for fact in self.stored if fact.id not in peer._held][:most]:
            await peer.store(fact)

    def forget(self, count: int) -> None:
        """Drop the oldest facts."""
        for fact in self.stored[:count]:
            self.floors[fact.id.origin] = fact.id.sequence
        del self.stored[:count]

    # -- AlarmService

    async def Report(self, request: service.ReportRequest, context: Context) -> Any:
        self.calls.append("Report")
        await self._obstacles(context)
        try:
            alarm = report_from_proto(request.alarm, NOW, "")
        except Invalid as error:
            await abort(context, invalid(error.field, error.problem))
        ids = await self._accept([alarm], request.request_id)
        if request.min_replicas > 1 + len(self.peers):
            await self._abort(context, TooFewReplicas(Receipt(ids, 1), request.min_replicas))
        return service.ReportResponse(
            id=str(ids[0]), replicas=1 + len(self.peers), fingerprint=alarm.fingerprint()
        )

    async def ReportStream(
        self, requests: AsyncIterator[service.ReportStreamRequest], context: Context
    ) -> AsyncIterator[service.ReportStreamResponse]:
        self.calls.append("ReportStream")
        async for request in requests:
            if self.script.cut():
                await context.abort(grpc.StatusCode.UNAVAILABLE, "cut before it was taken")
            await self._obstacles(context)
            try:
                alarms = [report_from_proto(one, NOW, "") for one in request.alarms]
            except Invalid as error:
                yield service.ReportStreamResponse(
                    refusal=service.Refusal(
                        reason=error_reason_pb2.ERROR_REASON_INVALID_FIELD,
                        message=f"alarms[0].{error}",
                    )
                )
                continue
            ids = await self._accept(alarms, request.request_id)
            if self.script.cut():
                await context.abort(grpc.StatusCode.UNAVAILABLE, "cut before it was answered")
            yield service.ReportStreamResponse(
                first_id=str(ids[0]), accepted=len(ids), replicas=1 + len(self.peers)
            )

    async def _accept(self, alarms: list[Alarm], request_id: str) -> tuple[EntryId, ...]:
        for agent in (self, *self.peers):
            if request_id and request_id in agent._answered:
                return agent._answered[request_id]
        ids = tuple([await self.add(alarm) for alarm in alarms])
        self._answered[request_id] = ids
        return ids

    async def Subscribe(
        self, request: subs.SubscribeRequest, context: Context
    ) -> AsyncIterator[subs.SubscribeResponse]:
        self.requests.append(request)
        self.streams += 1
        try:
            await self._obstacles(context)
            async for answer in self._stream(request, context):
                if self.script.cut():
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "cut before an answer")
                yield answer
                if self.script.cut():
                    await context.abort(grpc.StatusCode.UNAVAILABLE, "cut after an answer")
        finally:
            self.streams -= 1

    async def _stream(
        self, request: subs.SubscribeRequest, context: Context
    ) -> AsyncIterator[subs.SubscribeResponse]:
        writer = _Writer(self, request)
        at, end = 0, len(self.stored)
        header = subs.SubscribeHeader(
            project=PROJECT, cluster=CLUSTER, encoding=request.encoding, replica=self.name
        )
        if self.script.keepalives and request.HasField("keepalive_interval"):
            header.keepalive_interval.CopyFrom(request.keepalive_interval)
        yield subs.SubscribeResponse(header=header)
        if missed := writer.missed():
            yield subs.SubscribeResponse(gap=subs.Gap(missed=missed))
        if request.from_now and not request.cursor:
            at = end
            writer.skip(self.stored[:end])
        caught_up = False
        while True:
            if at >= end and not caught_up:
                caught_up = True
                yield subs.SubscribeResponse(caught_up=True, cursor=writer.cursor())
            async with self._news:
                while len(self.stored) <= at and not self.script.ended:
                    await self._news.wait()
            if self.script.ended:
                await context.abort(self.script.ended.pop(0), "ended on order")
            facts = self.stored[at : at + self.script.batch()]
            at += len(facts)
            if answer := writer.write(facts):
                yield answer

    async def ListAlarms(self, request: service.ListAlarmsRequest, context: Context) -> Any:
        await self._obstacles(context)
        states = [one for one in self._states() if one.state == FIRING or request.include_resolved]
        start = int(request.page_token or 0)
        end = start + (request.page_size or 100)
        more = str(end) if end < len(states) else ""
        return service.ListAlarmsResponse(alarms=states[start:end], next_page_token=more)

    async def GetAlarm(self, request: service.GetAlarmRequest, context: Context) -> Any:
        await self._obstacles(context)
        state = await self._find(request.id, context)
        told = [
            body_to_record(fact.id, fact.body, time=NOW + place)
            for place, fact in enumerate(self.stored)
            if state.fingerprint in _about(fact, self.stored)
        ]
        return service.GetAlarmResponse(alarm=state, history=told)

    async def Resolve(self, request: service.ResolveRequest, context: Context) -> Any:
        await abort(context, not_found(f"no alarm {request.ids[0]} is kept"))

    async def Acknowledge(self, request: service.AcknowledgeRequest, context: Context) -> Any:
        await self._obstacles(context)
        (id,) = request.ids
        state = await self._find(id, context)
        if state.state != FIRING:
            problem = Problem(
                grpc.StatusCode.FAILED_PRECONDITION, "the alarm is over", "ALARM_RESOLVED"
            )
            await abort(context, problem)
        await self.add(Action.acknowledge(state.fingerprint, "anonymous", request.comment))
        return service.AcknowledgeResponse(alarms=[await self._find(id, context)])

    async def _elsewhere(self, request: object, context: Context) -> Any:
        """Calls whose tests ask a real agent."""
        await context.abort(grpc.StatusCode.UNIMPLEMENTED, "not at this agent")

    Unacknowledge = AddNote = Assign = _elsewhere

    def _states(self) -> list[views.AlarmStatus]:
        states: dict[str, views.AlarmStatus] = {}
        for fact in self.stored:
            match fact.body:
                case Alarm() as alarm:
                    states[alarm.fingerprint()] = views.AlarmStatus(
                        alarm=alarm_to_proto(alarm),
                        id=str(fact.id),
                        fingerprint=alarm.fingerprint(),
                        state=RESOLVED if alarm.resolved else FIRING,
                        start_time=timestamp(alarm.timestamp),
                        end_time=timestamp(alarm.timestamp) if alarm.resolved else None,
                        report_count=1,
                    )
                    states[alarm.fingerprint()].alarm.project = alarm.project or PROJECT
                case Action() as ack:
                    for fingerprint in ack.fingerprints:
                        told = states[fingerprint].acknowledgement
                        told.created_by, told.comment = ack.created_by, ack.comment
                        told.create_time.FromMilliseconds(NOW)
        return list(reversed(states.values()))

    async def _find(self, id: str, context: Context) -> views.AlarmStatus:
        found = [one for one in self._states() if id in (one.id, one.fingerprint)]
        if not found:
            await abort(context, not_found(f"no alarm {id} is kept"))
        return found[0]

    # -- ClusterService and ChannelService

    async def Ping(self, request: cluster.PingRequest, context: Context) -> Any:
        self.calls.append("Ping")
        self.pinged.set()
        await self._obstacles(context)
        return cluster.PingResponse(health=cluster.HEALTH_OK)

    async def GetCluster(self, request: cluster.GetClusterRequest, context: Context) -> Any:
        await self._obstacles(context)
        names = sorted([self.name, *(peer.name for peer in self.peers)])
        roles = [cluster.Replica.ROLE_MASTER, *[cluster.Replica.ROLE_STANDBY] * len(self.peers)]
        replicas = [
            cluster.Replica(name=name, role=role, connected=True)
            for name, role in zip(names, roles, strict=True)
        ]
        answer = cluster.GetClusterResponse(
            project=PROJECT,
            cluster=CLUSTER,
            replica=self.name,
            master=names[0],
            epoch=7,
            replicas=replicas,
            journal=cluster.JournalStatus(entries=len(self.stored), bytes=4096),
            outbox=cluster.OutboxStatus(pending=2, dead_letters=1),
            health=cluster.HEALTH_OK,
            version="0.1.0",
            unreachable_peers=self.script.missed,
        )
        answer.MergeFrom(self.script.standing)
        return answer

    async def TestChannel(self, request: channels.TestChannelRequest, context: Context) -> Any:
        self.calls.append("TestChannel")
        if request.name not in ("ops", "team"):
            await abort(context, not_found(f"no channel is named {request.name}"))
        attempt = notification_pb2.DeliveryAttempt(result=1, duration_ms=12, replica=self.name)  # type: ignore[arg-type]
        if request.name == "team":
            attempt.result, attempt.detail = 2, "it answered 500"  # type: ignore[assignment]
        return channels.TestChannelResponse(attempt=attempt)

    # -- trouble

    async def _obstacles(self, context: Context) -> None:
        if self.script.hang:
            await asyncio.Event().wait()
        self.callers.add(context.peer())
        if context.peer() in self.script.expired:
            await abort(context, refusal(ErrorReason.CERTIFICATE_EXPIRED, "expired"))
        if self.script.refuse is not None:
            await context.abort(self.script.refuse, "refused on order")
        if self.script.overload is not None:
            await self._abort(context, Overloaded(self.script.overload))
        if self.script.stopping:
            await self._abort(context, Stopping())

    async def _abort(self, context: Context, error: Exception) -> None:
        problem = problem_of(error)
        assert problem is not None
        await abort(context, problem)


class _Writer:
    """What one stream has left out so far."""

    def __init__(self, agent: Agent, request: subs.SubscribeRequest) -> None:
        self._agent = agent
        self._filter = request.filter if request.HasField("filter") else subs.Filter()
        self._compact = request.encoding == subs.RECORD_ENCODING_COMPACT
        self._fresh = not request.cursor
        self._position = cursors.decode(request.cursor) if request.cursor else {}
        self._names: dict[str, int] = {}
        self._last: dict[str, int] = {}
        self._index = 0

    def cursor(self) -> bytes:
        return cursors.encode(self._position)

    def missed(self) -> int:
        if self._fresh:
            return 0
        return sum(
            max(0, floor - self._position.get(origin, 0))
            for origin, floor in self._agent.floors.items()
        )

    def skip(self, facts: list[Fact]) -> None:
        for fact in facts:
            self._position[fact.id.origin] = fact.id.sequence

    def write(self, facts: list[Fact]) -> subs.SubscribeResponse | None:
        answer = subs.SubscribeResponse()
        for fact in facts:
            if fact.id.sequence <= self._position.get(fact.id.origin, 0):
                continue
            self._position[fact.id.origin] = fact.id.sequence
            if passes(fact, self._filter, self._agent.stored):
                self._append(answer, fact)
        if not answer.records:
            return None
        if not self._compact:
            answer.cursor = self.cursor()
        return answer

    def _append(self, answer: subs.SubscribeResponse, fact: Fact) -> None:
        name = fact.id.origin
        if name not in self._names:
            self._names[name] = len(self._names) + self._agent._first_index
            answer.origins.append(subs.Origin(index=self._names[name], origin=name))
        entry = as_record(fact.body)
        index, sequence = self._names[name], fact.id.sequence
        if not self._compact or index != self._index:
            entry.origin = self._index = index
        if not self._compact or sequence != self._last.get(name, -1) + 1:
            entry.sequence = sequence
        self._last[name] = sequence
        if not self._compact or not isinstance(fact.body, Alarm):
            entry.time_ms = NOW + self._agent.stored.index(fact)
        answer.records.append(entry)


def passes(fact: Fact, filter: subs.Filter, stored: list[Fact]) -> bool:
    """Whether a filter lets a fact through; acknowledgements always."""
    match fact.body:
        case Alarm() as alarm:
            return (
                (not filter.min_severity or alarm.severity >= filter.min_severity)
                and (not filter.projects or (alarm.project or PROJECT) in filter.projects)
                and all(Matcher.parse(m).fits(dict(alarm.labels)) for m in filter.matchers)
            )
        case Action():
            return True
    return bool(filter.types)


def as_record(body: Body) -> Record:
    """A record with nothing but its body."""
    return Record.FromString(encode(body))


def body_to_record(id: EntryId, body: Body, time: int) -> Record:
    """A record as it is told outside compact streams."""
    entry = as_record(body)
    entry.id, entry.sequence, entry.time_ms = str(id), id.sequence, time
    if isinstance(body, Alarm):
        entry.alarm.project = body.project or PROJECT
    return entry


def _about(fact: Fact, stored: list[Fact]) -> set[str]:
    """Fingerprints of the alarms a fact is about."""
    match fact.body:
        case Alarm() as alarm:
            return {alarm.fingerprint()}
        case Action(fingerprints=fingerprints):
            return set(fingerprints)
        case Notification(items=items):
            return {item.fingerprint for item in items}
        case DeliveryAttempt(notification=notice):
            return {
                fingerprint
                for other in stored
                if other.id == notice
                for fingerprint in _about(other, stored)
            }
    return set()


async def tell_whole_story(agent: Agent) -> EntryId:
    """An alarm that fires, is delivered, acknowledged and resolved. Returns its id."""
    alarm = sample(1)
    id = await agent.add(alarm)
    items = (NotificationItem(id, alarm.fingerprint(), False),)
    notice = await agent.add(Notification("ops", items, "key-1"))
    await agent.add(DeliveryAttempt(notice, Result.RETRY, 1, agent.name, 12, "it answered 500"))
    await agent.add(DeliveryAttempt(notice, Result.DELIVERED, 2, agent.name, 9))
    await agent.add(Action.acknowledge(alarm.fingerprint(), "jane", "on it"))
    return id
