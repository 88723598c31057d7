"""Pages of heartbeats: a token in the path, for cron, or a name, for who may report."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol

from alarminati.core.journal.ingest import NotAccepted, Overloaded, StorageFull, TooFewReplicas
from alarminati.core.model.entries import Signal
from alarminati.core.model.validation import without_escapes
from alarminati.edge.exchange import Request, Response, answer_json, refusal
from alarminati.edge.gate import BEATS

NAMED: Final = "/v1/heartbeats/"
SOURCE: Final = "heartbeat"
WORDS: Final = 1000  # bytes of a body that are kept: the last words of a job
_SIGNALS: Final = {"": Signal.SUCCESS, "start": Signal.START, "fail": Signal.FAILURE}


class Desk(Protocol):
    """Takes signals."""

    def named(self, token: str) -> str:
        """The heartbeat whose token that is. Raises LookupError with one sentence."""
        ...

    async def signal(self, name: str, signal: Signal, comment: str = "") -> int:
        """When the next one is due, milliseconds. Raises LookupError, NotAccepted and
        TooFewReplicas."""
        ...


class HeartbeatPages:
    """GET and POST /heartbeat/TOKEN, POST /v1/heartbeats/NAME; each with /start and /fail."""

    def __init__(self, desk: Desk, refused: Callable[[str, str], None]) -> None:
        self._desk = desk
        self._refused = refused

    @staticmethod
    def is_one(path: str) -> bool:
        """Is this path one of a heartbeat?"""
        return path.startswith((BEATS, NAMED))

    async def __call__(self, request: Request) -> Response:
        """Take a signal. The answer says when the next one is due."""
        by_token = request.path.startswith(BEATS)
        who, _, how = request.path.removeprefix(BEATS if by_token else NAMED).partition("/")
        signal = _SIGNALS.get(how)
        if signal is None:
            return refusal(404, "there is nothing here; use /start or /fail, or neither")
        if request.method not in (("GET", "HEAD", "POST") if by_token else ("POST",)):
            allowed = "GET, POST" if by_token else "POST"
            answer = refusal(405, f"use {allowed} here")
            return Response(405, answer.body, answer.type, {"allow": allowed})
        try:
            name = self._desk.named(who) if by_token else who
            due = await self._desk.signal(name, signal, _words(request.body))
        except LookupError as error:
            self._refused(SOURCE, "token")
            return refusal(404, str(error))
        except TooFewReplicas:
            due = 0  # it is kept here
        except NotAccepted as error:
            self._refused(SOURCE, "overloaded")
            after = error.retry_after if isinstance(error, Overloaded | StorageFull) else 1.0
            return refusal(503, str(error), retry_after=after)
        moment = datetime.fromtimestamp(due / 1000, UTC) if due else None
        said = moment.isoformat(timespec="milliseconds") if moment else ""
        content = {"heartbeat": name} | ({"due_time": said.replace("+00:00", "Z")} if said else {})
        return answer_json(200, content)


def _words(body: bytes) -> str:
    return without_escapes(body[-WORDS:].decode(errors="replace")).strip()
