"""The page that takes marks: POST /v1/marks, for deploys and the like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol

import msgspec

from alarminati.core.journal.ingest import (
    NotAccepted,
    Overloaded,
    Receipt,
    RequestIdReused,
    StorageFull,
    TooFewReplicas,
)
from alarminati.core.model.entries import Mark, RequestKey, digest_of
from alarminati.core.model.validation import Invalid, check_mark, check_request_id, parse_timestamp
from alarminati.edge.bodies import as_utf8
from alarminati.edge.exchange import Request, Response, answer_json, refusal
from alarminati.edge.reports import decode

MARKS: Final = "/v1/marks"
SOURCE: Final = "mark"


class MarkReport(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One mark as it is sent. Times are RFC 3339, or a number as in a report."""

    message: str
    start_time: str | int | float = 0
    end_time: str | int | float = 0
    project: str = ""
    labels: dict[str, str] = {}
    link: str = ""


_one = msgspec.json.Decoder(MarkReport)


class MarkDesk(Protocol):
    """Takes marks."""

    async def take(self, mark: Mark, request: RequestKey | None) -> Receipt:
        """Journal a mark. Raises NotAccepted, RequestIdReused and TooFewReplicas."""
        ...


class MarkPage:
    """Answers POST /v1/marks of who may report."""

    def __init__(
        self, desk: MarkDesk, refused: Callable[[str, str], None], now: Callable[[], int]
    ) -> None:
        """`now`: milliseconds since 1970 UTC."""
        self._desk = desk
        self._refused = refused
        self._now = now

    async def __call__(self, request: Request) -> Response:
        """Take a mark. The answer has its id."""
        if request.method != "POST":
            answer = refusal(405, "use POST here")
            return Response(405, answer.body, answer.type, {"allow": "POST"})
        if "origin" in request.headers and "json" not in request.headers.get("content-type", ""):
            return refusal(415, "send JSON with Content-Type: application/json", "content-type")
        try:
            mark = self._mark(request)
            id = check_request_id(request.headers.get("idempotency-key", ""))
            content = digest_of(request.path.encode(), request.body)
            key = RequestKey(request.caller, id, content) if id else None
            receipt = await self._desk.take(mark, key)
        except Invalid as error:
            self._refused(SOURCE, "invalid")
            return refusal(400, error, error.field)
        except RequestIdReused as error:
            self._refused(SOURCE, "invalid")
            return refusal(422, error, "request_id")
        except TooFewReplicas as error:
            receipt = error.receipt  # it is kept here
        except NotAccepted as error:
            self._refused(SOURCE, "overloaded")
            after = error.retry_after if isinstance(error, Overloaded | StorageFull) else 1.0
            return refusal(503, error, retry_after=after)
        return answer_json(200, {"id": str(receipt.ids[0]), "replicas": receipt.replicas})

    def _mark(self, request: Request) -> Mark:
        """Return what was sent, checked. Raises Invalid."""
        body = as_utf8(request.body, request.headers.get("content-type", ""))
        sent = decode(_one, body)
        mark = Mark(
            sent.message,
            _moment("start_time", sent.start_time),
            _moment("end_time", sent.end_time),
            sent.project,
            tuple(sorted(sent.labels.items())),
            sent.link,
            request.caller,
        )
        return check_mark(mark, self._now())


def _moment(field: str, value: str | int | float) -> int:
    try:
        return parse_timestamp(value)
    except Invalid as error:
        raise Invalid(field, error.problem) from None
