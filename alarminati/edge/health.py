"""Pages for machines: is this replica well, and its figures."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from typing import Final

from alarminati.edge.exchange import Handler, Request, Response, refusal

NOTHING: Final = "there is nothing here; POST alarms to /v1/alarms"
READERS: Final = "`alarminati list` and `alarminati silence` read and silence alarms, by gRPC"
FRESH: Final = 1.0  # seconds for which figures are not made anew: it takes milliseconds each time


class Health:
    """GET /h (one byte), /healthz and /readyz (a word), /livez and /metrics."""

    def __init__(
        self,
        trouble: Callable[[], str],
        metrics: Callable[[], tuple[bytes, str]],
        ticks: Callable[[], float] = time.monotonic,
        warning: Callable[[], str] = lambda: "",
        state: Callable[[], str] = lambda: "",
    ) -> None:
        """`warning` is a sentence for people about a replica that is well; mostly empty."""
        self._warning = warning
        self._trouble = trouble  # one sentence; empty when all is well
        self._state = state  # one sentence about a replica that serves; empty: "ok"
        self._metrics = metrics  # text and its content type, made when asked
        self._ticks = ticks
        self._made: tuple[float, bytes, str] = (float("-inf"), b"", "")
        self._packed = b""  # the same, compressed once somebody asks for it

    @property
    def pages(self) -> Mapping[str, Mapping[str, Handler]]:
        """Path and method to what answers."""
        return {
            "/h": {"GET": self.byte},
            "/healthz": {"GET": self.word},
            "/livez": {"GET": self.alive},
            "/readyz": {"GET": self.word},
            "/metrics": {"GET": self.figures},
        }

    async def byte(self, request: Request) -> Response:
        """ "1" when well, "0" when not: 40 bytes in all, for pollers that pay for traffic."""
        return Response(503, b"0") if self._trouble() else Response(200, b"1")

    async def word(self, request: Request) -> Response:
        """ "ok", perhaps with what people should see to, what it still does, or the trouble."""
        trouble = self._trouble()
        if trouble:
            return Response(503, trouble.encode() + b"\n", "text/plain")
        warning = self._warning()
        said = self._state() or (f"ok: {warning}" if warning else "ok")
        return Response(200, said.encode() + b"\n", "text/plain")

    async def alive(self, request: Request) -> Response:
        """ "ok" from a process that answers at all: a new one cures neither a full disk nor a
        cluster that has lost its other replicas."""
        return Response(200, b"ok\n", "text/plain")

    async def figures(self, request: Request) -> Response:
        """Figures for Prometheus, compressed when it may be: a scrape is mostly repetition."""
        made, text, kind = self._made
        if self._ticks() >= made + FRESH:
            text, kind = self._metrics()
            self._made, self._packed = (self._ticks(), text, kind), b""
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(200, text, kind)
        if not self._packed:
            packer = zlib.compressobj(6, wbits=31)  # 31: with the head and tail of gzip
            self._packed = packer.compress(text) + packer.flush()
        return Response(200, self._packed, kind, {"content-encoding": "gzip"})


class Pages:
    """Finds what answers a request."""

    def __init__(
        self,
        pages: Mapping[str, Mapping[str, Handler]],
        *,
        elsewhere: Callable[[str], str] = lambda path: NOTHING,
    ) -> None:
        """`elsewhere` says what to do about a path that is not there, one sentence."""
        self._pages = pages
        self._elsewhere = elsewhere

    async def __call__(self, request: Request) -> Response:
        """The answer of the page, or 404, or 405."""
        page = self._pages.get(request.path)
        if page is None:
            return refusal(404, self._elsewhere(request.path))
        handler = page.get("GET" if request.method == "HEAD" else request.method)
        if handler is None:
            allowed = ", ".join(sorted(page))
            answer = refusal(405, f"use {allowed} here; {READERS}")
            return Response(405, answer.body, answer.type, {"allow": allowed})
        return await handler(request)
