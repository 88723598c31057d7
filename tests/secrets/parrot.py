"""The worst vendor there could be: it repeats whatever it was sent, in every place of its answer.

The first part of the path says how it answers: a status, or `hang`.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field


@dataclass
class Parrot:
    """`tokens` are added to every answer of 200, as a login gives them."""

    tokens: dict[str, object] = field(default_factory=dict)
    url: str = ""
    heard: list[str] = field(default_factory=list)  # what was sent, head and body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = 0
            for line in head.lower().split("\r\n"):
                if line.startswith("content-length:"):
                    length = int(line.partition(":")[2])
            body = (await reader.readexactly(length)).decode(errors="replace")
            self.heard.append(head + body)
            how = head.split(" ")[1].split("/")[1]
            if how == "hang":
                await reader.read(-1)
            await self._answer(writer, int(how) if how.isdigit() else 200, head, body)
        writer.close()

    async def _answer(
        self, writer: asyncio.StreamWriter, status: int, head: str, body: str
    ) -> None:
        said = " ".join((head + body).split())
        names = ("error", "message", "description", "msg", "detail", "status", "code", "title")
        answer: dict[str, object] = {"ok": False, "success": False, "errors": [said]}
        answer |= dict.fromkeys(names, said)
        content = json.dumps(answer | (self.tokens if status == 200 else {})).encode()
        path = head.split(" ")[1]
        lines = [
            f"HTTP/1.1 {status} {path}",
            f"Location: {path}",
            f"X-Error: {path}",
            f"Set-Cookie: {path}",
            "Retry-After: 1",
            "Content-Type: application/json",
            f"Content-Length: {len(content)}",
            "Connection: close",
        ]
        writer.write("\r\n".join([*lines, "", ""]).encode() + content)
        await writer.drain()


@contextlib.asynccontextmanager
async def parrot() -> AsyncIterator[Parrot]:
    """It listens until the block ends."""
    made = Parrot()
    server = await asyncio.start_server(made.serve, "127.0.0.1", 0, limit=2**20)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield made
    finally:
        server.close()
        await asyncio.sleep(0)
