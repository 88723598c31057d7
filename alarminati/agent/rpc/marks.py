"""MarkService: what happened beside the alarms."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import Any, Final

import grpc

from alarminati.agent.rpc import authorization
from alarminati.agent.rpc.named import refuse
from alarminati.agent.rpc.paging import page_size, page_token, read_token
from alarminati.agent.rpc.turns import ROOM, Turns, breathing
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.alarms.marks import Marks, Place
from alarminati.core.journal.ingest import NotAccepted, Receipt, RequestIdReused, TooFewReplicas
from alarminati.core.model.entries import EntryId, Mark, RequestKey, digest_of
from alarminati.core.model.validation import Invalid, check_mark, check_request_id
from alarminati.v1 import mark_service_pb2 as pb
from alarminati.v1 import mark_service_pb2_grpc as pb_grpc
from alarminati.wire.codec import mark_from_proto, mark_to_proto
from alarminati.wire.timestamps import since_epoch

TERMS: Final = 100  # projects in one request

_Context = grpc.aio.ServicerContext[Any, Any]


class MarkDesk:
    """Takes marks, whatever door they came by."""

    def __init__(self, live: LiveReplica) -> None:
        self._live = live

    async def take(self, mark: Mark, request: RequestKey | None) -> Receipt:
        """Journal a checked mark, once for each request id.

        Raises NotAccepted, RequestIdReused and TooFewReplicas.
        """
        return await self._live.write(mark, request=request)


class Marking(pb_grpc.MarkServiceServicer):
    """The calls of MarkService. `project` is the cluster's own."""

    def __init__(self, desk: MarkDesk, marks: Marks, project: str) -> None:
        self._desk = desk
        self._marks = marks
        self._project = project
        self._turns = Turns()

    async def CreateMark(
        self, request: pb.CreateMarkRequest, context: _Context
    ) -> pb.CreateMarkResponse:
        """Make a mark."""
        who = authorization.caller()
        try:
            given = replace(mark_from_proto(request.mark), created_by=who.name)
            mark = check_mark(given, wall())
            key = None
            if request.request_id:
                content = request.mark.SerializeToString(deterministic=True)
                id = check_request_id(request.request_id)
                key = RequestKey(f"{who.role}/{who.name}", id, digest_of(b"mark", content))
            receipt = await self._desk.take(mark, key)
        except Invalid as error:
            await refuse(context, _named(error))
        except (NotAccepted, RequestIdReused, TooFewReplicas) as error:
            await refuse(context, error)
        return pb.CreateMarkResponse(id=str(receipt.ids[0]))

    async def ListMarks(
        self, request: pb.ListMarksRequest, context: _Context
    ) -> pb.ListMarksResponse:
        """List a page of marks."""
        try:
            size, place = page_size(request.page_size), _place(read_token(request))
            if len(request.projects) > TERMS:
                said = f"has {len(request.projects)} terms; at most {TERMS} are allowed"
                raise Invalid("projects", said)
        except Invalid as error:
            await refuse(context, error)
        return await self._turns.do(self._listed(request, size, place), context)

    def _listed(
        self, request: pb.ListMarksRequest, size: int, place: Place | None
    ) -> Generator[None, None, pb.ListMarksResponse]:
        answer, room, last = pb.ListMarksResponse(), ROOM, place
        begin, end = since_epoch(request.start_time), since_epoch(request.end_time)
        for (here, mark), late in breathing(self._marks.newest(place)):
            if late:
                yield
            project = mark.project or self._project
            if request.projects and project not in request.projects:
                continue
            if (end and mark.start_time >= end) or max(mark.start_time, mark.end_time) < begin:
                continue
            if len(answer.marks) == size or room < 0:
                assert last is not None
                answer.next_page_token = page_token(request, "{}.{}.{}".format(*last))
                break
            id = EntryId(here.origin, here.sequence)
            told = mark_to_proto(replace(mark, project=project))
            answer.marks.append(pb.MarkEntry(id=str(id), mark=told))
            room -= answer.marks[-1].ByteSize()
            last = here
        return answer


def add_marks(server: grpc.aio.Server, live: LiveReplica, marks: Marks, project: str) -> None:
    """Let a server answer MarkService."""
    service = Marking(MarkDesk(live), marks, project)
    pb_grpc.add_MarkServiceServicer_to_server(service, server)


def _named(error: Invalid) -> Invalid:
    """Return the error with the field of the message."""
    times = {"start_time": "start_time_ms", "end_time": "end_time_ms"}
    return Invalid(f"mark.{times.get(error.field, error.field)}", error.problem)


def _place(text: str) -> Place | None:
    """Return the place behind which the page begins. Raises Invalid."""
    if not text:
        return None
    start, _, rest = text.partition(".")
    origin, _, sequence = rest.partition(".")
    if not all(part.isascii() and part.isdigit() and len(part) < 20 for part in (start, sequence)):
        raise Invalid("page_token", "is not one that an earlier answer gave")
    return Place(int(start), origin, int(sequence))
