"""Calls of AlarmService by which people act on alarms: acknowledge, note, assign.

A call writes one action for all its alarms. Its request id travels with the action, so a retry
finds the action, writes nothing and answers with the same alarms.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Any, Final, Protocol, TypeVar

import grpc
from google.protobuf.message import Message

from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.alarm_status import AlarmViews
from alarminati.agent.rpc.named import (
    Named,
    check_comment,
    check_ids,
    named,
    refuse,
    refuse_if_none,
    skipped,
)
from alarminati.agent.rpc.reading import FindAlarm
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import LiveReplica
from alarminati.core.alarms.state import AlarmState
from alarminati.core.journal.ingest import NotAccepted, RequestIdReused, TooFewReplicas
from alarminati.core.model.entries import Action, ActionKind, EntryId, RequestKey, digest_of
from alarminati.core.model.validation import Invalid, check_request_id
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1.alarm_status_pb2 import AlarmStatus
from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import abort, invalid

ASSIGNEE_LIMIT: Final = 128  # characters

_Context = grpc.aio.ServicerContext[Any, Any]
_Answer = TypeVar(
    "_Answer",
    rpc.AcknowledgeResponse,
    rpc.UnacknowledgeResponse,
    rpc.AddNoteResponse,
    rpc.AssignResponse,
)


class _Request(Protocol):
    """The part that all these requests have."""

    comment: str
    request_id: str

    @property
    def ids(self) -> Iterable[str]: ...

    def SerializeToString(self, *, deterministic: bool = ...) -> bytes: ...


class Acting:
    """Writes actions of people."""

    def __init__(self, live: LiveReplica, turns: Turns, find: FindAlarm, views: AlarmViews) -> None:
        self._live = live
        self._turns = turns
        self._find = find
        self._views = views

    async def acknowledge(
        self, request: rpc.AcknowledgeRequest, context: _Context
    ) -> rpc.AcknowledgeResponse:
        """Acknowledge alarms that fire."""
        kind = ActionKind.ACKNOWLEDGE
        return await self._act(request, context, rpc.AcknowledgeResponse, kind)

    async def unacknowledge(
        self, request: rpc.UnacknowledgeRequest, context: _Context
    ) -> rpc.UnacknowledgeResponse:
        """Take acknowledgements back."""
        kind = ActionKind.UNACKNOWLEDGE
        return await self._act(request, context, rpc.UnacknowledgeResponse, kind)

    async def add_note(self, request: rpc.AddNoteRequest, context: _Context) -> rpc.AddNoteResponse:
        """Add a note to alarms, also to resolved ones."""
        if not request.comment.strip():
            await abort(context, invalid("comment", "is empty; it is the note"))
        return await self._act(request, context, rpc.AddNoteResponse, ActionKind.NOTE)

    async def assign(self, request: rpc.AssignRequest, context: _Context) -> rpc.AssignResponse:
        """Name who is to work on alarms that fire."""
        name = request.assignee
        if len(name) > ASSIGNEE_LIMIT or not name.isprintable():
            said = f"must be a name of at most {ASSIGNEE_LIMIT} characters; leave it out for nobody"
            await abort(context, invalid("assignee", said))
        return await self._act(request, context, rpc.AssignResponse, ActionKind.ASSIGN, name)

    async def _act(
        self,
        request: _Request,
        context: _Context,
        answer: type[_Answer],
        kind: ActionKind,
        assignee: str = "",
    ) -> _Answer:
        ids = list(request.ids)
        taken: tuple[EntryId, ...] = ()
        try:
            check_ids(ids)
            check_comment(request.comment)
            key = _key(request, kind)
            taken = self._live.replica.admission.taken(key) if key is not None else ()
        except (Invalid, RequestIdReused) as error:
            await refuse(context, error)
        resolved = kind is ActionKind.NOTE or bool(self._fingerprints(taken))
        found = await self._turns.do(named(ids, self._find, resolved=resolved), context)
        if not self._fingerprints(taken):
            await refuse_if_none(found, context)
            who = authorization.caller().name
            action = Action(kind, tuple(found.states), who, request.comment, assignee)
            try:
                taken = (await self._live.write(action, request=key)).ids
            except (NotAccepted, RequestIdReused, TooFewReplicas) as error:
                await refuse(context, error)
        acted = self._fingerprints(taken)
        states = [state for name, state in found.states.items() if name in acted]
        told = await self._turns.do(self._told(states), context)
        return answer(alarms=told, skipped=_skipped(found, acted, ids))

    def _fingerprints(self, ids: Iterable[EntryId]) -> frozenset[str]:
        """Return the alarms that a written action is about."""
        entries = [self._live.store.get(id) for id in ids]
        bodies = [entry.body for entry in entries if entry is not None]
        return frozenset(
            x for body in bodies if isinstance(body, Action) for x in body.fingerprints
        )

    def _told(self, states: Iterable[AlarmState]) -> Generator[None, None, list[AlarmStatus]]:
        """Return the alarms as they stand, as many as an answer holds."""
        told: list[AlarmStatus] = []
        room = ROOM
        for state, late in breathing(states):
            if late:
                yield
            status = self._views.status(state, unrouted=False)
            room -= status.ByteSize()
            if told and room < 0:
                break
            told.append(status)
        return told


def _skipped(found: Named, acted: frozenset[str], ids: list[str]) -> list[rpc.SkippedAlarm]:
    """Return what was skipped; of a retry, also what the first call left as it was."""
    left = set(found.states) - acted
    more = [skipped(id, ErrorReason.ALARM_RESOLVED) for id in ids if id in left]
    return found.skipped + more


def _key(request: _Request, kind: ActionKind) -> RequestKey | None:
    """Return what makes the same request known again. Raises Invalid."""
    if not request.request_id:
        return None
    assert isinstance(request, Message)
    who = authorization.caller()
    content = digest_of(kind.name.encode(), request.SerializeToString(deterministic=True))
    return RequestKey(f"{who.role}/{who.name}", check_request_id(request.request_id), content)
