"""HTTP/2 spoken by hand, over mutual TLS, to say what no client says (RFC 9113)."""

from __future__ import annotations

import asyncio
import ssl
import struct
from contextlib import suppress
from pathlib import Path

from tests.attacks.raw import close
from tests.support.cluster import AgentProcess

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = (
    *(0, 1, 3, 4, 6, 7, 8, 9),
)
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind: int, flags: int = 0, stream: int = 0, payload: bytes = b"") -> bytes:
    """One frame."""
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def field(name: bytes, value: bytes) -> bytes:
    """A header that neither side is to remember, without Huffman coding (RFC 7541, 6.2.2)."""
    return b"\0" + bytes([len(name)]) + name + bytes([len(value)]) + value


def head(path: str, *more: bytes) -> bytes:
    """The headers of a gRPC call."""
    return b"".join(
        (
            field(b":method", b"POST"),
            field(b":scheme", b"https"),
            field(b":path", path.encode()),
            field(b":authority", b"x"),
            field(b"te", b"trailers"),
            field(b"content-type", b"application/grpc"),
            *more,
        )
    )


class Line:
    """A connection on which anything may be said; what comes back is counted and thrown away."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        self.heard = 0  # bytes
        self._listening = asyncio.create_task(self._listen(reader))

    @classmethod
    async def open(cls, agent: AgentProcess, tls: Path) -> Line:
        """Connect with the certificate in a folder, and say what a client says first."""
        context = ssl.create_default_context(cafile=tls / "ca.crt")
        context.check_hostname = False
        context.load_cert_chain(tls / "tls.crt", tls / "tls.key")
        context.set_alpn_protocols(["h2"])
        host, _, port = agent.grpc.rpartition(":")
        line = cls(*await asyncio.open_connection(host, int(port), ssl=context))
        line.writer.write(PREFACE + frame(SETTINGS))
        return line

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        with suppress(ConnectionError):  # reset: ended all the same
            while piece := await reader.read(65_536):
                self.heard += len(piece)

    async def say(self, data: bytes) -> bool:
        """Send; False when the other end has had enough."""
        if self.ended:
            return False
        try:
            self.writer.write(data)
            await asyncio.wait_for(self.writer.drain(), 5)
        except (ConnectionError, TimeoutError):
            return False
        return not self.ended

    @property
    def ended(self) -> bool:
        """The other end has closed."""
        return self._listening.done()

    async def close(self) -> None:
        """Close."""
        self.writer.transport.abort()
        await asyncio.wait([self._listening])
        await close(self.writer)
