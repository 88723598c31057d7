"""Alarms that a call names by ids: those that fit, and those that are skipped."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Never

import grpc

from alarminati.agent.rpc.reading import FindAlarm
from alarminati.agent.rpc.turns import breathing
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.validation import Invalid
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1 import error_reason_pb2
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import abort, not_found, problem_of, refusal

MOST: Final = 1000  # ids in a request
COMMENT_LIMIT: Final = 1024  # characters

_Context = grpc.aio.ServicerContext[Any, Any]


@dataclass
class Named:
    """Alarms of a request."""

    states: dict[str, AlarmState] = field(default_factory=dict)  # by fingerprint
    skipped: list[rpc.SkippedAlarm] = field(default_factory=list)


def check_ids(ids: Sequence[str]) -> None:
    """Check the number of ids. Raises Invalid."""
    if not 1 <= len(ids) <= MOST:
        raise Invalid("ids", f"has {len(ids)}; give 1 to {MOST}")


def check_comment(comment: str) -> None:
    """Check a comment. Raises Invalid."""
    if len(comment) > COMMENT_LIMIT:
        said = f"has {len(comment)} characters; at most {COMMENT_LIMIT} are allowed"
        raise Invalid("comment", said)


def named(ids: Sequence[str], find: FindAlarm, *, resolved: bool) -> Generator[None, None, Named]:
    """Find the alarms; with `resolved`, resolved ones fit, too."""
    found = Named()
    for id, late in breathing(dict.fromkeys(ids)):
        if late:
            yield
        state = find(id)
        if state is not None and (state.firing or resolved):
            found.states[state.fingerprint] = state
        else:
            reason = ErrorReason.NOT_FOUND if state is None else ErrorReason.ALARM_RESOLVED
            found.skipped.append(skipped(id, reason))
    return found


def skipped(id: str, reason: ErrorReason) -> rpc.SkippedAlarm:
    """Return why an alarm of the request was left as it was."""
    number = error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{reason.name}")
    return rpc.SkippedAlarm(id=id, reason=number)


async def refuse_if_none(found: Named, context: _Context) -> None:
    """Fail as for the first of the ids when nothing fits."""
    if found.states:
        return
    first = found.skipped[0]
    if first.reason == error_reason_pb2.ERROR_REASON_NOT_FOUND:
        await abort(context, not_found(f"no alarm {first.id!r} is kept here"))
    await abort(context, refusal(ErrorReason.ALARM_RESOLVED, f"alarm {first.id} is over"))


async def refuse(context: _Context, error: Exception) -> Never:
    """End the call with what the error means to callers."""
    problem = problem_of(error)
    assert problem is not None, f"{type(error).__name__} means nothing to callers"
    await abort(context, problem)
