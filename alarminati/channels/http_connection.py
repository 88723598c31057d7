"""Connection to an HTTP/1.1 server: one request at a time, head and body in one write."""

from __future__ import annotations

import asyncio
import re
import select
import socket
from collections.abc import Mapping
from contextlib import suppress

from alarminati.channels.http_reader import NotHttp, ResponseReader

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_VALUE = re.compile(r"(?:[!-~\x80-\xff](?:[\t -~\x80-\xff]*[!-~\x80-\xff])?)?")
_KEPT = re.compile(r"(?:^|[ ,;])timeout=(\d{1,6})", re.IGNORECASE)

# So that routers on the way do not forget a kept connection: seconds, seconds, number.
_PROBES = ((socket.TCP_KEEPIDLE, 30), (socket.TCP_KEEPINTVL, 10), (socket.TCP_KEEPCNT, 3))


class BadRequest(ValueError):
    """The request cannot be written: a header is not one."""


class Closed(ConnectionError):
    """The server closed the connection before its answer was complete."""


def request(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """Return the bytes of a request. Raises BadRequest."""
    lines = [f"{method} {target} HTTP/1.1"]
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not _VALUE.fullmatch(value.strip(" \t")):
            raise BadRequest("a header is not one")
        lines.append(f"{name}: {value}")
    return "\r\n".join((*lines, "", "")).encode("latin-1") + body


class Connection(asyncio.Protocol):
    """One connection; `transport` is there once it is made."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.lost = False  # nothing can be sent any longer
        self._reader: ResponseReader | None = None
        self._linger: float | None = None
        self._done: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    async def exchange(
        self, sent: bytes, reader: ResponseReader, linger: float | None = None
    ) -> None:
        """Send a request and return when its answer is read.

        With `linger`, so many seconds behind the head are enough. Raises Closed, NotHttp, OSError;
        what was read until then is in `reader`.
        """
        if self.lost:
            raise Closed
        self._reader, self._linger = reader, linger
        self._done = asyncio.get_running_loop().create_future()
        try:
            self.transport.write(sent)
            await self._done
        finally:
            self._reader = self._done = None
            if self._timer is not None:
                self._timer.cancel()

    def reusable(self, reader: ResponseReader) -> bool:
        """Return whether another request may follow that answer."""
        sent = not self.transport.get_write_buffer_size()
        return reader.reusable and sent and not self.lost and not self.transport.is_closing()

    @property
    def stale(self) -> bool:
        """Return whether an idle connection has something to read: nearly always its end."""
        if self.lost or self.transport.is_closing():
            return True
        ready = select.poll()
        ready.register(self.transport.get_extra_info("socket").fileno(), select.POLLIN)
        return bool(ready.poll(0))

    def probe(self) -> None:
        """Have the system test the connection while it is idle."""
        place = self.transport.get_extra_info("socket")
        with suppress(OSError, AttributeError):
            place.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for option, value in _PROBES:
                place.setsockopt(socket.IPPROTO_TCP, option, value)

    def abort(self) -> None:
        """Close at once."""
        self.lost = True
        self.transport.abort()

    # Called by the loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the transport."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Read an answer; bytes without a request end the connection."""
        reader = self._reader
        if reader is None or self._done is None or self._done.done():
            self.abort()
            return
        try:
            reader.feed(data)
        except NotHttp as error:
            self._finish(error)
        else:
            if reader.done:
                self._finish(None)
            elif reader.begun and self._linger is not None and self._timer is None:
                loop = asyncio.get_running_loop()
                self._timer = loop.call_later(self._linger, self._finish, None)

    def eof_received(self) -> None:
        """Handle the end of what the server sends."""
        self.lost = True
        if self._reader is not None:
            self._reader.end()
            self._finish(None if self._reader.done else Closed())

    def connection_lost(self, exc: Exception | None) -> None:
        """Handle the end of the connection."""
        self.lost = True
        self._finish(exc or Closed())

    def _finish(self, error: Exception | None) -> None:
        if self._done is None or self._done.done():
            return
        if error is None:
            self._done.set_result(None)
        else:
            self._done.set_exception(error)


def kept_for(headers: Mapping[str, str]) -> float:
    """Return the seconds for which the server keeps a connection; infinite: it does not say."""
    found = _KEPT.search(headers.get("keep-alive", ""))
    return float(found[1]) if found else float("inf")
