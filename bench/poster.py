"""Posts JSON over one connection that is kept."""

from __future__ import annotations

import asyncio
import json
from typing import Any


class Poster:
    """Posts to one address."""

    def __init__(self, address: str, path: str) -> None:
        self._address = address
        self._path = path
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def connect(self) -> None:
        """Connect; OSError while nobody listens."""
        host, _, port = self._address.rpartition(":")
        self._streams = await asyncio.open_connection(host, int(port))

    async def post(self, document: Any) -> int:
        """Post once; returns the status."""
        if self._streams is None:
            await self.connect()
        assert self._streams is not None
        reader, writer = self._streams
        body = json.dumps(document).encode()
        head = (
            f"POST {self._path} HTTP/1.1\r\nHost: {self._address}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (
                int(line.partition(b":")[2])
                for line in answer.lower().split(b"\r\n")
                if line.startswith(b"content-length:")
            ),
            0,
        )
        await reader.readexactly(length)
        return int(answer.split(b" ", 2)[1])

    def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
