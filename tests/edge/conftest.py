"""A server on a free port, and clients that are closed when the test ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest_asyncio

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.ends import Ends
from alarminati.core.model.entries import Alarm, EntryId
from alarminati.edge.app import Change, Edge
from alarminati.edge.connection import Bounds
from alarminati.edge.gate import Anonymous, Gate, Source
from alarminati.edge.health import Health
from alarminati.edge.inlets import Inlets
from alarminati.edge.server import EdgeServer
from tests.edge.client import Client
from tests.edge.reception import FakeReception, FakeWitness

NOW = 1_758_166_920_000


@dataclass
class World:
    """What a test of the edge needs."""

    reception: FakeReception = field(default_factory=FakeReception)
    witness: FakeWitness = field(default_factory=FakeWitness)
    trouble: str = ""
    servers: list[EdgeServer] = field(default_factory=list)
    clients: list[Client] = field(default_factory=list)
    turned: Counter[str] = field(default_factory=Counter)
    sources: list[Source] = field(default_factory=list)
    anonymous: Anonymous = field(default_factory=Anonymous)
    ticks: float = 0.0
    told: dict[str, EntryId] = field(default_factory=dict)  # by key
    ends: Ends = field(default_factory=lambda: Ends(AlarmBook()))
    prefix: str = ""
    inlets: Inlets = field(default_factory=Inlets)

    def edge(self, change: Callable[[Alarm, EntryId], Change] | None = None) -> Edge:
        health = Health(lambda: self.trouble, lambda: (b"figure 1\n" * 500, "text/plain"))
        return Edge(
            self.reception,
            health,
            self.witness,
            now=lambda: NOW,
            gate=self.gate(),
            inlets=self.inlets,
            known=lambda alarm: self.told.get(alarm.key),
            judge=self.ends.judge,
            prefix=lambda: self.prefix,
            change=change,
        )

    def gate(self) -> Gate:
        return Gate(
            self.sources,
            self.anonymous,
            ticks=lambda: self.ticks,
            now=lambda: NOW / 1000,
            refused=lambda path, reason: self.witness.refused(self.inlets.source_of(path), reason),
            busy=self.inlets.busy,
        )

    async def serve(self, bounds: Bounds | None = None) -> EdgeServer:
        edge = self.edge()
        allowed = bounds or Bounds()
        server = EdgeServer(
            edge,
            "127.0.0.1",
            0,
            bounds=allowed,
            head=edge.head,
            turned=self._turn,
            room=lambda path: self.inlets.room(edge.placed(path), allowed.body, allowed.bodies),
        )
        await server.start()
        self.servers.append(server)
        return server

    def _turn(self, reason: str) -> None:
        self.turned[reason] += 1

    async def client(self, server: EdgeServer | None = None) -> Client:
        if server is None:
            server = self.servers[0] if self.servers else await self.serve()
        self.clients.append(await Client.connect(server.port))
        return self.clients[-1]


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    yield made
    for client in made.clients:
        await client.close()
    for server in made.servers:
        await server.stop(grace=0.2)
