"""One HTTP request and its answer, whole and in memory: both are small here."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import parse_qs

import msgspec

from alarminati.wire.reasons import ErrorReason
from alarminati.wire.status import problem_of

JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked for; the body is complete and within its limit."""

    method: str
    path: str  # as sent, without the query and without a slash at its end
    query: str
    # Names in lower case; a name given twice: joined by commas.
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    whence: str = ""  # who sends it, as of `edge.whence`
    host: str = ""  # whom it is for, without the port, in lower case; empty: it does not say
    caller: str = ""  # whose request it is, once the gate knows: "source/NAME", "anonymous/WHENCE"

    def parameter(self, name: str) -> str:
        """A parameter of the query; empty when it is not given."""
        return parse_qs(self.query).get(name, [""])[0] if self.query else ""


@dataclass(frozen=True, slots=True)
class Response:
    """What it is told."""

    status: int
    body: bytes = b""
    type: str = ""  # of the body
    headers: Mapping[str, str] = field(default_factory=dict)
    closing: bool = False  # the rest of what was sent cannot be understood

    def encode(self, *, keep: bool, with_body: bool) -> bytes:
        """As bytes. Neither Date nor Server is sent: they would double a health answer."""
        lines = [_STATUS_LINES.get(self.status) or f"HTTP/1.1 {self.status} "]
        if self.type:
            lines.append(f"content-type: {self.type}")
        lines.append(f"content-length: {len(self.body)}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if not keep:
            lines.append("connection: close")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        return head + self.body if with_body else head


Handler: TypeAlias = Callable[[Request], Awaitable[Response]]

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}" for status in HTTPStatus}


def answer_json(status: int, content: object, headers: Mapping[str, str] | None = None) -> Response:
    """An answer that programs read."""
    return Response(status, msgspec.json.encode(content), JSON, headers or {})


_REASONS: Final = {
    401: ErrorReason.NO_IDENTITY,
    403: ErrorReason.ROLE_REQUIRED,
    404: ErrorReason.NOT_FOUND,
    422: ErrorReason.REQUEST_ID_REUSED,
    429: ErrorReason.OVERLOADED,
    503: ErrorReason.OVERLOADED,
}


def reason_of(status: int, error: Exception | None = None) -> str:
    """Return the reason of a refusal; empty: a failure of ours."""
    problem = problem_of(error) if error is not None else None
    if problem is not None:
        return problem.reason
    return _REASONS.get(status, ErrorReason.INVALID_FIELD if status < 500 else "")


def refusal(
    status: int,
    error: str | Exception,
    field: str = "",
    *,
    retry_after: float = 0,
    reason: str = "",
) -> Response:
    """{"error": ..., "reason": ..., "field": ...}, with `retry_after` seconds in the header.

    They are rounded up. An `error` of the core has a reason of its own.
    """
    reason = reason or reason_of(status, error if isinstance(error, Exception) else None)
    content = {"error": str(error)} | ({"reason": reason} if reason else {})
    content |= {"field": field} if field else {}
    headers = {"retry-after": str(max(1, math.ceil(retry_after)))} if retry_after else {}
    return answer_json(status, content, headers)
