"""Connections to servers, made, kept and reused; through a proxy where there is one.

An alarm minutes after the last one finds its connection kept, unless the server has closed it. A
new TLS connection resumes the session of the last one, where the server allows it.
"""

from __future__ import annotations

import asyncio
import ssl
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from alarminati.channels.http_connection import Closed, Connection, kept_for, request
from alarminati.channels.http_reader import ResponseReader
from alarminati.channels.tls import ResumingContext, trust
from alarminati.wire.reaching import reach

CONNECTIONS = 256  # a channel has one request in flight, so this is for very many channels
KEPT_CONNECTIONS = 64
KEPT_SECONDS = 300.0  # seconds; the system probes them, so that routers on the way know them
PORTS = {"http": 80, "https": 443}


class ProxyError(Exception):
    """The proxy did not make the connection; the text is its status, or empty."""


class Target(NamedTuple):
    """Server of a request, and the way to it."""

    scheme: str
    host: str
    port: int
    ca: str = ""  # certificates (PEM) to trust instead of the system's
    proxy: str = ""


class ConnectionPool:
    """All connections of one client."""

    def __init__(self) -> None:
        self._idle: OrderedDict[Connection, tuple[Target, asyncio.TimerHandle]] = OrderedDict()
        self._used: set[Connection] = set()
        self._trusted: dict[str, ResumingContext] = {}
        self._slots = asyncio.Semaphore(CONNECTIONS)

    def __len__(self) -> int:
        return len(self._idle) + len(self._used)

    async def exchange(
        self,
        target: Target,
        sent: bytes,
        reader: ResponseReader,
        linger: float | None,
    ) -> None:
        """Send a request and read its answer. Raises what `Connection.exchange` raises.

        Bytes of a request are sent once: a kept connection is used only if it looks alive, and
        only a failure to connect is retried.
        """
        async with self._slots:
            connection = self._take(target) or await self._made(target)
            self._used.add(connection)
            try:
                await connection.exchange(sent, reader, linger)
            finally:
                self._used.discard(connection)
                reader.close()
                learn_session(connection)
                if connection.reusable(reader):
                    self._keep(target, connection, reader.headers)
                else:
                    connection.abort()

    async def close(self) -> None:
        """Close every connection."""
        for connection in [*self._idle, *self._used]:
            connection.abort()
        for _, timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        await asyncio.sleep(0)  # the loop closes the sockets

    def _take(self, target: Target) -> Connection | None:
        """Return the kept connection that was used last."""
        for connection in [each for each in reversed(self._idle) if self._idle[each][0] == target]:
            _, timer = self._idle.pop(connection)
            timer.cancel()
            if not connection.stale:
                return connection
            connection.abort()
        return None

    def _keep(self, target: Target, connection: Connection, headers: Mapping[str, str]) -> None:
        connection.probe()
        seconds = max(0.0, min(KEPT_SECONDS, kept_for(headers) - 1.0))
        timer = asyncio.get_running_loop().call_later(seconds, self._expire, connection)
        self._idle[connection] = (target, timer)
        if len(self._idle) > KEPT_CONNECTIONS:
            self._expire(next(iter(self._idle)))

    def _expire(self, connection: Connection) -> None:
        found = self._idle.pop(connection, None)
        if found is not None:
            found[1].cancel()
            connection.transport.close()

    # Making one.

    async def _made(self, target: Target) -> Connection:
        try:
            return await self._opened(target)
        except ssl.SSLCertVerificationError:
            raise
        except OSError:
            return await self._opened(target)

    async def _opened(self, target: Target) -> Connection:
        secure = await self._trust(target.ca) if target.scheme == "https" else None
        if not target.proxy:
            return await _connected(target.host, target.port, secure)
        proxy = urlsplit(target.proxy)
        assert proxy.hostname is not None and proxy.port is not None
        trusted = await self._trust("") if proxy.scheme == "https" else None
        connection = await _connected(proxy.hostname, proxy.port, trusted)
        if secure is None:
            return connection
        try:
            return await _tunnelled(connection, target, secure)
        except BaseException:
            connection.abort()
            raise

    async def _trust(self, ca: str) -> ResumingContext:
        """Return the TLS settings; reading the system's certificates takes up to 0.1 s."""
        if ca not in self._trusted:
            self._trusted[ca] = await asyncio.to_thread(trust, ca)
        return self._trusted[ca]


def learn_session(connection: Connection) -> None:
    """Keep the session of a TLS connection for the next one."""
    secured = connection.transport.get_extra_info("ssl_object")
    if secured is not None and isinstance(secured.context, ResumingContext):
        secured.context.learn(secured)


async def _connected(host: str, port: int, secure: ssl.SSLContext | None) -> Connection:
    name = host.removesuffix(".") if secure else None
    _, connection = await asyncio.get_running_loop().create_connection(
        Connection, sock=await reach(host, port), ssl=secure, server_hostname=name
    )
    return connection


async def _tunnelled(connection: Connection, target: Target, secure: ResumingContext) -> Connection:
    """Ask the proxy for a way to the server (RFC 9110 section 9.3.6) and begin TLS on it."""
    host = f"[{target.host}]" if ":" in target.host else target.host
    place = f"{host}:{target.port}"
    reader = ResponseReader("CONNECT")
    await connection.exchange(
        request("CONNECT", place, {"Host": place, **authorization(target.proxy)}), reader
    )
    if not 200 <= reader.status < 300:
        raise ProxyError(str(reader.status))
    inner = Connection()
    transport = await asyncio.get_running_loop().start_tls(
        connection.transport, inner, secure, server_hostname=target.host.removesuffix(".")
    )
    if transport is None:
        raise Closed
    inner.connection_made(transport)
    return inner


def authorization(address: str) -> dict[str, str]:
    """Return the header with the user and password of a proxy's address, if it has any."""
    proxy = urlsplit(address)
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
