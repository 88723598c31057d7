"""A small HTTP client that says exactly what it is told to, right or wrong."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something that nobody announces, 10 s at most."""
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0.001)
    raise TimeoutError


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """One connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", port))

    def send(
        self,
        body: bytes | str | Any = b"",
        path: str = "/v1/alarms",
        method: str = "POST",
        **headers: str,
    ) -> None:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = {"host": "x", "content-type": "application/json", "content-length": str(len(data))}
        lines |= {name.replace("_", "-"): value for name, value in headers.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
        self.writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + data)

    async def reply(self, *, head_only: bool = False) -> Reply:
        head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
        status, *lines = head.split("\r\n")[:-2]
        headers = dict(line.split(": ", 1) for line in lines)
        size = 0 if head_only else int(headers.get("content-length", "0"))
        return Reply(int(status.split()[1]), headers, await self.reader.readexactly(size))

    async def ask(self, *args: Any, **kwargs: Any) -> Reply:
        self.send(*args, **kwargs)
        return await self.reply(head_only=kwargs.get("method") == "HEAD")

    async def is_closed(self) -> bool:
        """Waits until the server has closed. What else it says fails the test."""
        return await self.reader.read() == b""

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except ConnectionError:
            pass  # the server was first
