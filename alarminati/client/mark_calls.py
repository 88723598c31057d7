"""The calls of a client about marks: what happened beside the alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from alarminati.client.connection import Connection
from alarminati.client.errors import Unexpected
from alarminati.client.reporting import new_request_id
from alarminati.core.model.entries import EntryId, Mark
from alarminati.v1 import mark_pb2
from alarminati.v1 import mark_service_pb2 as pb
from alarminati.wire.codec import mark_from_proto
from alarminati.wire.timestamps import timestamp

_PAGE: Final = 500


@dataclass(frozen=True, slots=True)
class MarkEntry:
    """A mark with its id."""

    id: EntryId
    mark: Mark


class MarkCalls:
    """Part of `Client`. Every method raises AlarminatiError's children."""

    _connection: Connection
    _timeout: float

    async def mark(
        self,
        message: str,
        *,
        labels: Mapping[str, str] | None = None,
        project: str = "",
        link: str = "",
        starts: int = 0,
        ends: int = 0,
        request_id: str | None = None,
    ) -> EntryId:
        """Mark that something happened, such as a deploy; return the id of the mark.

        `starts` and `ends` are milliseconds since 1970 UTC; 0: now, and without length. Retries at
        other replicas make no second mark. Raises Refused.
        """
        given = mark_pb2.Mark(
            message=message,
            start_time_ms=starts,
            end_time_ms=ends,
            project=project,
            labels=labels,
            link=link,
        )
        answer = await self._connection.call(
            lambda link: link.marks.CreateMark,
            pb.CreateMarkRequest(mark=given, request_id=request_id or new_request_id()),
            timeout=self._timeout,
        )
        return _id(answer.id)

    async def marks(
        self,
        *,
        projects: Iterable[str] = (),
        start_time: int = 0,
        end_time: int = 0,
        limit: int = 1000,
    ) -> Sequence[MarkEntry]:
        """Return at most `limit` marks of that time (milliseconds; 0: any), the latest first."""
        found: list[MarkEntry] = []
        request = pb.ListMarksRequest(
            projects=projects,
            start_time=timestamp(start_time) if start_time else None,
            end_time=timestamp(end_time) if end_time else None,
        )
        while len(found) < limit:
            request.page_size = min(_PAGE, limit - len(found))
            answer = await self._connection.call(
                lambda link: link.marks.ListMarks, request, timeout=self._timeout
            )
            found += [MarkEntry(_id(one.id), mark_from_proto(one.mark)) for one in answer.marks]
            request.page_token = answer.next_page_token
            if not request.page_token:
                break
        return found


def _id(text: str) -> EntryId:
    try:
        return EntryId.parse(text)
    except ValueError as error:
        raise Unexpected(f"the agent named an entry that cannot be: {error}") from error
