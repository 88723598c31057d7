"""The pages of the edge: takes alarms in by HTTP and says what became of them.

    200 {"ids": [...], "replicas": n}      safe, on that many replicas
    400 {"error": ..., "field": ...}       none was taken; sending the same again will not help
    401, 403, 404, 405, 413, 415, 422      likewise
    429, 503 with Retry-After              none was taken; send the same again, later
    503 with "ids"                         taken, but not on as many replicas as asked for

The header Idempotency-Key makes sending again safe, and 422 says that it was used for something
else before; ?min_replicas=N asks for more copies. X-Request-Id is not looked at: a service passes
the one of its caller on to whatever it calls, so two alarms may carry the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Final, Protocol

from alarminati.core.entries import Alarm, EntryId, RequestKey, digest_of
from alarminati.core.intake import Invalid, check_request_id
from alarminati.core.reception import (
    NotAccepted,
    Overloaded,
    Reception,
    RequestIdReused,
    StorageFull,
    TooFewReplicas,
)
from alarminati.edge import alertmanager, reports
from alarminati.edge.exchange import JSON, Answer, Handler, Request, answer_json, refusal
from alarminati.edge.gate import Gate
from alarminati.edge.health import Health, Pages

Read = Callable[[bytes, int], list[Alarm]]
"""From a body and the time to checked alarms. Raises Invalid."""

UNSAID: Final = ("", "application/x-www-form-urlencoded", "text/plain")
"""Content types that programs send when nobody told them which; curl's is the second."""


class Witness(Protocol):
    """Counts what happens at a door."""

    def accepted(self, source: str, count: int) -> None:
        """So many alarms are safe."""
        ...

    def refused(self, source: str, reason: str) -> None:
        """A request was not taken: "invalid", "overloaded", "full", "stopping", "replicas"; or not
        let in: "token", "signature", "anonymous", "path", "rate"."""
        ...

    def answered(self, route: str, seconds: float) -> None:
        """A request was answered."""
        ...


@dataclass(frozen=True, slots=True)
class Inlet:
    """A page that takes alarms in."""

    path: str
    source: str
    read: Read
    busy: int  # the status at which its senders come again
    resends: bool = False  # its senders say again and again what they have said: see core.resent


INLETS: Final = (
    Inlet("/v1/alarms", reports.SOURCE, reports.read_reports, busy=429),
    # Alertmanager sends again what 5xx refused, and drops it at 429
    Inlet("/webhooks/alertmanager", alertmanager.SOURCE, alertmanager.read_notification, busy=503),
    # Prometheus drops what is refused at any status; other senders follow Alertmanager
    Inlet("/api/v2/alerts", alertmanager.DIRECT, alertmanager.read_alerts, busy=503, resends=True),
)
_BY_PATH: Final = {inlet.path: inlet for inlet in INLETS}
ELSEWHERE: Final = "elsewhere"
"""Stands for the door of requests to pages where no alarms are taken in."""


def busy(path: str) -> int:
    """The status at which the senders to a page come again."""
    return _BY_PATH[path].busy if path in _BY_PATH else 429


def source_of(path: str) -> str:
    """The door a request came to, for figures: one of few, whatever strangers ask for."""
    return _BY_PATH[path].source if path in _BY_PATH else ELSEWHERE


class Edge:
    """Answers every request of the HTTP door."""

    def __init__(
        self,
        reception: Reception,
        health: Health,
        witness: Witness,
        *,
        now: Callable[[], int],  # milliseconds since 1970 UTC
        gate: Gate,
        known: Callable[[Alarm], EntryId | None] = lambda alarm: None,
    ) -> None:
        """`known` is the entry that says already what an alarm says."""
        self._reception = reception
        self._witness = witness
        self._now = now
        self._gate = gate
        self._known = known
        inlets = {inlet.path: {"POST": self._page(inlet)} for inlet in INLETS}
        self._pages = Pages(dict(health.pages) | inlets)

    async def __call__(self, request: Request) -> Answer:
        """The answer. Raises nothing that is the client's doing."""
        admitted = self._gate.whole(request)
        return await self._pages(admitted) if isinstance(admitted, Request) else admitted

    def head(self, request: Request) -> Answer | None:
        """May the body of this request be sent? None: yes."""
        return self._gate.head(request)

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
            key = _key(request)
            alarms = inlet.read(request.body, self._now())
        except Invalid as error:
            self._witness.refused(inlet.source, "invalid")
            status = 413 if isinstance(error, reports.TooMany) else 400
            return refusal(status, str(error), error.field)
        if not inlet.resends:
            return await self._accept(inlet, alarms, wanted, [], key)
        known = {place: id_ for place, alarm in enumerate(alarms) if (id_ := self._known(alarm))}
        news = [alarm for place, alarm in enumerate(alarms) if place not in known]
        return await self._accept(inlet, news, wanted, list(known.values()), key)

    async def _accept(
        self,
        inlet: Inlet,
        alarms: Sequence[Alarm],
        wanted: int,
        ids: list[EntryId],
        key: RequestKey | None,
    ) -> Answer:
        """Take them in; `ids` are of what was taken in before and only said again."""
        said, copies = list(ids), list[int]()
        try:
            if alarms:
                receipt = await self._reception.accept(alarms, request=key, min_replicas=wanted)
                said += receipt.ids
                copies.append(receipt.replicas)
            if ids:
                receipt = await self._reception.confirm(ids, min_replicas=wanted)
                copies.append(receipt.replicas)
        except NotAccepted as error:
            return self._not_accepted(inlet, error)
        except RequestIdReused as error:
            self._witness.refused(inlet.source, "invalid")
            return refusal(422, str(error), "request_id")
        except TooFewReplicas as error:
            self._witness.refused(inlet.source, "replicas")
            said = list(dict.fromkeys([*said, *error.receipt.ids]))
            return _receipt(503, said, error.receipt.replicas, error=str(error))
        finally:
            self._witness.accepted(inlet.source, len(said))
        return _receipt(200, said, min(copies, default=0))

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


def _key(request: Request) -> RequestKey | None:
    """What makes the same request known when it is sent again. Raises Invalid."""
    id_ = check_request_id(request.headers.get("idempotency-key", ""))
    if not id_:
        return None
    return RequestKey(request.caller, id_, digest_of(request.path.encode(), request.body))


def _min_replicas(text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 3:
        raise Invalid("min_replicas", "must be a number from 0 to 999")
    return int(text)
