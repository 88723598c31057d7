"""Servers in trouble: they hang, answer 500, say a byte a second, or have a certificate of nobody.

`url` of each takes POSTs; `kind` is one of FAULTS.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

from tests.vendors.certificates import server_tls

FAULTS = ("hangs", "answers 500", "drips", "fails TLS")
DRIP = 1.0  # seconds between two bytes


class Trouble:
    """Answers every connection in its own bad way."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.met = 0  # connections
        self._open: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until its client gives up."""
        self.met += 1
        task = asyncio.current_task()
        assert task is not None
        self._open.add(task)
        try:
            await self._answer(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass  # the client is gone, or the test is over
        finally:
            self._open.discard(task)
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if self.kind == "hangs":
            await reader.read(-1)
        elif self.kind == "drips":
            for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n":
                writer.write(bytes((byte,)))
                await writer.drain()
                await asyncio.sleep(DRIP)
        else:
            writer.write(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            await writer.drain()

    def end(self) -> None:
        """Let go of whoever still waits."""
        for task in self._open:
            task.cancel()


@contextlib.asynccontextmanager
async def trouble(kind: str, folder: Path) -> AsyncIterator[tuple[str, Trouble]]:
    """Address and server, until the block ends. `folder` is for a certificate."""
    made = Trouble(kind)
    tls: ssl.SSLContext | None = None
    if kind == "fails TLS":
        folder.mkdir(parents=True, exist_ok=True)
        tls = server_tls(folder)
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, ssl=tls)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{port}", made
    finally:
        server.close()
        made.end()
        await asyncio.sleep(0)
