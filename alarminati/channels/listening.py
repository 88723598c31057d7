"""Network streams that note the status line of an answer as it arrives.

The HTTP library rejects an answer with malformed headers, yet its status line says whether the
message was accepted. Loaded with httpcore, for the first send.
"""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from httpcore import SOCKET_OPTION, AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream

LINE = 64  # bytes that are noted


@dataclass(slots=True)
class Note:
    """Status line of one request.

    `layers` is the number of TLS layers between us and the server: what is read before is from a
    proxy.
    """

    layers: int
    line: bytearray = field(default_factory=bytearray)

    @property
    def status(self) -> int:
        """Return the status; 0 while its line is not complete, or is not a final one."""
        found = re.match(rb"HTTP/1\.[01] ([2-5][0-9][0-9])(?: [^\r\n]*)?\r?\n", self.line)
        return int(found[1]) if found else 0


noting: ContextVar[Note | None] = ContextVar("noting", default=None)
"""Note of the request that runs in this task."""


class Listening(AsyncNetworkBackend):
    """Network backend that connects as httpcore does (RFC 8305 included) and notes what is read."""

    def __init__(self) -> None:
        self._inner = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> AsyncNetworkStream:
        """Open a connection with a note."""
        made = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Stream(made, 0)

    async def sleep(self, seconds: float) -> None:
        """Wait between two attempts to connect."""
        await self._inner.sleep(seconds)


class _Stream(AsyncNetworkStream):
    def __init__(self, inner: AsyncNetworkStream, layers: int) -> None:
        self._inner = inner
        self._layers = layers

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._inner.read(max_bytes, timeout)
        note = noting.get()
        if note is not None and note.layers == self._layers and len(note.line) < LINE:
            note.line += data[:LINE]
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> AsyncNetworkStream:
        secured = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        return _Stream(secured, self._layers + 1)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)
