"""The call of AlarmService by which operators end alarms that nobody else ends."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Final, Never

import grpc

from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.alarm_status import AlarmViews
from alarminati.agent.rpc.reading import FindAlarm
from alarminati.agent.rpc.turns import Turns, breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.alarms.book import AlarmState
from alarminati.core.alarms.end_reason import end_by_hand
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.filter import Filter
from alarminati.core.model.validation import Invalid
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import error_reason_pb2
from alarminati.wire.filters import alarm_filter_from_proto
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import abort, invalid, not_found, problem_of, refusal

MOST: Final = 1000  # ids in a request
SHOWN: Final = 100  # alarms in an answer
SLICE: Final = 500  # ends that are written at once
COMMENT_LIMIT: Final = 1024  # characters

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass
class _Wanted:
    """What a request is about."""

    states: dict[str, AlarmState] = field(default_factory=dict)  # by fingerprint
    skipped: list[rpc.SkippedAlarm] = field(default_factory=list)


class Resolving:
    """Ends alarms."""

    def __init__(
        self,
        live: LiveReplica,
        turns: Turns,
        find: FindAlarm,
        views: AlarmViews,
        project: str,
    ) -> None:
        self._live = live
        self._turns = turns
        self._find = find
        self._views = views
        self._project = project

    async def resolve(self, request: rpc.ResolveRequest, context: _Context) -> rpc.ResolveResponse:
        """End them, a slice at a time; what is over by then is left as it is."""
        try:
            wanted = _checked(request)
        except Invalid as error:
            await abort(context, invalid(error.field, error.problem))
        if wanted is not None:
            found = _Wanted(await self._turns.do(self._fitting(wanted), context))
        else:
            found = await self._named(list(dict.fromkeys(request.ids)), context)
        states = list(found.states.values())
        count = len(states)
        if not request.validate_only:
            who = authorization.caller().name
            count = await self._end(states, who, request.comment, context)
        return rpc.ResolveResponse(
            alarms=map(self._views.status, states[:SHOWN]),
            skipped=found.skipped,
            resolved_count=count,
        )

    async def _named(self, ids: list[str], context: _Context) -> _Wanted:
        found = _Wanted()
        for id in ids:
            state = self._find(id)
            if state is not None and state.firing:
                found.states[state.fingerprint] = state
            else:
                reason = (
                    error_reason_pb2.ERROR_REASON_NOT_FOUND
                    if state is None
                    else error_reason_pb2.ERROR_REASON_ALARM_RESOLVED
                )
                found.skipped.append(rpc.SkippedAlarm(id=id, reason=reason))
        if not found.states:
            first = found.skipped[0]
            if first.reason == error_reason_pb2.ERROR_REASON_NOT_FOUND:
                await abort(context, not_found(f"no alarm {first.id!r} is kept here"))
            await abort(context, refusal(ErrorReason.ALARM_RESOLVED, f"alarm {first.id} is over"))
        return found

    def _fitting(self, wanted: Filter) -> Generator[None, None, dict[str, AlarmState]]:
        found: dict[str, AlarmState] = {}
        for state, late in breathing(self._live.replica.book.states(resolved=False)):
            if late:
                yield
            if wanted.passes(state.alarm, self._project):
                found[state.fingerprint] = state
        return found

    async def _end(
        self, states: list[AlarmState], who: str, comment: str, context: _Context
    ) -> int:
        """How many there were to end. Those of a slice that was refused go on firing."""
        count = 0
        for start in range(0, len(states), SLICE):
            firing = [state for state in states[start : start + SLICE] if state.firing]
            ends = [end_by_hand(state, who, comment, wall()) for state in firing]
            if not ends:
                continue
            try:
                await self._live.accept(ends)
            except (NotAccepted, TooFewReplicas) as error:
                await _refuse(context, error)
            count += len(ends)
        return count


def _checked(request: rpc.ResolveRequest) -> Filter | None:
    """The filter; None: ids say which. Raises Invalid."""
    if len(request.comment) > COMMENT_LIMIT:
        said = f"has {len(request.comment)} characters; at most {COMMENT_LIMIT} are allowed"
        raise Invalid("comment", said)
    if bool(request.ids) == request.HasField("filter"):
        raise Invalid("ids", "or filter says which to end: give one of the two")
    if len(request.ids) > MOST:
        raise Invalid("ids", f"has {len(request.ids)}; at most {MOST} are taken at once")
    if request.ids:
        return None
    wanted = alarm_filter_from_proto(request.filter)
    if wanted == Filter():
        raise Invalid("filter", "fits every alarm; give a severity, a project or a matcher")
    return wanted


async def _refuse(context: _Context, error: Exception) -> Never:
    problem = problem_of(error)
    assert problem is not None, f"{type(error).__name__} means nothing to callers"
    await abort(context, problem)
