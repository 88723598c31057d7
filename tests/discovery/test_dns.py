"""Candidates from a real little name server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import Random
from typing import Any, cast

import dns.asyncresolver
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest

from alarminati.agent.mesh.discovery.dns import Dns
from alarminati.agent.mesh.discovery.pace import Pace

NAME = "agents.example."
Zone = dict[tuple[str, str], list[str]]


class NameServer(asyncio.DatagramProtocol):
    """Answers from `zone` by name and kind; a name without any record does not exist."""

    def __init__(self) -> None:
        self.zone: Zone = {}
        self.ttl = 0
        self.dumb: set[str] = set()  # kinds of question that get no answer
        self.failing: set[str] = set()  # kinds of question that get SERVFAIL
        self.asked: list[tuple[str, str]] = []
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        query = dns.message.from_wire(data)
        name, kind = str(query.question[0].name), dns.rdatatype.to_text(query.question[0].rdtype)
        self.asked.append((name, kind))
        if kind in self.dumb:
            return
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if kind in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif records := self.zone.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(name, self.ttl, "IN", kind, *records))
        elif all(there != name for there, _ in self.zone):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        assert self._transport is not None
        self._transport.sendto(answer.to_wire(), addr)


class Heard:
    """Collects what a discovery finds and lets tests wait for it."""

    def __init__(self) -> None:
        self.all: list[frozenset[str]] = []
        self._news = asyncio.Event()

    def __call__(self, candidates: frozenset[str]) -> None:
        self.all.append(candidates)
        self._news.set()

    async def next(self) -> frozenset[str]:
        """The latest, once there is news."""
        async with asyncio.timeout(10):
            await self._news.wait()
        self._news.clear()
        return self.all[-1]


@pytest.fixture
async def server() -> AsyncIterator[NameServer]:
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(NameServer, local_addr=("127.0.0.1", 0))
    yield server
    transport.close()


def asking(
    server: NameServer, search: tuple[str, ...] = (), ndots: int = 1
) -> Callable[[], dns.asyncresolver.Resolver]:
    """A resolver as resolv.conf would make it."""

    def make() -> dns.asyncresolver.Resolver:
        resolver = dns.asyncresolver.Resolver(configure=False)
        resolver.nameservers = ["127.0.0.1"]
        resolver.port = server.port
        resolver.search = [dns.name.from_text(domain) for domain in search]
        resolver.ndots = ndots
        resolver.timeout = 0.1
        resolver.lifetime = 0.3
        return resolver

    return make


@asynccontextmanager
async def running(discovery: Dns) -> AsyncIterator[Heard]:
    heard = Heard()
    task = asyncio.create_task(discovery.run(heard))
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def quick() -> Pace:
    """For tests that are not about the pace."""
    return Pace(Random(1), first=0.02)


def looking(server: NameServer, service: str = f"{NAME}:7443") -> Dns:
    return Dns(service, quick(), asking(server))


async def test_addresses_of_both_kinds(server: NameServer) -> None:
    server.zone = {(NAME, "A"): ["10.0.0.1", "10.0.0.2"], (NAME, "AAAA"): ["fd00::1"]}
    async with running(looking(server)) as heard:
        assert await heard.next() == {"10.0.0.1:7443", "10.0.0.2:7443", "[fd00::1]:7443"}


async def test_at_rest_nothing_is_asked_and_a_wish_is_granted(server: NameServer) -> None:
    """G6: the second question goes out only because somebody wants it."""
    server.zone = {(NAME, "A"): ["10.0.0.1"]}
    discovery = looking(server)
    async with running(discovery) as heard:
        await heard.next()
        assert len(server.asked) == 2
        server.zone = {(NAME, "A"): ["10.0.0.3"]}
        await asyncio.sleep(0.3)  # far beyond pace and time to live
        assert len(server.asked) == 2
        for _ in range(100):
            discovery.ask_again()
        assert await heard.next() == {"10.0.0.3:7443"}
        assert len(server.asked) == 4


async def test_an_answer_is_kept_for_its_time_to_live(server: NameServer) -> None:
    server.zone, server.ttl = {(NAME, "A"): ["10.0.0.1"]}, 1
    discovery = looking(server)
    loop = asyncio.get_running_loop()
    async with running(discovery) as heard:
        await heard.next()
        began = loop.time()
        server.zone = {(NAME, "A"): ["10.0.0.2"]}
        discovery.ask_again()
        await heard.next()
        assert loop.time() - began > 0.9


async def test_service_records_give_host_and_port(server: NameServer) -> None:
    name = f"_grpc._tcp.{NAME}"
    server.zone = {
        (name, "SRV"): ["0 0 7443 a1.example.", "0 0 7543 a2.example.", "0 0 1 gone.example."],
        ("a1.example.", "A"): ["10.0.0.1"],
        ("a2.example.", "AAAA"): ["fd00::2"],
    }
    async with running(looking(server, name)) as heard:
        assert await heard.next() == {"10.0.0.1:7443", "[fd00::2]:7543"}


async def test_a_service_record_may_say_there_is_nobody(server: NameServer) -> None:
    name = f"_grpc._tcp.{NAME}"
    server.zone = {(name, "SRV"): ["0 0 0 ."]}
    async with running(looking(server, f"{name}:7443")) as heard:
        assert await heard.next() == frozenset()


async def test_search_domains_and_ndots(server: NameServer) -> None:
    full = "agents.alarms.svc.cluster.local."
    server.zone = {(full, "A"): ["10.0.0.1"]}
    resolver = asking(server, ("alarms.svc.cluster.local.", "svc.cluster.local."), ndots=5)
    for host in ("agents", "agents.alarms", "agents.alarms.svc.cluster.local."):
        async with running(Dns(f"{host}:1", quick(), resolver)) as heard:
            assert await heard.next() == {"10.0.0.1:1"}, host


async def test_nobody_there_is_an_answer(server: NameServer) -> None:
    discovery = looking(server)
    async with running(discovery) as heard:
        assert await heard.next() == frozenset()  # the name does not exist
        server.zone = {(NAME, "TXT"): ["x"], (NAME, "A"): ["10.0.0.1"]}
        discovery.ask_again()
        assert await heard.next() == {"10.0.0.1:7443"}
        server.zone = {(NAME, "TXT"): ["x"]}
        discovery.ask_again()
        assert await heard.next() == frozenset()  # it exists, without addresses


async def test_a_name_server_that_knows_one_kind_only(server: NameServer) -> None:
    server.zone, server.failing = {(NAME, "A"): ["10.0.0.1"]}, {"AAAA"}
    async with running(looking(server)) as heard:
        assert await heard.next() == {"10.0.0.1:7443"}


async def test_silence_changes_nothing_and_is_told_once(
    server: NameServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.zone = {(NAME, "A"): ["10.0.0.1"]}
    begun: asyncio.Queue[None] = asyncio.Queue()
    resolver = asking(server)

    def made() -> dns.asyncresolver.Resolver:
        begun.put_nowait(None)
        return resolver()

    discovery = Dns(f"{NAME}:7443", quick(), made)
    async with running(discovery) as heard, asyncio.timeout(30):
        await heard.next()
        await begun.get()
        server.dumb = {"A", "AAAA"}
        for _ in range(3):  # when the third begins, two have failed
            discovery.ask_again()
            await begun.get()
        assert heard.all == [{"10.0.0.1:7443"}]
        assert len(caplog.records) == 1
        assert "cannot look up agents.example.:7443" in caplog.text
        server.dumb = set()
        server.zone = {(NAME, "A"): ["10.0.0.2"]}
        discovery.ask_again()
        assert await heard.next() == {"10.0.0.2:7443"}
