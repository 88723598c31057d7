"""G6 and G7 on the client's side: certificates, and what coming back costs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from random import Random

import pytest

from alarminati.client import Cache, CaughtUp, Client, Record, Severity, TlsError, Unreachable
from alarminati.core.model.entries import Alarm
from alarminati.pki.authority import Authority
from alarminati.pki.folder import save_issued
from alarminati.wire.credentials import Tls
from alarminati.wire.identity import Role
from tests.client.agents import NOW, Agent, sample
from tests.client.test_feed import Journal, Replica, replicas


def issue(authority: Authority, role: Role, folder: Path) -> Path:
    save_issued(authority.issue(role, role.value, days=2), folder)
    return folder


@asynccontextmanager
async def secured(tmp_path: Path, authority: Authority) -> AsyncIterator[Agent]:
    agent = Agent("a", Random(1))
    await agent.start(tls=Tls.load(issue(authority, Role.AGENT, tmp_path / "agent")))
    try:
        yield agent
    finally:
        await agent.stop()


# -- certificates


async def test_reports_and_follows_over_mutual_tls(tmp_path: Path) -> None:
    authority = Authority.create()
    jane = issue(authority, Role.OPERATOR, tmp_path / "jane")
    async with secured(tmp_path, authority) as agent, Client([agent.address], jane) as client:
        receipt = await client.report(sample(1))
        async with aclosing(client.subscribe()) as following:
            async for event in following:
                if isinstance(event, Record):
                    assert event.id == receipt.id
                    break


async def test_strangers_are_told_apart(tmp_path: Path) -> None:
    """Neither an agent of another authority is believed, nor do we get in without a certificate."""
    authority = Authority.create()
    stranger = issue(Authority.create(), Role.OPERATOR, tmp_path / "stranger")
    async with secured(tmp_path, authority) as agent:
        async with Client([agent.address], stranger, timeout=1) as client:
            with pytest.raises(Unreachable, match="another authority"):
                await client.ping()
        async with Client([agent.address], timeout=1) as client:
            with pytest.raises(Unreachable, match="TLS"):
                await client.ping()
        assert agent.calls == []


def test_a_folder_without_certificates_is_said(tmp_path: Path) -> None:
    with pytest.raises(TlsError, match=r"ca\.crt"):
        Client(["127.0.0.1:7443"], tmp_path)


# -- bytes


class Meter:
    """A TCP proxy that counts what passes, both ways."""

    def __init__(self, target: str) -> None:
        self._host, _, port = target.rpartition(":")
        self._port = int(port)
        self._ways: set[asyncio.Task[None]] = set()
        self.connections = 0
        self.bytes = 0
        self.address = ""

    async def __aenter__(self) -> Meter:
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)
        await self._server.wait_closed()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        there, back = await asyncio.open_connection(self._host, self._port)
        for source, target in ((reader, back), (there, writer)):
            way = asyncio.create_task(self._pass(source, target))
            self._ways.add(way)
            way.add_done_callback(self._ways.discard)

    async def quiet(self) -> None:
        """Wait until every connection is closed."""
        while self._ways:
            await asyncio.wait(self._ways)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                self.bytes += len(data)
                writer.write(data)
                await writer.drain()
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def come_back(meter: Meter, cache: Cache, tls: Path | None) -> tuple[int, int]:
    """One visit: connect, catch up, leave. Records told and bytes spent."""
    before, told = meter.bytes, 0
    async with (
        Client([meter.address], tls) as client,
        aclosing(client.subscribe(cache, after=cache.last())) as following,
    ):
        async for event in following:
            told += isinstance(event, Record)
            if event == CaughtUp():
                break
    await asyncio.wait_for(meter.quiet(), 20)
    return told, meter.bytes - before


async def fill(journal: Journal, count: int) -> None:
    for number in range(count):
        message = f"[WS-API] Health check failed on ws-api-{number % 40}"
        await journal.report(Alarm(message, list(Severity)[number % 4], NOW + 997 * number))


async def visits(replica: Replica, folder: Path, tls: Path | None) -> tuple[int, int, int]:
    """Bytes of a first visit with 1000 alarms, of one with nothing new, and one with 100 new."""
    journal = Journal(Random(1), [replica])
    await fill(journal, 1000)
    async with Meter(replica.address) as meter:
        with Cache(folder / "d.db") as cache:
            first, cost_first = await come_back(meter, cache, tls)
            nothing, cost_nothing = await come_back(meter, cache, tls)
            await fill(journal, 100)
            some, cost_some = await come_back(meter, cache, tls)
        assert meter.connections == 3
    assert (first, nothing, some) == (1000, 0, 100)
    return cost_first, cost_nothing, cost_some


async def test_coming_back_costs_almost_nothing(tmp_path: Path) -> None:
    """G6. Payload bytes of TCP, both ways: a visit with nothing new is the connection alone."""
    async with replicas(tmp_path, 1) as (replica,):
        first, nothing, some = await visits(replica, tmp_path, None)
    print(f"1000 alarms {first} B, nothing new {nothing} B, 100 new {some} B")
    assert nothing <= 1100
    assert some - nothing <= 100 * 21
    assert first - nothing <= 1000 * 21


async def test_coming_back_over_mutual_tls(tmp_path: Path) -> None:
    authority = Authority.create()
    tls = Tls.load(issue(authority, Role.AGENT, tmp_path / "agent"))
    jane = issue(authority, Role.OPERATOR, tmp_path / "jane")
    async with replicas(tmp_path, 1, tls) as (replica,):
        first, nothing, some = await visits(replica, tmp_path, jane)
    print(f"1000 alarms {first} B, nothing new {nothing} B, 100 new {some} B")
    assert nothing <= 7500
    assert some - nothing <= 100 * 21
