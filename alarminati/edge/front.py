"""Two protocols on one port: HTTP/1.1 is answered here, HTTP/2 is passed on.

A gRPC client without TLS starts with "PRI * HTTP/2.0" (RFC 9113 section 3.4), which no HTTP/1.1
request does, so a few bytes tell. What starts so is piped to another server, byte for byte.

Where there is no room, the oldest goes: whoever only holds places must not keep probes out, for an
agent whose probes fail is restarted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from alarminati.wire.background import attend

PREFACE: Final = b"PRI "
PIPES: Final = 50  # at once; probes are few
WAITING: Final = 1000  # connections that have not said a word, at once
_FIRST_BYTES: Final = 10.0  # seconds to wait for them


class ProxyPipes:
    """What is passed on, and where to."""

    def __init__(self, port: int) -> None:
        self.port = port  # on loopback, where HTTP/2 is spoken
        self.room = WAITING
        self.tasks: set[asyncio.Task[None]] = set()
        self.ends: dict[End, None] = {}  # oldest first, as are those
        self.waiting: dict[ProtocolSniffer, None] = {}

    def make_room(self) -> None:
        """Let the oldest go when there is no room for one more pipe."""
        if len(self.ends) + 2 * len(self.tasks) >= 2 * PIPES and self.ends:
            oldest = next(iter(self.ends))
            for end in (oldest, oldest.other):
                self.ends.pop(end, None)
                end.transport.abort()

    def close(self) -> None:
        """Close all."""
        for front in self.waiting:
            front.transport.close()
        for task in self.tasks:
            task.cancel()
        for end in self.ends:
            end.transport.close()


class ProtocolSniffer(asyncio.Protocol):
    """A connection whose first bytes have not come yet."""

    transport: asyncio.Transport

    def __init__(self, http: Callable[[], asyncio.Protocol], pipes: ProxyPipes) -> None:
        self._http = http
        self._pipes = pipes
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._deadline = asyncio.get_running_loop().call_later(_FIRST_BYTES, transport.close)
        if len(self._pipes.waiting) >= self._pipes.room:
            oldest = next(iter(self._pipes.waiting))
            oldest._settle()
            oldest.transport.abort()
        self._pipes.waiting[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """It left before it was clear what it wanted."""
        self._settle()

    def _settle(self) -> None:
        self._deadline.cancel()
        self._pipes.waiting.pop(self, None)

    def data_received(self, data: bytes) -> None:
        """Hand the connection over as soon as it is clear to whom."""
        self._seen += data
        if len(self._seen) < len(PREFACE) and PREFACE.startswith(self._seen):
            return
        self._settle()
        if not self._seen.startswith(PREFACE):
            _hand_over(self.transport, self._http()).data_received(self._seen)
        else:
            self.transport.pause_reading()
            self._pipes.make_room()
            task = attend(self._pass_on(), "passing on a connection")
            self._pipes.tasks.add(task)
            task.add_done_callback(self._pipes.tasks.discard)

    async def _pass_on(self) -> None:
        near, far = End(self._pipes), End(self._pipes)
        near.other, far.other = far, near
        near.transport = self.transport
        loop = asyncio.get_running_loop()
        try:
            await loop.create_connection(lambda: far, "127.0.0.1", self._pipes.port)
        except OSError:
            self.transport.close()
            return
        except BaseException:
            self.transport.close()
            raise
        if self.transport.is_closing():  # it left meanwhile
            far.transport.close()
            return
        _hand_over(self.transport, near)
        far.transport.write(self._seen)
        self.transport.resume_reading()


class End(asyncio.Protocol):
    """One end of a pipe: what comes in here goes out at the other."""

    other: End
    transport: asyncio.Transport

    def __init__(self, pipes: ProxyPipes) -> None:
        self._pipes = pipes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is connected."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._pipes.ends[self] = None

    def connection_lost(self, exc: Exception | None) -> None:
        """So is the other end, when it has sent what it has."""
        self._pipes.ends.pop(self, None)
        self.other.transport.close()

    def data_received(self, data: bytes) -> None:
        """Pass it on."""
        self.other.transport.write(data)

    def pause_writing(self) -> None:
        """It takes no more for now."""
        self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """It does again."""
        self.other.transport.resume_reading()


def _hand_over(transport: asyncio.Transport, protocol: asyncio.Protocol) -> asyncio.Protocol:
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    return protocol
