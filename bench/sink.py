"""A receiver of webhooks: notes when a body was there in whole and answers 200 at once."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
LAST = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class _Receiver(asyncio.Protocol):
    def __init__(self, heard: Callable[[float, bytes], None], keep: bool) -> None:
        self._heard = heard
        self._keep = keep
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        now = time.monotonic()
        self._buffer += data
        while True:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            length = _length(head) if found else 0
            if not found or len(rest) < length:
                return
            self._buffer = rest[length:]
            assert self._transport is not None
            self._transport.write(OK if self._keep else LAST)
            self._heard(now, rest[:length])
            if not self._keep:
                self._transport.close()


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


class Sink:
    """An async context manager; `url` is where it listens.

    With `tls` it speaks HTTPS. Without `keep` it closes each connection after one answer.
    """

    def __init__(
        self, host: str = "127.0.0.1", *, tls: ssl.SSLContext | None = None, keep: bool = True
    ) -> None:
        self.bodies: list[tuple[float, bytes]] = []
        """When each came (monotonic seconds), and what it was."""
        self.url = ""
        self._host = host
        self._tls = tls
        self._keep = keep
        self._server: asyncio.Server | None = None
        self._waiting: dict[bytes, asyncio.Future[float]] = {}

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: _Receiver(self._heard, self._keep), self._host, 0, ssl=self._tls
        )
        scheme = "https" if self._tls else "http"
        self.url = f"{scheme}://{self._host}:{self._server.sockets[0].getsockname()[1]}/hook"
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        assert self._server is not None
        self._server.close()

    def expect(self, mark: bytes) -> asyncio.Future[float]:
        """Done, with the moment, when a body with `mark` in it comes."""
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waiting[mark] = future
        return future

    def _heard(self, now: float, body: bytes) -> None:
        self.bodies.append((now, body))
        for mark in [mark for mark in self._waiting if mark in body]:
            future = self._waiting.pop(mark)
            if not future.done():
                future.set_result(now)
