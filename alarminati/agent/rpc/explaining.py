"""Call of AlarmService that explains why an alarm is told to channels, or is not."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import grpc
from google.protobuf.duration_pb2 import Duration

from alarminati.agent.rpc.alarm_status import channel_delivery, mute
from alarminati.agent.rpc.batches import SOURCE
from alarminati.agent.rpc.reading import FindAlarm
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.delivery.explanations import Explanation, Prospect
from alarminati.core.model.validation import Invalid
from alarminati.core.routing.explain import Branch
from alarminati.v1 import explanation_pb2 as pb
from alarminati.wire.intake_proto import report_from_proto
from alarminati.wire.status import abort, invalid, not_found
from alarminati.wire.timestamps import since_epoch, timestamp

LATEST: Final = 4_102_444_800_000  # 2100: no time zone is known to change after

_Context = grpc.aio.ServicerContext[Any, Any]


class Explaining:
    """Explains alarms. `project` is the cluster's own."""

    def __init__(self, live: LiveReplica, find: FindAlarm, project: str) -> None:
        self._live = live
        self._find = find
        self._project = project

    async def explain(self, request: pb.ExplainRequest, context: _Context) -> pb.ExplainResponse:
        """Explain an alarm that is kept, or one that would begin."""
        queries, at = self._live.replica.outbox.queries, since_epoch(request.time) or wall()
        if request.HasField("alarm"):
            if not 0 < at < LATEST:
                await abort(context, invalid("time", "lies before 1970 or after 2099"))
            try:
                alarm = report_from_proto(request.alarm, wall(), SOURCE)
            except Invalid as error:
                await abort(context, invalid(f"alarm.{error.field}", error.problem))
            return _answer(queries.explain_new(alarm, self._project, at), at)
        if not request.id:
            await abort(context, invalid("id", "is empty; give id or alarm"))
        if request.HasField("time"):
            said = "goes with alarm; one that is kept is explained as it is now"
            await abort(context, invalid("time", said))
        state = self._find(request.id)
        if state is None:
            await abort(context, not_found(f"no alarm {request.id!r} is kept here"))
        now = asyncio.get_running_loop().time()
        return _answer(queries.explain(state, self._project, now, at), at)


def _answer(found: Explanation, at: int) -> pb.ExplainResponse:
    routing = found.routing
    return pb.ExplainResponse(
        labels=dict(routing.labels),
        branches=map(_branch, routing.branches),
        channels=map(_channel, found.prospects),
        mutes=map(mute, found.mutes),
        inhibitions=(
            pb.Inhibition(source_matchers=map(str, rule.source), equal=rule.equal)
            for rule in routing.inhibitions
        ),
        time=timestamp(at),
    )


def _branch(branch: Branch) -> pb.Branch:
    return pb.Branch(
        path=branch.key,
        matchers=branch.matchers,
        channels=branch.channels,
        min_severity=branch.min_severity.value if branch.min_severity else 0,  # type: ignore[arg-type]
    )


def _channel(prospect: Prospect) -> pb.ChannelExplanation:
    told = pb.ChannelExplanation(
        channel=prospect.channel,
        mutes=[mute(prospect.muted)] if prospect.muted else [],
        fallback=prospect.fallback,
        next_time=timestamp(prospect.next) if prospect.next else None,
        delivery=channel_delivery(prospect.decision) if prospect.decision else None,
    )
    if (way := prospect.way) is not None:
        told.path = way.key
        told.group.update(way.group or ())
        _set(told.escalation_delay, way.after)
        _set(told.group_wait, way.route.group_wait)
        _set(told.group_interval, way.route.group_interval)
        _set(told.repeat_interval, way.route.repeat_interval)
    return told


def _set(field: Duration, seconds: float) -> None:
    if seconds:
        field.FromMilliseconds(round(seconds * 1000))
