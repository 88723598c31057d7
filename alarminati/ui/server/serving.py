"""The server on loopback: a port, uvicorn, and a clean end."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Final

from alarminati.ui.app import App
from alarminati.ui.server.application import application
from alarminati.ui.server.guard import NAME, Guard
from alarminati.ui.server.pages import Pages
from alarminati.wire.background import awaited

DIST: Final = Path(__file__).parents[1] / "web" / "dist"
PORT: Final = 7480
TRIES: Final = 20
CONNECTIONS: Final = 200
_LOOK: Final = 0.2


def listen(port: int | None) -> socket.socket:
    """Return a socket on loopback; without a port the usual one, or the next that is free."""
    ports = [port] if port is not None else [*range(PORT, PORT + TRIES), 0]
    for each in ports:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(("127.0.0.1", each))
            sock.listen(128)
        except OSError:
            sock.close()
            if each == ports[-1]:
                raise
            continue
        sock.setblocking(False)
        return sock
    raise AssertionError("the last port either serves or raises")


def address(port: int, token: str = "") -> str:
    """Return the address to open."""
    return f"http://{NAME}:{port}/" + (f"?token={token}" if token else "")


async def serve(app: App, guard: Guard, pages: Pages, sock: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, or until cancelled. Needs the extra `ui`."""
    import uvicorn

    config = uvicorn.Config(
        application(app, guard, pages),
        http="httptools",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)

    async def ending() -> None:
        """End the streams, which are endless, so that uvicorn need not wait for them."""
        while not server.should_exit:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK)
        app.hub.close()

    watch = awaited(ending())
    try:
        await server.serve([sock])
    finally:
        watch.cancel()
