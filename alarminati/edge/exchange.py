"""One HTTP request and its answer, whole and in memory: both are small here."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TypeAlias
from urllib.parse import parse_qs

import msgspec

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


def refusal(status: int, error: str, field: str = "", *, retry_after: float = 0) -> Response:
    """{"error": ..., "field": ...}; with `retry_after` seconds, rounded up, in the header."""
    content = {"error": error} | ({"field": field} if field else {})
    headers = {"retry-after": str(max(1, math.ceil(retry_after)))} if retry_after else {}
    return answer_json(status, content, headers)
