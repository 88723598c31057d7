"""The client against the feed that agents really serve."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any

import grpc
import pytest

from alarminati.agent.store import Store
from alarminati.agent.subscriptions.feed import Feed
from alarminati.client import (
    Action,
    Alarm,
    Cache,
    CaughtUp,
    Client,
    EntryId,
    Filter,
    Record,
    Severity,
)
from alarminati.core.model.entries import Body, Entry
from alarminati.v1 import subscription_pb2 as service
from alarminati.wire import options
from alarminati.wire.credentials import Tls, bind
from tests.client.agents import CLUSTER, PROJECT, sample


class Replica:
    """A real store and a real feed behind gRPC, and a switch to pull."""

    def __init__(self, folder: Path, tls: Tls | None = None) -> None:
        self._tls = tls
        self.store = Store.open(folder)
        self.feed = Feed(self.store, CLUSTER, PROJECT)
        self.address = "127.0.0.1:0"
        self._server: grpc.aio.Server | None = None

    async def start(self) -> None:
        server = self._server = grpc.aio.server(
            options=options.SERVER, compression=grpc.Compression.Gzip
        )
        handler = grpc.unary_stream_rpc_method_handler(
            self._subscribe, service.SubscribeRequest.FromString, lambda answer: answer
        )
        methods = {"Subscribe": handler}
        server.add_generic_rpc_handlers(
            [grpc.method_handlers_generic_handler("alarminati.v1.AlarmService", methods)]
        )
        tls = self._tls
        port = bind(server, self.address, (lambda: tls) if tls is not None else None)
        self.address = f"127.0.0.1:{port}"
        await server.start()

    async def _subscribe(
        self, request: service.SubscribeRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> AsyncIterator[bytes]:
        plain = context.disable_next_message_compression
        async with aclosing(self.feed.subscribe(request, plain=plain)) as answers:
            async for answer in answers:
                yield answer

    async def stop(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            await server.stop(None)

    async def close(self) -> None:
        await self.stop()
        await self.store.close()


@asynccontextmanager
async def replicas(
    folder: Path, count: int, tls: Tls | None = None
) -> AsyncIterator[list[Replica]]:
    async with AsyncExitStack() as stack:
        started = []
        for number in range(count):
            replica = Replica(folder / f"replica {number}", tls)
            stack.push_async_callback(replica.close)
            await replica.start()
            started.append(replica)
        yield started


class Journal:
    """Appends at random replicas and forwards in store order, as the mesh does."""

    def __init__(self, dice: Random, replicas: list[Replica]) -> None:
        self.dice = dice
        self.replicas = replicas
        self.entries: list[Entry] = []
        self._made = dict.fromkeys(range(len(replicas)), 0)
        self._stored: list[list[Entry]] = [[] for _ in replicas]

    async def report(self, body: Body, at: int | None = None) -> EntryId:
        at = self.dice.randrange(len(self.replicas)) if at is None else at
        self._made[at] += 1
        stamp = (1_758_166_920_000 + len(self.entries)) << 16
        entry = Entry(self.replicas[at].store.origin, self._made[at], stamp, body)
        self.entries.append(entry)
        await self._store(at, [entry])
        return entry.id

    async def spread(self, most: int = 10**9) -> None:
        """Each replica hands each other what it lacks, at most so many."""
        for source, stored in enumerate(self._stored):
            for target in range(len(self.replicas)):
                held = {entry.id for entry in self._stored[target]}
                lacking = [entry for entry in stored if entry.id not in held][:most]
                if source != target and lacking:
                    await self._store(target, lacking)

    async def _store(self, at: int, entries: list[Entry]) -> None:
        self._stored[at] += entries
        await self.replicas[at].store.append(entries)


HOST = (("host", "db"),)


async def test_filters(tmp_path: Path) -> None:
    async with replicas(tmp_path, 1) as (replica,):
        journal = Journal(Random(1), [replica])
        wanted = []
        for n in range(40):
            severity = list(Severity)[n % 4]
            id = await journal.report(Alarm(f"alarm {n}", severity, 1, labels=HOST))
            if severity is Severity.CRITICAL:
                wanted.append(id)
        ack = await journal.report(Action.acknowledge("0123456789abcdef", "jane"))
        filter = Filter(Severity.CRITICAL, matchers=('host="db"',))
        async with (
            Client([replica.address]) as client,
            aclosing(client.subscribe(filter=filter)) as following,
        ):
            told = []
            async for event in following:
                if isinstance(event, Record):
                    told.append(event.id)
                if event == CaughtUp():
                    break
            assert told == [*wanted, ack]
            await journal.report(Alarm("mild", Severity.INFO, 1))
            last = await journal.report(Alarm("x", Severity.CRITICAL, 1, labels=HOST))
            record = await anext(following)
            assert isinstance(record, Record)
            assert record.id == last


@pytest.mark.parametrize("seed", range(4))
async def test_everything_once_over_real_feeds(seed: int, tmp_path: Path) -> None:
    """G5, with replicas that stop and start and a reader that comes and goes."""
    print(f"seed {seed}")
    dice = Random(seed)
    async with replicas(tmp_path, 3) as started:
        journal = Journal(dice, started)

        async def live() -> None:
            for n in range(120):
                alarm = sample(n)
                id = await journal.report(alarm)
                if n % 5 == 0:
                    origins = [replica.store.origin for replica in started]
                    at = origins.index(id.origin)
                    await journal.report(Action.acknowledge(alarm.fingerprint(), "jane"), at)
                if dice.random() < 0.5:
                    await journal.spread(dice.randint(1, 6))
                replica = dice.choice(started)
                if dice.random() < 0.1:
                    await replica.stop()
                elif replica._server is None:
                    await replica.start()
            for replica in started:
                if replica._server is None:
                    await replica.start()
            await journal.spread()
            await journal.spread()

        living = asyncio.create_task(live())
        told: list[Record] = []
        addresses = [replica.address for replica in started]
        async with asyncio.timeout(60):
            while not living.done() or len(told) < len(journal.entries):
                received = told[-1].received if told else 0
                async with Client(
                    addresses, waits=(0.01, 0.05), dice=Random(dice.random())
                ) as client:
                    with Cache(tmp_path / "d.db") as cache:
                        async with aclosing(client.subscribe(cache, after=received)) as following:
                            await _read(following, told, journal, living, dice.randint(5, 80))
        await living
    check(told, journal)


async def _read(
    following: Any, told: list[Record], journal: Journal, living: asyncio.Task[None], most: int
) -> None:
    while most and not (living.done() and len(told) == len(journal.entries)):
        try:
            event = await asyncio.wait_for(anext(following), 0.05)
        except TimeoutError:
            continue
        if isinstance(event, Record):
            most -= 1
            told.append(event)


def check(told: list[Record], journal: Journal) -> None:
    ids = [record.id for record in told]
    assert len(ids) == len(set(ids)), "told twice"
    assert set(ids) == {entry.id for entry in journal.entries}, "not all told"
    known: set[str] = set()
    for record in told:
        if isinstance(record.body, Action):
            assert record.fingerprint in known, "acknowledged before it was reported"
        known.add(record.fingerprint)
    assert {record.id: record.body for record in told} == {
        entry.id: entry.body for entry in journal.entries
    }
