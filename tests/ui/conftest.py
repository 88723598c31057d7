"""An app over made-up clusters, and its server within this process."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import pytest

from alarminati.ui.app import App
from alarminati.ui.schema.calls import WRITE_HEADER
from alarminati.ui.server.guard import Guard
from alarminati.ui.server.pages import Pages
from alarminati.ui.server.serving import listen, serve
from alarminati.wire.background import awaited
from tests.support.ui_fixture import keep_alive, made_app


@dataclass
class Answer:
    """An answer by HTTP."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON."""
        return msgspec.json.decode(self.body)


@dataclass
class Browser:
    """Speaks HTTP to the server, with a cookie once it has one."""

    app: App
    guard: Guard
    port: int
    cookie: str = ""

    async def ask(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """Send one request."""
        sent = {"Host": f"alarminati.localhost:{self.port}", "Connection": "close"}
        sent |= {"Cookie": self.cookie} if self.cookie else {}
        sent |= {WRITE_HEADER: "1"} if method != "GET" else {}
        raw = msgspec.json.encode(body) if body is not None else b""
        sent |= {"Content-Length": str(len(raw))} if method != "GET" else {}
        sent |= headers or {}
        head = "".join(f"{name}: {value}\r\n" for name, value in sent.items() if value)
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode() + raw)
            told, _, rest = (await reader.read()).partition(b"\r\n\r\n")
        finally:
            writer.close()
        lines = told.decode().split("\r\n")
        pairs = (line.split(": ", 1) for line in lines[1:])
        found = {name.lower(): value for name, value in pairs}
        return Answer(int(lines[0].split()[1]), found, rest)

    async def get(self, path: str, **headers: str) -> Answer:
        """Send a GET."""
        return await self.ask("GET", path, headers=headers)

    async def sign_in(self) -> None:
        """Open the address with its token."""
        answer = await self.get(f"/?token={self.guard.token(time.monotonic())}")
        self.cookie = answer.headers["set-cookie"].split(";")[0]


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    made = listen(0)
    yield made
    made.close()


@pytest.fixture
async def stranger(tmp_path: Path, sock: socket.socket) -> AsyncIterator[Browser]:
    """Who was not let in."""
    app = made_app(tmp_path, 11, size=40)
    keep_alive(app)
    app.start()
    app.tick()
    port = sock.getsockname()[1]
    guard = Guard(b"k" * 32, port)
    task = awaited(serve(app, guard, Pages(tmp_path / "none"), sock))
    yield Browser(app, guard, port)
    await app.stop()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    for live in app.live.values():
        if live.history is not None:
            live.history.close()
    app.base.close()


@pytest.fixture
async def browser(stranger: Browser) -> Browser:
    """Who was let in."""
    await stranger.sign_in()
    return stranger
