"""The pages of the edge: takes alarms in by HTTP and says what became of them.

    200 {"ids": [...], "replicas": n}      safe, on that many replicas
    200 with "refused": [...]              likewise, all but those; where senders cannot mend them
    400 {"error": ..., "field": ...}       none was taken; sending the same again will not help
    400 with "ids" and "refused"           those are safe, the refused ones must be mended
    401, 403, 404, 405, 413, 415, 422      likewise
    429, 503 with Retry-After              send the same again, later; "ids" are safe already
    503 with "replicas"                    taken, but not on as many replicas as asked for

The header Idempotency-Key makes sending again safe, and 422 says that it was used for something
else before; ?min_replicas=N asks for more copies. X-Request-Id is not looked at: a service passes
the one of its caller on to whatever it calls, so two alarms may carry the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from logging import getLogger
from time import perf_counter
from typing import Final, Protocol, TypeAlias

import msgspec

from alarminati.core.journal.ingest import (
    FiringLimit,
    Ingest,
    NotAccepted,
    Overloaded,
    Receipt,
    RequestIdReused,
    Stalled,
    StorageFull,
    TooFewReplicas,
)
from alarminati.core.model.entries import Alarm, EntryId, RequestKey, digest_of
from alarminati.core.model.validation import ALARM_SIZE, REQUEST_ID_LIMIT, Invalid, check_request_id
from alarminati.edge import reports
from alarminati.edge.alertmanager import Judge, believe
from alarminati.edge.alertmanager_api import AlertmanagerPages
from alarminati.edge.bodies import Item, as_utf8
from alarminati.edge.exchange import JSON, Handler, Request, Response, reason_of, refusal
from alarminati.edge.gate import Gate
from alarminati.edge.health import Health, Pages
from alarminati.edge.heartbeats import HeartbeatPages
from alarminati.edge.inlets import IngestRoute, Inlets
from alarminati.edge.marks import MARKS, MarkPage
from alarminati.edge.shapes.inbound import Inbound
from alarminati.edge.shapes.reading import unpacked

_log = getLogger(__name__)

BREATH: Final = 0.005  # seconds of reading after which others have their turn
SHOWN: Final = 20  # refused alarms that an answer names

UNSAID: Final = ("", "application/x-www-form-urlencoded", "text/plain")
"""Content types that programs send when nobody told them which; curl's is the second."""


class RequestObserver(Protocol):
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


Change: TypeAlias = tuple[str, str]
"""The fingerprint of an alarm, and what its report changed, e.g. "started"."""


@dataclass(slots=True)
class _Taken:
    """What has become of a request so far."""

    ids: list[EntryId] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)  # of each id, where senders read it
    replicas: int | None = None
    refused: list[Invalid] = field(default_factory=list)
    limited: list[FiringLimit] = field(default_factory=list)  # what may not begin to fire
    notes: list[str] = field(default_factory=list)  # what its sender should know
    answer: dict[str, str] = field(default_factory=dict)  # what its sender expects to read
    slices: int = 0

    @property
    def seen(self) -> int:
        """How many alarms it had, whatever became of them."""
        limited = sum(len(each.places) for each in self.limited)
        return len(self.ids) + len(self.refused) + limited

    def add(self, receipt: Receipt) -> None:
        """Note what is safe now."""
        if receipt.refused is not None:
            self.limited.append(receipt.refused)
        self.ids += receipt.ids
        self.replicas = min(self.replicas or receipt.replicas, receipt.replicas)


class Edge:
    """Answers every request of the HTTP door."""

    def __init__(
        self,
        reception: Ingest,
        health: Health,
        witness: RequestObserver,
        *,
        now: Callable[[], int],  # milliseconds since 1970 UTC
        gate: Gate,
        inlets: Inlets,
        known: Callable[[Alarm], EntryId | None] = lambda alarm: None,
        judge: Judge = believe,
        prefix: Callable[[], str] = str,
        change: Callable[[Alarm, EntryId], Change] | None = None,
        beats: HeartbeatPages | None = None,
        alarm_size: int = ALARM_SIZE,  # bytes
        reading: AlertmanagerPages | None = None,
        marks: MarkPage | None = None,
    ) -> None:
        """`known` is the entry that says already what an alarm says, `judge` says what an alert's
        end means; with what `prefix` says before them paths are those without it, too."""
        self._reception = reception
        self._witness = witness
        self._now = now
        self._gate = gate
        self._known = known
        self._judge = judge
        self._change = change
        self._beats = beats
        self._alarm_size = alarm_size
        self._reading = reading
        self._marks = marks
        self._prefix = prefix
        self._inlets = inlets
        self._always = dict(health.pages)
        self._routes: dict[str, IngestRoute] = {}
        self._pages = Pages(self._always)

    async def __call__(self, request: Request) -> Response:
        """The answer. Raises nothing that is the client's doing."""
        admitted = self._gate.whole(self._placed(request))
        if not isinstance(admitted, Request):
            return admitted
        if self._beats is not None and self._beats.is_one(admitted.path):
            return await self._beats(admitted)
        if self._reading is not None and self._reading.is_one(admitted):
            return await self._read(self._reading, admitted)
        if self._marks is not None and admitted.path == MARKS:
            return await self._marks(admitted)
        if self._routes is not self._inlets.routes:
            self._routes = self._inlets.routes
            pages = {path: {"POST": self._page(inlet)} for path, inlet in self._routes.items()}
            self._pages = Pages(self._always | pages, elsewhere=self._inlets.elsewhere)
        return await self._pages(admitted)

    async def _read(self, pages: AlertmanagerPages, request: Request) -> Response:
        try:
            return await pages(request)
        except NotAccepted as error:
            return refusal(503, error, retry_after=1.0)
        except TooFewReplicas as error:
            return refusal(503, error, retry_after=1.0)

    def head(self, request: Request) -> Response | None:
        """May the body of this request be sent? None: yes."""
        return self._gate.head(self._placed(request))

    def placed(self, path: str) -> str:
        """A path without the prefix that senders may put before it."""
        prefix = self._prefix()
        return path.removeprefix(prefix) if prefix and path.startswith(f"{prefix}/") else path

    def _placed(self, request: Request) -> Request:
        path = self.placed(request.path)
        return request if path == request.path else replace(request, path=path)

    def _page(self, inlet: IngestRoute) -> Handler:
        async def post(request: Request) -> Response:
            start = perf_counter()
            answer = await self._take(inlet, request)
            self._witness.answered(inlet.path, perf_counter() - start)
            return answer

        return post

    async def _take(self, inlet: IngestRoute, request: Request) -> Response:
        if not _may_be_taken(request.headers, inlet.free):
            self._witness.refused(inlet.source, "invalid")
            return refusal(415, f"send JSON with Content-Type: {JSON}", "content-type")
        if inlet.owner and not self._is_of(request, inlet.owner):
            self._witness.refused(inlet.source, "path")
            return refusal(403, f"only the source {inlet.owner} may post here; use its token")
        if inlet.prove is not None:
            proven = await inlet.prove(request)
            if isinstance(proven, Response):
                self._witness.refused(inlet.source, "signature")
                return proven
            request = proven
        taken = _Taken()
        try:
            wanted = _min_replicas(request.parameter("min_replicas"))
            key = _key(request)
            inbound = self._inbound(inlet, request, taken)
            items = inlet.read(inbound)
            async for batch in _batches(items, taken.refused):
                await self._accept(inlet, batch, _slice_of(key, taken.slices), wanted, taken)
                taken.slices += 1
        except Invalid as error:
            self._witness.refused(inlet.source, "invalid")
            status = 413 if isinstance(error, reports.TooMany) else 400
            return refusal(status, error, error.field)
        except RequestIdReused as error:
            self._witness.refused(inlet.source, "invalid")
            return refusal(422, error, "request_id")
        except NotAccepted as error:
            return self._not_accepted(inlet, error, taken)
        except TooFewReplicas as error:
            self._witness.refused(inlet.source, "replicas")
            taken.add(error.receipt)
            return _receipt(503, taken, error.receipt.replicas, error=str(error), why=error)
        finally:
            self._witness.accepted(inlet.source, len(taken.ids))
            self._gate.carried(request, taken.seen)
        return self._answer(inlet, taken)

    def _is_of(self, request: Request, owner: str) -> bool:
        """Return whether the request is of that source, or of anybody where it has no proof."""
        return request.caller == f"source/{owner}" or not self._gate.proves(owner)

    def _inbound(self, inlet: IngestRoute, request: Request, taken: _Taken) -> Inbound:
        """Return the body for its reader. Raises Invalid."""
        inbound = Inbound(
            request.body,
            self._now(),
            request.headers,
            inlet.path,
            inlet.source,
            self._inlets.words(inlet.path),
            self._alarm_size,
            self._judge,
            notes=taken.notes,
            answer=taken.answer,
        )
        if inlet.free:
            return unpacked(inbound)
        kind = request.headers.get("content-type", "")
        return replace(inbound, body=as_utf8(request.body, kind))

    async def _accept(
        self,
        inlet: IngestRoute,
        alarms: Sequence[Alarm],
        key: RequestKey | None,
        wanted: int,
        taken: _Taken,
    ) -> None:
        """Take them in, but for what was taken in before and is only said again."""
        said: list[EntryId] = []
        if inlet.resends:
            known = [self._known(alarm) for alarm in alarms]
            said = [id_ for id_ in known if id_]
            alarms = [alarm for alarm, id_ in zip(alarms, known, strict=True) if not id_]
        if alarms:
            accepted = self._reception.accept(alarms, request=key, min_replicas=wanted)
            try:
                receipt = await accepted
                taken.add(receipt)
                self._note(inlet, alarms, receipt, taken)
            except FiringLimit as error:
                taken.limited.append(error)
        if said:
            taken.add(await self._reception.confirm(said, min_replicas=wanted))

    def _note(
        self, inlet: IngestRoute, alarms: Sequence[Alarm], receipt: Receipt, taken: _Taken
    ) -> None:
        """Note what became of each, for senders that read answers."""
        if self._change is None or inlet.tool:
            return
        left = set(receipt.refused.places) if receipt.refused is not None else set()
        kept = (alarm for place, alarm in enumerate(alarms) if place not in left)
        for alarm, id_ in zip(kept, receipt.ids, strict=False):  # those of the first time, if again
            taken.changes.append(self._change(alarm, id_))

    def _answer(self, inlet: IngestRoute, taken: _Taken) -> Response:
        refused = taken.refused
        if taken.limited:
            return self._limited(inlet, taken)
        if not refused:
            return _receipt(inlet.status, taken, taken.replicas or 0)
        for _ in refused:
            self._witness.refused(inlet.source, "invalid")
        first, several = refused[0], len(refused) > 1 or bool(taken.ids)
        if inlet.tool:
            _log.warning("%s: %d alerts refused, first %a", inlet.path, len(refused), str(first))
        if not taken.ids:
            more = f" (and {len(refused) - 1} more)" if several else ""
            return refusal(400, str(first) + more, first.field)
        if inlet.tool:  # 4xx would lose what comes behind, or bring it all again
            return _receipt(inlet.status, taken, taken.replicas or 0)
        safe = f"{len(taken.ids)} taken, {len(refused)} refused; {first}"
        return _receipt(400, taken, taken.replicas or 0, error=safe, field=first.field, why=first)

    def _limited(self, inlet: IngestRoute, taken: _Taken) -> Response:
        """Some may not begin to fire. Their sender may come again, with all of them."""
        limit = taken.limited[0]
        count = sum(len(each.places) for each in taken.limited)
        whole = FiringLimit(range(count), limit.why)
        said = str(whole)
        for _ in range(count):
            self._witness.refused(inlet.source, "firing_limit")
        answer = refusal(inlet.busy, whole, retry_after=limit.retry_after)
        if not taken.ids:
            return answer
        said += "; the others were taken"
        return replace(answer, body=_content(taken, taken.replicas or 0, said, why=whole))

    def _not_accepted(self, inlet: IngestRoute, error: NotAccepted, taken: _Taken) -> Response:
        status, after, reason = 503, 1.0, "stopping"
        if isinstance(error, Overloaded):
            status, after, reason = inlet.busy, error.retry_after, "overloaded"
        elif isinstance(error, StorageFull):
            after, reason = error.retry_after, "full"
        elif isinstance(error, Stalled):
            after, reason = error.retry_after, "stalled"
        self._witness.refused(inlet.source, reason)
        answer = refusal(status, error, retry_after=after)
        if not taken.ids:
            return answer
        said = f"{len(taken.ids)} were taken, then: {error}"
        return replace(answer, body=_content(taken, taken.replicas or 0, said, why=error))


async def _batches(items: Iterator[Item], refused: list[Invalid]) -> AsyncIterator[Sequence[Alarm]]:
    """The good ones, as many as are taken at once; reading them holds nobody up."""
    batch: list[Alarm] = []
    start = perf_counter()
    for item in items:
        if isinstance(item, Alarm):
            batch.append(item)
        elif item is not None:
            refused.append(item)
        if len(batch) == reports.BATCH_LIMIT:
            yield batch
            batch = []
        elif perf_counter() - start < BREATH:
            continue
        await asyncio.sleep(0)
        start = perf_counter()
    if batch:
        yield batch


def _slice_of(key: RequestKey | None, number: int) -> RequestKey | None:
    """Each slice of a request under an id of its own; else the second would count as the first."""
    if key is None or not number:
        return key
    return replace(key, id=f"{key.id[: REQUEST_ID_LIMIT - 8]}+{number}")


def _receipt(
    status: int,
    taken: _Taken,
    replicas: int,
    *,
    error: str = "",
    field: str = "",
    why: Exception | None = None,
) -> Response:
    headers = {"retry-after": "1"} if status == 503 else {}
    return Response(status, _content(taken, replicas, error, field, why), JSON, headers)


def _content(
    taken: _Taken,
    replicas: int,
    error: str = "",
    field: str = "",
    why: Exception | None = None,
) -> bytes:
    content: dict[str, object] = {"error": error} if error else dict(taken.answer)
    content |= {"reason": reason_of(0, why)} if why is not None else {}
    content |= {"field": field} if field else {}
    content |= {"ids": [str(id_) for id_ in taken.ids], "replicas": replicas}
    if taken.changes and len(taken.changes) == len(taken.ids):
        content |= {
            "fingerprints": [fingerprint for fingerprint, _ in taken.changes],
            "effects": [effect for _, effect in taken.changes],
        }
    if taken.refused:
        named = [{"field": each.field, "error": str(each)} for each in taken.refused[:SHOWN]]
        content |= {"refused": named, "refused_count": len(taken.refused)}
    if taken.notes:
        content["notes"] = taken.notes[:SHOWN]
    return msgspec.json.encode(content)


def _may_be_taken(headers: Mapping[str, str], free: bool) -> bool:
    """Is it JSON by its type, or by a program such as curl that does not trouble to say so? At a
    `free` page it may be anything.

    A web page may send the types of forms to any address, but not without an Origin; JSON it may
    send nowhere without being asked to.
    """
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == JSON or kind.endswith("+json"):
        return True
    return (free or kind in UNSAID) and "origin" not in headers


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
