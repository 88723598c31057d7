"""A server on port 0 that hands each POST to a fake vendor and keeps what came."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from alarminati.demo.sink import BODY_LIMIT


@dataclass(frozen=True)
class Posted:
    """A request."""

    path: str
    query: dict[str, str]
    headers: dict[str, str]  # lower-case names
    body: bytes
    method: str = "POST"


@dataclass(frozen=True)
class Reply:
    """An answer; `body` is bytes as they are, anything else is JSON."""

    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Door:
    """Where the vendor is."""

    vendor: Callable[[Posted], Reply]
    url: str = ""
    posted: list[Posted] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        target = urlsplit(head[0].split(" ")[1])
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        body = await reader.readexactly(min(int(headers["content-length"]), BODY_LIMIT))
        request = Posted(
            target.path, dict(parse_qsl(target.query)), headers, body, head[0].split(" ")[0]
        )
        self.posted.append(request)
        reply = self.vendor(request)
        text = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
        told = {**reply.headers, "Content-Length": str(len(text)), "Connection": "close"}
        lines = [f"HTTP/1.1 {reply.status} X", *(f"{name}: {told[name]}" for name in told)]
        writer.write("\r\n".join([*lines, "", ""]).encode() + text)
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def open_door(vendor: Callable[[Posted], Reply]) -> AsyncIterator[Door]:
    """The vendor at `url` until the block ends."""
    door = Door(vendor)
    server = await asyncio.start_server(door.serve, "127.0.0.1", 0)
    door.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield door
