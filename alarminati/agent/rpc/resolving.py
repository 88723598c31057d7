"""The call of AlarmService by which operators end alarms that nobody else ends."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import grpc

from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.alarm_status import AlarmViews
from alarminati.agent.rpc.named import (
    Named,
    check_comment,
    check_ids,
    named,
    refuse,
    refuse_if_none,
)
from alarminati.agent.rpc.reading import FindAlarm
from alarminati.agent.rpc.turns import Turns, breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.alarms.end_reason import end_by_hand
from alarminati.core.alarms.state import AlarmState
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.filter import Filter
from alarminati.core.model.validation import Invalid
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.wire.filters import alarm_filter_from_proto
from alarminati.wire.status import abort, invalid

SHOWN: Final = 100  # alarms in an answer
SLICE: Final = 500  # ends that are written at once

_Context = grpc.aio.ServicerContext[Any, Any]


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
            found = Named(await self._turns.do(self._fitting(wanted), context))
        else:
            work = named(request.ids, self._find, resolved=False)
            found = await self._turns.do(work, context)
            await refuse_if_none(found, context)
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
                await refuse(context, error)
            count += len(ends)
        return count


def _checked(request: rpc.ResolveRequest) -> Filter | None:
    """The filter; None: ids say which. Raises Invalid."""
    check_comment(request.comment)
    if bool(request.ids) == request.HasField("filter"):
        raise Invalid("ids", "or filter says which to end: give one of the two")
    if request.ids:
        check_ids(request.ids)
        return None
    wanted = alarm_filter_from_proto(request.filter)
    if wanted == Filter():
        raise Invalid("filter", "fits every alarm; give a severity, a project or a matcher")
    return wanted
