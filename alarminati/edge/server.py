"""A port on which HTTP is answered; nothing is decided here."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Callable

from alarminati.edge.connection import Bounds, Connection, Door, Head, read_on
from alarminati.edge.exchange import Handler


class CannotListen(Exception):
    """The port cannot be had. One sentence."""


class EdgeServer:
    """Serves `handler` on one port."""

    def __init__(
        self,
        handler: Handler,
        host: str,
        port: int,
        *,
        bounds: Bounds | None = None,
        head: Head = read_on,
        turned: Callable[[str], None] = lambda reason: None,
        room: Callable[[str], int] | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`turned` and `room` are as for `Door`; with `tls` only HTTPS is spoken."""
        self._tls = tls
        self._door = Door(handler, bounds or Bounds(), head, turned, room)
        self._host = host
        self._port = port
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port it listens on; what port 0 became once it is started."""
        if self._server is not None and self._server.sockets:
            return int(self._server.sockets[0].getsockname()[1])
        return self._port

    @property
    def connections(self) -> int:
        """How many HTTP clients are connected."""
        return len(self._door.connections)

    async def start(self) -> None:
        """Listen. Raises CannotListen."""
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._meet, self._host, self._port, backlog=512, ssl=self._tls
            )
        except OSError as error:
            reasons = {
                errno.EADDRINUSE: "another program uses it; stop that or choose another port",
                errno.EACCES: "it takes more rights; choose a port from 1024 up",
                errno.EADDRNOTAVAIL: "this machine has no such address",
            }
            reason = reasons.get(error.errno or 0, error.strerror or "the address is unknown")
            raise CannotListen(f"cannot listen on {self._host}:{self._port}: {reason}") from error

    async def stop(self, grace: float = 5.0) -> None:
        """Take no more requests; those that are here have `grace` seconds to be answered."""
        if self._server is None:
            return
        self._server.close()
        await self._door.close(grace)
        await asyncio.sleep(0)  # lets the transports close before the loop does

    def _meet(self) -> asyncio.Protocol:
        return Connection(self._door)
