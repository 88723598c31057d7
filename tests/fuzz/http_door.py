"""The HTTP door, one connection an input, in pieces of any length and without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httptools

from alarminati.core.journal.ingest import Receipt
from alarminati.core.model.entries import Alarm, EntryId, RequestKey
from alarminati.edge.app import Edge
from alarminati.edge.connection import Bounds, Connection, Door
from alarminati.edge.gate import Anonymous, Gate, Source
from alarminati.edge.health import Health
from alarminati.edge.inlets import Inlets
from alarminati.edge.signatures import HEADERS, Signature
from alarminati.edge.tokens import hashed
from tests.fuzz import seeds

INLETS = Inlets()
BOUNDS = Bounds(head=2048, body=4096, bodies=8192)


class Accepting:
    """Accepts every alarm and forgets it."""

    async def accept(
        self, alarms: Sequence[Alarm], *, request: RequestKey | None = None, min_replicas: int = 0
    ) -> Receipt:
        return Receipt(tuple(EntryId(seeds.ORIGIN, 1 + n) for n, _ in enumerate(alarms)), 1)

    async def confirm(self, ids: Sequence[EntryId], *, min_replicas: int = 0) -> Receipt:
        return Receipt(tuple(ids), 1)


class Uncounted:
    """A witness that counts nothing."""

    def accepted(self, source: str, count: int) -> None: ...

    def refused(self, source: str, reason: str) -> None: ...

    def answered(self, route: str, seconds: float) -> None: ...


class Line(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.said = bytearray()
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview[Any]) -> None:
        self.said += data

    def can_write_eof(self) -> bool:
        return False

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...

    def close(self) -> None:
        self.closed = True

    def abort(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 1) if name == "peername" else default


class Answers:
    """Reads answers as a client does."""

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self._parser = httptools.HttpResponseParser(self)

    def read(self, said: bytes) -> None:
        """Everything a connection said. Raises HttpParserError when it is not HTTP."""
        self._parser.feed_data(said)

    def on_message_complete(self) -> None:
        """One answer is whole."""
        self.statuses.append(self._parser.get_status_code())


def gate() -> Gate:
    """Sources known by a token or by each kind of signature, and everybody else."""
    signed = [Source(style, signature=Signature(b"s", style)) for style in sorted(HEADERS)]
    return Gate(
        [Source("ops", token=hashed(seeds.TOKEN)), *signed],
        Anonymous(),
        ticks=lambda: 0.0,
        now=lambda: seeds.NOW / 1000,
        refused=lambda path, reason: None,
        busy=INLETS.busy,
    )


class HttpDoor:
    """Call it with bytes; the first says in how long pieces the others come."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        health = Health(lambda: "", lambda: (b"figure 1\n", "text/plain"))
        edge = Edge(
            Accepting(), health, Uncounted(), now=lambda: seeds.NOW, gate=gate(), inlets=INLETS
        )
        self._door = Door(edge, BOUNDS, edge.head)

    def __call__(self, data: bytes) -> None:
        """One connection, from its beginning to its end."""
        self._loop.run_until_complete(self._converse(data))

    def close(self) -> None:
        """Let go of the loop."""
        self._loop.close()

    async def _converse(self, data: bytes) -> None:
        line = Line()
        connection = Connection(self._door)
        connection.connection_made(line)
        size = data[0] + 1 if data else 1
        for at in range(1, len(data), size):
            if line.closed:
                break
            connection.data_received(data[at : at + size])
            await asyncio.sleep(0)
        connection.eof_received()
        for _ in range(50):
            await asyncio.sleep(0)
        connection.connection_lost(None)
        await asyncio.sleep(0)
        assert self._door.held == 0, "bodies of a connection that is gone still count"
        assert not self._door.connections
        check(bytes(line.said))


def check(said: bytes) -> None:
    """What was said must be answers, and none of them may blame us."""
    reader = Answers()
    if b"HEAD" not in said:
        try:
            reader.read(said)
        except httptools.HttpParserError:
            assert b"content-length" in said, said  # an answer to HEAD: no body follows
    assert 500 not in reader.statuses, said


def requests() -> tuple[bytes, ...]:
    """Good requests in pieces of several lengths."""
    sizes = (255, 100, 9, 0)
    return tuple(bytes((size,)) + request for size in sizes for request in seeds.REQUESTS)
