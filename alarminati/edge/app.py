"""The pages of the edge: takes alarms in by HTTP and says what became of them.

    200 {"ids": [...], "replicas": n}      safe, on that many replicas
    400 {"error": ..., "field": ...}       none was taken; sending the same again will not help
    413, 415, 404, 405                     likewise
    429, 503 with Retry-After              none was taken; send the same again, later
    503 with "ids"                         taken, but not on as many replicas as asked for

The header Idempotency-Key (or X-Request-Id) makes sending again safe; ?min_replicas=N asks for more
copies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Protocol

from alarminati.core.entries import Alarm, EntryId
from alarminati.core.intake import Invalid, check_request_id
from alarminati.core.reception import (
    NotAccepted,
    Overloaded,
    Reception,
    StorageFull,
    TooFewReplicas,
)
from alarminati.edge import alertmanager, reports
from alarminati.edge.exchange import JSON, Answer, Handler, Request, answer_json, refusal
from alarminati.edge.health import Health, Pages

Read = Callable[[bytes, int, str], list[Alarm]]
"""From a body, the time and a request id to checked alarms. Raises Invalid."""

Guard = Callable[[Request], Answer | None]
"""May this request come in? None: yes. The one place for authentication."""


UNSAID: Final = ("", "application/x-www-form-urlencoded", "text/plain")
"""Content types that programs send when nobody told them which; curl's is the second."""


class Witness(Protocol):
    """Counts what happens at a door."""

    def accepted(self, source: str, count: int) -> None:
        """So many alarms are safe."""
        ...

    def refused(self, source: str, reason: str) -> None:
        """A request was not taken: "invalid", "overloaded", "full", "stopping", "replicas"."""
        ...

    def answered(self, route: str, seconds: float) -> None:
        """A request was answered."""
        ...


def everybody(request: Request) -> Answer | None:
    """Lets everybody in."""
    return None


@dataclass(frozen=True, slots=True)
class Inlet:
    """A page that takes alarms in."""

    path: str
    source: str
    read: Read
    busy: int  # the status at which its senders come again


INLETS: Final = (
    Inlet("/v1/alarms", reports.SOURCE, reports.read_reports, busy=429),
    # Alertmanager sends again what 5xx refused, and drops it at 429
    Inlet("/webhooks/alertmanager", alertmanager.SOURCE, alertmanager.read_notification, busy=503),
)


class Edge:
    """Answers every request of the HTTP door."""

    def __init__(
        self,
        reception: Reception,
        health: Health,
        witness: Witness,
        *,
        now: Callable[[], int],  # milliseconds since 1970 UTC
        guard: Guard = everybody,
    ) -> None:
        self._reception = reception
        self._witness = witness
        self._now = now
        self._guard = guard
        inlets = {inlet.path: {"POST": self._page(inlet)} for inlet in INLETS}
        self._pages = Pages(dict(health.pages) | inlets)

    async def __call__(self, request: Request) -> Answer:
        """The answer. Raises nothing that is the client's doing."""
        return self._guard(request) or await self._pages(request)

    def _page(self, inlet: Inlet) -> Handler:
        async def post(request: Request) -> Answer:
            start = perf_counter()
            answer = await self._take(inlet, request)
            self._witness.answered(inlet.path, perf_counter() - start)
            return answer

        return post

    async def _take(self, inlet: Inlet, request: Request) -> Answer:
        if not _may_be_json(request.headers):
            self._witness.refused(inlet.source, "invalid")
            return refusal(415, f"send JSON with Content-Type: {JSON}", "content-type")
        try:
            wanted = _min_replicas(request.parameter("min_replicas"))
            alarms = inlet.read(request.body, self._now(), _request_id(request.headers))
        except Invalid as error:
            self._witness.refused(inlet.source, "invalid")
            return refusal(400, str(error), error.field)
        return await self._accept(inlet, alarms, wanted)

    async def _accept(self, inlet: Inlet, alarms: Sequence[Alarm], wanted: int) -> Answer:
        ids: list[EntryId] = []
        replicas: int | None = None
        try:
            for start in range(0, len(alarms), reports.BATCH_LIMIT):
                batch = alarms[start : start + reports.BATCH_LIMIT]
                receipt = await self._reception.accept(
                    batch, request_id=batch[0].request_id, min_replicas=wanted
                )
                ids += receipt.ids
                replicas = min(replicas or receipt.replicas, receipt.replicas)
        except NotAccepted as error:
            return self._not_accepted(inlet, error)
        except TooFewReplicas as error:
            self._witness.refused(inlet.source, "replicas")
            ids += error.receipt.ids
            return _receipt(503, ids, error.receipt.replicas, error=str(error))
        finally:
            self._witness.accepted(inlet.source, len(ids))
        return _receipt(200, ids, replicas or 0)

    def _not_accepted(self, inlet: Inlet, error: NotAccepted) -> Answer:
        if isinstance(error, Overloaded):
            self._witness.refused(inlet.source, "overloaded")
            return refusal(inlet.busy, str(error), retry_after=error.retry_after)
        if isinstance(error, StorageFull):
            self._witness.refused(inlet.source, "full")
            return refusal(503, str(error), retry_after=error.retry_after)
        self._witness.refused(inlet.source, "stopping")
        return refusal(503, str(error), retry_after=1)


def _receipt(status: int, ids: Sequence[EntryId], replicas: int, *, error: str = "") -> Answer:
    content: dict[str, object] = {"error": error} if error else {}
    content |= {"ids": [str(id_) for id_ in ids], "replicas": replicas}
    return answer_json(status, content, {"retry-after": "1"} if error else {})


def _may_be_json(headers: Mapping[str, str]) -> bool:
    """Is it JSON by its type, or by a program such as curl that does not trouble to say so?

    A web page may send the types of forms to any address, but not without an Origin; JSON it may
    send nowhere without being asked to.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON or kind.endswith("+json"):
        return True
    return kind in UNSAID and "origin" not in headers


def _request_id(headers: Mapping[str, str]) -> str:
    return check_request_id(headers.get("idempotency-key") or headers.get("x-request-id", ""))


def _min_replicas(text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise Invalid("min_replicas", "must be a number from 0 to 999")
    return int(text)
