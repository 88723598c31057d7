"""Probes of health checks by HTTP; `core/monitors/health_checks` decides when, and what follows.

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
from urllib.parse import urlsplit

from alarminati.agent.master_tasks.other_probes import OtherProbes
from alarminati.channels.http_client import explain, host_of
from alarminati.channels.tls import trust
from alarminati.core.monitors.targets import Target
from alarminati.wire.reaching import open_connection

FRESH_AFTER = 600.0  # seconds; the longest a change of name, certificate or listener goes unseen
HEAD_LIMIT = 16_384  # bytes of status line and headers
BODY_PATIENCE = 0.2  # seconds for the rest of a body
BODY_LIMIT = 4096  # a longer body is not worth reading to keep the connection

SEARCHED = 65_536  # bytes of a body in which a text is looked for
DAY = 86_400

Place: TypeAlias = tuple[str, int, bool, str]


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


@dataclass(frozen=True, slots=True)
class _Answer:
    """Answer of an HTTP server. `ends`: end of its certificate, seconds since 1970; 0: no TLS."""

    status: int
    body: bytes
    ends: float


class Prober:
    """Probes addresses. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._idle: dict[Place, _Line] = {}
        self._tls: dict[str, ssl.SSLContext] = {}
        self._others = OtherProbes()

    async def probe(self, target: Target, timeout: float) -> Finding:
        """Ask a target; redirects are not followed. It is down when `timeout` seconds pass."""
        host = host_of(target.url)
        try:
            async with asyncio.timeout(timeout):
                if target.scheme not in ("http", "https"):
                    return Finding(*await self._others.ask(target, host))
                return _judged(target, await self._ask(target), host)
        except TimeoutError:
            return Finding(False, f"no answer from {host} within {timeout:g} s")
        except (OSError, EOFError, asyncio.LimitOverrunError, ValueError) as error:
            return Finding(False, explain(error, host))

    async def close(self) -> None:
        """Close the kept connections."""
        await self._others.close()
        while self._idle:
            writer = self._idle.popitem()[1].writer
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _ask(self, target: Target) -> _Answer:
        """Return the answer. Raises OSError, EOFError, LimitOverrunError, ValueError."""
        place = _place(target)
        kept = self._idle.pop(place, None)
        if kept is not None and self._fresh(kept):
            try:
                return await self._exchange(kept, place, target)
            except (OSError, EOFError):
                pass  # the other end closed it while idle
        elif kept is not None:
            kept.writer.transport.abort()
        return await self._exchange(await self._connect(place), place, target)

    def _fresh(self, line: _Line) -> bool:
        young = self._now() - line.opened < FRESH_AFTER
        return young and not line.reader.at_eof() and not line.writer.is_closing()

    async def _connect(self, place: Place) -> _Line:
        host, port, secure, ca = place
        if secure and ca not in self._tls:
            self._tls[ca] = trust(ca)
        reader, writer = await open_connection(
            host, port, secure=self._tls[ca] if secure else None, limit=HEAD_LIMIT
        )
        return _Line(reader, writer, self._now())

    async def _exchange(self, line: _Line, place: Place, target: Target) -> _Answer:
        """Ask on a connection; keep it when it can serve again, else close it."""
        line.reusable = False
        try:
            line.writer.write(_request(target))
            await line.writer.drain()
            status, body = await _answer(line, target)
            return _Answer(status, body, _end(line.writer))
        finally:
            if line.reusable and place not in self._idle:
                self._idle[place] = line
            else:
                # Not close(): the rest of a long body must not be waited for or paid for.
                line.writer.transport.abort()


def _judged(target: Target, answer: _Answer, host: str) -> Finding:
    said = f"{host} answered {answer.status}"
    if not target.fits(answer.status):
        return Finding(False, said)
    if target.contains and target.contains.encode() not in answer.body:
        return Finding(False, f"{said}, and its body lacks the text that it must hold")
    days = int((answer.ends - time.time()) // DAY)
    if target.certificate_days and answer.ends and days < target.certificate_days:
        return Finding(False, f"the certificate of {host} ends in {days} days; renew it")
    return Finding(True, said)


def _end(writer: asyncio.StreamWriter) -> float:
    """Return the end of the server's certificate; 0: there is none."""
    secured = writer.get_extra_info("ssl_object")
    shown = secured.getpeercert() if secured is not None else None
    end = (shown or {}).get("notAfter")
    return float(ssl.cert_time_to_seconds(end)) if isinstance(end, str) else 0.0


def _place(target: Target) -> Place:
    url = urlsplit(target.url)
    secure = url.scheme == "https"
    return (url.hostname or "", url.port or (443 if secure else 80), secure, target.ca)


def _request(target: Target) -> bytes:
    """Return the shortest request. User-Agent stays in: some firewalls refuse requests without."""
    url, own = urlsplit(target.url), dict(target.headers)
    path = f"{url.path or '/'}{'?' + url.query if url.query else ''}"
    given = {name.lower() for name in own}
    lines = [f"{target.method} {path} HTTP/1.1"]
    lines += [] if "host" in given else [f"Host: {url.netloc.rpartition('@')[2]}"]
    lines += [] if "user-agent" in given else ["User-Agent: alarminati"]
    lines += [f"{name}: {value}" for name, value in own.items()]
    lines += ["Content-Length: 0"] if target.method in ("POST", "PUT", "PATCH") else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


async def _answer(line: _Line, target: Target) -> tuple[int, bytes]:
    """Return status and the body where it is looked at; mark a connection that can serve again."""
    status, headers = await _head(line.reader)
    while status < 200:
        status, headers = await _head(line.reader)
    bare = status in (204, 304) or target.method == "HEAD"
    size = "0" if bare else headers.get("content-length", "")
    stays = headers.get("connection", "").lower() != "close" and target.fits(status)
    if target.contains and target.fits(status):
        chunked = "chunked" in headers.get("transfer-encoding", "").lower()
        body, whole = await _body(line.reader, size, chunked=chunked and not bare)
        line.reusable = stays and whole
        return status, body
    if stays and size.isdecimal() and int(size) <= BODY_LIMIT:
        # The status has decided; a body that breaks off or dawdles only costs the connection.
        with contextlib.suppress(OSError, EOFError):
            async with asyncio.timeout(BODY_PATIENCE):
                await line.reader.readexactly(int(size))
                line.reusable = True
    return status, b""


async def _body(reader: asyncio.StreamReader, size: str, *, chunked: bool) -> tuple[bytes, bool]:
    """Return the beginning of a body, and whether that is all of it."""
    if size.isdecimal() and not chunked:
        wanted = min(int(size), SEARCHED)
        return await reader.readexactly(wanted), wanted == int(size)
    body = b""
    while len(body) < SEARCHED:
        if not chunked:
            piece = await reader.read(SEARCHED)
            if not piece:
                return body, False
            body += piece
            continue
        length = int((await reader.readuntil(b"\n")).partition(b";")[0].strip() or b"0", 16)
        if not length:
            return body, await reader.readuntil(b"\n") in (b"\r\n", b"\n")
        body += await reader.readexactly(min(length, SEARCHED))
        if length > SEARCHED:
            break
        await reader.readuntil(b"\n")
    return body, False


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
