"""Servers that talk as a test wants, and are over when it is."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
Talk: TypeAlias = Callable[[Reader, Writer], Awaitable[None]]


@asynccontextmanager
async def serving(talk: Talk, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """Give the port; `talk` may end in any error of a connection, which is then closed."""
    talks: list[asyncio.Task[None]] = []

    async def whole(reader: Reader, writer: Writer) -> None:
        with contextlib.suppress(OSError, EOFError):
            await talk(reader, writer)
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    def met(reader: Reader, writer: Writer) -> None:
        talks.append(asyncio.ensure_future(whole(reader, writer)))

    server = await asyncio.start_server(met, "127.0.0.1", 0, ssl=tls)
    async with server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*talks)


async def relay(reader: Reader, writer: Writer, port: int) -> None:
    """Lead a connection to a port, until both ends are done."""

    async def pipe(one: Reader, other: Writer) -> None:
        with contextlib.suppress(OSError):
            while data := await one.read(65_536):
                other.write(data)
                await other.drain()
        other.close()

    there, back = await asyncio.open_connection("127.0.0.1", port)
    await asyncio.gather(pipe(reader, back), pipe(there, writer))
    with contextlib.suppress(OSError):
        await back.wait_closed()
