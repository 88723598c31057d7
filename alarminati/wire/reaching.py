"""Connections to a name with addresses of both families, one of which may be dead.

RFC 8305: the families take turns, and the next address is tried a quarter of a second after the
previous one, or as soon as that has failed. gRPC does so by itself.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from errno import EINPROGRESS
from itertools import zip_longest
from typing import Any, TypeAlias

STAGGER = 0.25  # seconds, https://www.rfc-editor.org/rfc/rfc8305#section-8

Place: TypeAlias = tuple[Any, ...]  # in the form of getaddrinfo


async def open_connection(
    host: str, port: int, *, secure: ssl.SSLContext | None = None, limit: int
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection like asyncio's, within the caller's time. Raises OSError."""
    return await asyncio.open_connection(
        sock=await reach(host, port),
        ssl=secure,
        server_hostname=host if secure else None,
        limit=limit,
    )


async def reach(host: str, port: int) -> socket.socket:
    """Return a connected socket, within the caller's time. Raises OSError.

    asyncio's own race leaves sockets behind when it is cancelled as it ends.
    """
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    waiting = in_turns(await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    under_way: set[socket.socket] = set()
    ready: list[socket.socket] = []
    failed: list[OSError] = []

    def done(one: socket.socket) -> None:
        loop.remove_writer(one)
        ready.append(one)
        news.set()

    try:
        while waiting or under_way:
            if waiting and (begun := _begin(waiting.pop(0), failed)) is not None:
                under_way.add(begun)
                loop.add_writer(begun, done, begun)
            if not under_way:
                continue  # the address failed at once
            news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(STAGGER if waiting else None):
                    await news.wait()
            while ready:
                one = ready.pop(0)
                under_way.discard(one)
                if _connected(one, failed):
                    return one
    finally:
        for one in under_way:
            loop.remove_writer(one)
            one.close()
    raise _cause(failed)


def connect(host: str, port: int, timeout: float) -> socket.socket:
    """Return a connected socket, in any thread; each read and write has `timeout` seconds, too.

    Raises OSError, of which TimeoutError is one.
    """
    until = time.monotonic() + timeout
    waiting = in_turns(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    under_way: set[socket.socket] = set()
    failed: list[OSError] = []
    try:
        with selectors.DefaultSelector() as selector:
            while waiting or under_way:
                if waiting and (begun := _begin(waiting.pop(0), failed)) is not None:
                    under_way.add(begun)
                    selector.register(begun, selectors.EVENT_WRITE)
                if not under_way:
                    continue  # the address failed at once
                left = max(0.0, until - time.monotonic())
                ready = selector.select(min(left, STAGGER) if waiting else left)
                for key, _ in ready:
                    one = key.fileobj
                    assert isinstance(one, socket.socket)
                    selector.unregister(one)
                    under_way.discard(one)
                    if _connected(one, failed):
                        one.settimeout(timeout)
                        return one
                if time.monotonic() >= until:
                    raise TimeoutError("no answer in time")
    finally:
        for one in under_way:
            one.close()
    raise _cause(failed)


def _cause(failed: list[OSError]) -> OSError:
    return next((each for each in failed if isinstance(each, ConnectionError)), failed[-1])


def in_turns(places: Sequence[Place]) -> list[Place]:
    """Return the same addresses, families in turns, beginning with that of the first."""
    families: dict[object, list[Place]] = {}
    for place in places:
        families.setdefault(place[0], []).append(place)
    return [place for turn in zip_longest(*families.values()) for place in turn if place]


def _begin(place: Place, failed: list[OSError]) -> socket.socket | None:
    family, kind, protocol, _, address = place
    try:
        one = socket.socket(family, kind, protocol)
    except OSError as error:  # a family that this machine does not have
        failed.append(error)
        return None
    one.setblocking(False)
    code = one.connect_ex(address)
    if code in (0, EINPROGRESS):
        return one
    one.close()
    failed.append(OSError(code, os.strerror(code)))
    return None


def _connected(one: socket.socket, failed: list[OSError]) -> bool:
    code = one.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if code:
        one.close()
        failed.append(OSError(code, os.strerror(code)))
    return not code
