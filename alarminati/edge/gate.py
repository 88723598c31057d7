"""The gate of the HTTP door: who may report, and how often.

A source is known by a token, by a signature, or by both; who is neither is anonymous. Tokens and
pace are looked at as soon as the head of a request is there (`head`), so that nobody can fill our
memory with bodies who would not be heard anyway; signatures need the body (`whole`). A source's
pace is charged only for what is surely its own, so forged requests do not use it up.

A signed request is good once: it gets a request id made of its signature, which is kept with its
alarms in the journal. So a replay, to any replica, before or after a restart, is answered as the
first one was and changes nothing, and a sender that lost our answer may safely send again. A
signature says nothing of the path: to another page, where the same body may mean something else, a
replay is the same id with another content, and refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from alarminati.core.bounded.rate_limiter import RateLimiter
from alarminati.edge.exchange import Request, Response, refusal
from alarminati.edge.nearness import distance, is_cross_site
from alarminati.edge.shapes.pagerduty import ENQUEUE, routing_key
from alarminati.edge.signatures import BadSignature, Signature
from alarminati.edge.tokens import holder, presented
from alarminati.wire.reasons import ErrorReason

OPEN: Final = frozenset({"/h", "/healthz", "/livez", "/readyz"})
"""Pages for everybody: they say whether the replica is well, and nothing else."""

BEATS: Final = "/heartbeat/"
"""Pages of heartbeats, whose proof is the token in their path."""

PER_REQUEST: Final = 100
"""Alarms that a request may carry before it counts as several. It is taken whatever it carries: who
sends a group whole cannot split it, and only what comes next waits."""

MEND: Final = "; `alarminati tokens create` makes one for `sources` of the configuration"


@dataclass(frozen=True, slots=True)
class Source:
    """Somebody who reports."""

    name: str
    token: str = ""  # hash as of `edge.tokens.hashed`; empty: none is asked for
    signature: Signature | None = None
    paths: frozenset[str] = frozenset()  # empty: all
    rate: float = 100.0  # requests a second in the long run, of up to PER_REQUEST alarms each
    burst: int = 1000  # at once
    page: str = ""  # path to which bodies come that prove themselves; empty: none


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Who reports without saying who it is."""

    allowed: Literal["any", "loopback", "none"] = "any"  # "loopback": see `edge.nearness`
    rate: float = 100.0  # of one address; this machine itself is not held back
    burst: int = 1000


class Gate:
    """Lets requests in. Both clocks are in seconds: one that never jumps, one since 1970."""

    def __init__(
        self,
        sources: Sequence[Source],
        anonymous: Anonymous,
        *,
        ticks: Callable[[], float],
        now: Callable[[], float],
        refused: Callable[[str, str], None] = lambda path, reason: None,
        busy: Callable[[str], int] = lambda path: 429,
    ) -> None:
        """`refused` is told path and reason; `busy` says at which status the senders to a path
        come again."""
        self._sources: dict[str, Source] = {}
        self._paces: dict[str, RateLimiter] = {}
        self.use(sources, anonymous)
        self._ticks = ticks
        self._now = now
        self._refused = refused
        self._busy = busy

    def use(self, sources: Sequence[Source], anonymous: Anonymous) -> None:
        """Let in these from now on."""
        paces = {
            source.name: self._paces[source.name]
            if self._sources.get(source.name) == source
            else RateLimiter(source.rate, source.burst, 1)
            for source in sources
        }
        self._paces = paces
        self._sources = {source.name: source for source in sources}
        self._hashes = {source.name: source.token for source in sources if source.token}
        self._signing = [source for source in sources if source.signature and not source.token]
        self._pages = {source.page: source.name for source in sources if source.page}
        self._anonymous = anonymous
        self._pace = RateLimiter(anonymous.rate, anonymous.burst)

    def head(self, request: Request) -> Response | None:
        """None: go on reading. The body of `request` has not come yet."""
        if request.path in OPEN:
            return None
        if request.path.startswith(BEATS):
            return self._paced(request, self._pace, request.whence) if distance(request) else None
        token = presented(request.headers) if self._hashes else None
        if token is not None:
            return self._with_token(request, token)
        if self._signers(request):
            return None  # `whole` decides
        if request.path in self._pages or self._carries_token(request):
            return self._paced(request, self._pace, request.whence) if distance(request) else None
        refused = self._nameless(request)
        if refused is None and distance(request):
            return self._paced(request, self._pace, request.whence)
        return refused

    def whole(self, request: Request) -> Request | Response:
        """The request as it may come in. Only for what `head` let through, which is asked again
        because other sources may count since then."""
        if request.path in OPEN or request.path.startswith(BEATS):
            return request
        token = presented(request.headers) if self._hashes else None
        if token is None and self._carries_token(request):
            token = routing_key(request.body)
        if token is None and request.path in self._pages:
            return replace(request, caller=f"source/{self._pages[request.path]}")
        if token is None:
            signers = self._signers(request)
            if signers:
                return self._signed(request, signers, charge=True)
            return self._nameless(request) or replace(request, caller=f"anonymous/{request.whence}")
        name = holder(token, self._hashes)
        if not name:
            return self._unknown(request, "token", f"the token is not known here{MEND}")
        source = self._sources[name]
        if source.signature:
            return self._signed(request, [source], charge=False)
        return replace(request, caller=f"source/{name}")

    def proves(self, name: str) -> bool:
        """Return whether that source shows a token or signature."""
        source = self._sources.get(name)
        return source is not None and bool(source.token or source.signature or source.page)

    def _carries_token(self, request: Request) -> bool:
        """Return whether the token may be in the body: PagerDuty's senders have no other place."""
        return request.path == ENQUEUE and bool(self._hashes)

    def carried(self, request: Request, alarms: int) -> None:
        """Charge for what a request that came in had in its body, see PER_REQUEST."""
        kind, _, name = request.caller.partition("/")
        extra = alarms / PER_REQUEST - 1
        if kind == "source" and name in self._paces:
            self._paces[name].charge(self._ticks(), name, extra)
        elif distance(request):
            self._pace.charge(self._ticks(), request.whence, extra)

    def _with_token(self, request: Request, token: str) -> Response | None:
        name = holder(token, self._hashes)
        if not name:
            return self._unknown(request, "token", f"the token is not known here{MEND}")
        return self._welcome(request, self._sources[name])

    def _signers(self, request: Request) -> list[Source]:
        return [
            source
            for source in self._signing
            if source.signature and source.signature.place in request.headers
        ]

    def _signed(
        self, request: Request, signers: Sequence[Source], *, charge: bool
    ) -> Request | Response:
        problem: BadSignature | None = None
        for source in signers:
            assert source.signature is not None
            try:
                mark = source.signature.check(request.headers, request.body, self._now())
            except BadSignature as error:
                problem = error
                continue
            refused = self._welcome(request, source) if charge else None
            return refused or _once(replace(request, caller=f"source/{source.name}"), mark)
        return self._unknown(request, "signature", str(problem))

    def _nameless(self, request: Request) -> Response | None:
        if is_cross_site(request):
            self._refused(request.path, "anonymous")
            return refusal(403, "a page of another site may not send this (sec-fetch-site)")
        allowed = self._anonymous.allowed
        if allowed == "any":
            return None
        far = distance(request)
        if allowed == "loopback" and not far:
            return None
        why = f", for {far}" if allowed == "loopback" else ""
        return self._unknown(request, "anonymous", f"this needs a token{why}{MEND}")

    def _welcome(self, request: Request, source: Source) -> Response | None:
        if source.paths and request.path not in source.paths:
            self._refused(request.path, "path")
            return refusal(403, f"{source.name} may post to {', '.join(sorted(source.paths))} only")
        return self._paced(request, self._paces[source.name], source.name)

    def _paced(self, request: Request, pace: RateLimiter, who: str) -> Response | None:
        wait = pace.admit(self._ticks(), who)
        if not wait:
            return None
        self._refused(request.path, "rate")
        return refusal(
            self._busy(request.path),
            f"{who} sends more than {pace.rate:g} requests a second; try again in {wait:.3g} s",
            retry_after=wait,
            reason=ErrorReason.RATE_LIMITED,
        )

    def _unknown(self, request: Request, reason: str, sentence: str) -> Response:
        self._refused(request.path, reason)
        answer = refusal(401, sentence)
        return replace(answer, headers={"www-authenticate": 'Bearer realm="alarminati"'})


def _once(request: Request, mark: str) -> Request:
    """The same under an id of its own. The header that may carry one is not signed, so whoever
    replays could change it."""
    headers = dict(request.headers) | {"idempotency-key": f"signed-{mark}"}
    return replace(request, headers=headers)
