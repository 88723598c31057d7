"""MonitorService: jobs that must be heard of."""

from __future__ import annotations

from typing import Any, Final

import grpc
from google.protobuf.duration_pb2 import Duration

from alarminati.agent.master_tasks.heartbeats import HeartbeatDesk, UnknownHeartbeat
from alarminati.agent.rpc.paging import page_size, page_token, read_token
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Signal
from alarminati.core.model.validation import Invalid
from alarminati.core.monitors.heartbeats import Standing, State
from alarminati.v1 import monitor_service_pb2 as pb
from alarminati.v1 import monitor_service_pb2_grpc as pb_grpc
from alarminati.wire.status import abort, invalid, not_found, problem_of
from alarminati.wire.timestamps import timestamp

_STATES: Final = {
    State.NEW: pb.Heartbeat.STATE_NEW,
    State.UP: pb.Heartbeat.STATE_UP,
    State.LATE: pb.Heartbeat.STATE_LATE,
    State.DOWN: pb.Heartbeat.STATE_DOWN,
    State.FAILED: pb.Heartbeat.STATE_FAILED,
}
_SIGNALS: Final = {
    pb.SendHeartbeatRequest.SIGNAL_START: Signal.START,
    pb.SendHeartbeatRequest.SIGNAL_FAILURE: Signal.FAILURE,
}

_Context = grpc.aio.ServicerContext[Any, Any]


class Monitors(pb_grpc.MonitorServiceServicer):
    """The calls of MonitorService."""

    def __init__(self, desk: HeartbeatDesk) -> None:
        self._desk = desk

    async def ListHeartbeats(
        self, request: pb.ListHeartbeatsRequest, context: _Context
    ) -> pb.ListHeartbeatsResponse:
        """List a page of heartbeats; its token is the name of the last one."""
        try:
            size, before = page_size(request.page_size), read_token(request)
        except Invalid as error:
            await abort(context, invalid(error.field, error.problem))
        rest = [each for each in self._desk.list() if each.heartbeat.name > before]
        page = rest[:size]
        token = page_token(request, page[-1].heartbeat.name) if len(rest) > size else ""
        return pb.ListHeartbeatsResponse(heartbeats=map(_message, page), next_page_token=token)

    async def SendHeartbeat(
        self, request: pb.SendHeartbeatRequest, context: _Context
    ) -> pb.SendHeartbeatResponse:
        """Take a signal."""
        signal = _SIGNALS.get(request.signal, Signal.SUCCESS)
        try:
            due = await self._desk.signal(request.name, signal, request.comment)
        except UnknownHeartbeat as error:
            await abort(context, not_found(str(error)))
        except TooFewReplicas:
            due = 0  # it is kept here
        except NotAccepted as error:
            problem = problem_of(error)
            assert problem is not None
            await abort(context, problem)
        return pb.SendHeartbeatResponse(due_time=timestamp(due) if due else None)


def add_monitors(server: grpc.aio.Server, desk: HeartbeatDesk) -> None:
    """Let a server answer MonitorService."""
    pb_grpc.add_MonitorServiceServicer_to_server(Monitors(desk), server)


def _message(standing: Standing) -> pb.Heartbeat:
    heartbeat = standing.heartbeat
    return pb.Heartbeat(
        name=heartbeat.name,
        interval=_seconds(heartbeat.interval),
        grace=_seconds(heartbeat.grace),
        state=_STATES[standing.state],
        last_time=timestamp(standing.last) if standing.last else None,
        due_time=timestamp(standing.due) if standing.due else None,
        missed_count=min(standing.missed, 2**31 - 1),
        last_duration=_seconds(standing.duration / 1000) if standing.duration else None,
    )


def _seconds(seconds: float) -> Duration:
    found = Duration()
    found.FromMilliseconds(round(seconds * 1000))
    return found
