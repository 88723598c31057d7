"""Probes of health checks; `core/monitors/health_checks` decides when, and judges the results.

Connections are kept between probes, because traffic costs money: over TLS 1.3 a probe costs 333
bytes on a kept connection and 2,611 on a new one (289 and 571 without TLS; measured with the
smallest of certificates, IP headers and both directions counted). A kept connection could hide a
changed name, an expired certificate or a removed listener. So it is closed after `FRESH_AFTER` and
after any bad answer, and never blamed for a failure: the same probe is repeated on a new
connection first.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import SplitResult, urlsplit

from alarminati.channels.http_client import explain, host_of
from alarminati.channels.tls import trust
from alarminati.wire.reaching import open_connection

FRESH_AFTER = 600.0  # seconds; the longest a change of name, certificate or listener goes unseen
HEAD_LIMIT = 16_384  # bytes of status line and headers
BODY_PATIENCE = 0.2  # seconds for the rest of a body
BODY_LIMIT = 4096  # a longer body is not worth reading to keep the connection

Place: TypeAlias = tuple[str, int, bool]


@dataclass(frozen=True, slots=True)
class Finding:
    """Result of a probe. `detail` is one sentence, host and status only."""

    well: bool
    detail: str


@dataclass(slots=True)
class _Line:
    """One connection to a host."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    opened: float
    reusable: bool = False


class Prober:
    """Probes addresses. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._idle: dict[Place, _Line] = {}
        self._tls: ssl.SSLContext | None = None

    async def probe(self, url: str, timeout: float) -> Finding:
        """GET `url`: 2xx or 3xx within `timeout` seconds is well. Redirects are not followed."""
        try:
            async with asyncio.timeout(timeout):
                status = await self._ask(urlsplit(url))
        except TimeoutError:
            return Finding(False, f"no answer from {host_of(url)} within {timeout:g} s")
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as error:
            return Finding(False, explain(error, host_of(url)))
        return Finding(200 <= status < 400, f"{host_of(url)} answered {status}")

    async def close(self) -> None:
        """Close the kept connections."""
        while self._idle:
            writer = self._idle.popitem()[1].writer
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _ask(self, url: SplitResult) -> int:
        """Return the status. Raises OSError, EOFError, LimitOverrunError, ValueError."""
        place = _place(url)
        kept = self._idle.pop(place, None)
        if kept is not None and self._fresh(kept):
            try:
                return await self._exchange(kept, place, url)
            except (OSError, EOFError):
                pass  # the other end closed it while idle
        elif kept is not None:
            kept.writer.transport.abort()
        return await self._exchange(await self._connect(place), place, url)

    def _fresh(self, line: _Line) -> bool:
        young = self._now() - line.opened < FRESH_AFTER
        return young and not line.reader.at_eof() and not line.writer.is_closing()

    async def _connect(self, place: Place) -> _Line:
        host, port, secure = place
        if secure and self._tls is None:
            self._tls = trust("")
        reader, writer = await open_connection(
            host, port, secure=self._tls if secure else None, limit=HEAD_LIMIT
        )
        return _Line(reader, writer, self._now())

    async def _exchange(self, line: _Line, place: Place, url: SplitResult) -> int:
        """Ask on a connection; keep it when it can serve again, else close it."""
        line.reusable = False
        try:
            line.writer.write(_request(url))
            await line.writer.drain()
            return await _status(line)
        finally:
            if line.reusable and place not in self._idle:
                self._idle[place] = line
            else:
                # Not close(): the rest of a long body must not be waited for or paid for.
                line.writer.transport.abort()


def _place(url: SplitResult) -> Place:
    secure = url.scheme == "https"
    return (url.hostname or "", url.port or (443 if secure else 80), secure)


def _request(url: SplitResult) -> bytes:
    """Return the shortest request. User-Agent stays in: some firewalls refuse requests without."""
    path = f"{url.path or '/'}{'?' + url.query if url.query else ''}"
    host = url.netloc.rpartition("@")[2]
    return f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: alarminati\r\n\r\n".encode()


async def _status(line: _Line) -> int:
    """Return an answer's status; mark the connection reusable when all of it was read."""
    status, headers = await _head(line.reader)
    while status < 200:
        status, headers = await _head(line.reader)
    size = "0" if status in (204, 304) else headers.get("content-length", "")
    stays = headers.get("connection", "").lower() != "close"
    if 200 <= status < 400 and stays and size.isdecimal() and int(size) <= BODY_LIMIT:
        # The status has decided; a body that breaks off or dawdles only costs the connection.
        with contextlib.suppress(OSError, EOFError):
            async with asyncio.timeout(BODY_PATIENCE):
                await line.reader.readexactly(int(size))
                line.reusable = True
    return status


async def _head(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """Return status and headers. Raises ValueError when this is not HTTP/1.1."""
    first = (await reader.readuntil(b"\n")).decode("latin-1")
    version, _, rest = first.partition(" ")
    if not version.startswith("HTTP/1.") or not rest[:3].isdecimal():
        raise ValueError("not HTTP")
    headers = {} if version == "HTTP/1.1" else {"connection": "close"}
    return int(rest[:3]), await _headers(reader, headers)


async def _headers(reader: asyncio.StreamReader, headers: dict[str, str]) -> dict[str, str]:
    room = HEAD_LIMIT
    while (line := await reader.readuntil(b"\n")) not in (b"\r\n", b"\n"):
        room -= len(line)
        if room < 0:
            return {"connection": "close"}
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    return headers
