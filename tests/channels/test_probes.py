"""Health checks: what is well, how little is sent, and that a kept connection hides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from alarminati.agent.master_tasks.probes import FRESH_AFTER, Finding, Prober
from tests.vendors.certificates import server_tls

WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Service:
    """Something to be probed. Gives one of `answers` after the other, the last one for ever."""

    answers: list[bytes]
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    url: str = ""
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.talks.add(asyncio.create_task(self.talk(reader, writer)))

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while request := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(request)
                answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
                writer.write(answer)
                await writer.drain()
                if answer.endswith(b"!"):
                    break
        except (OSError, asyncio.IncompleteReadError):
            pass  # the prober has heard enough
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def hang_up(self) -> None:
        while self.writers:
            self.writers.pop().transport.abort()


@asynccontextmanager
async def service(*answers: bytes, tls: Path | None = None) -> AsyncIterator[Service]:
    made = Service(list(answers))
    context = server_tls(tls) if tls else None
    server = await asyncio.start_server(made.accept, "127.0.0.1", 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    made.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/healthz?deep=1"
    async with server:
        yield made
        made.hang_up()
        await asyncio.gather(*made.talks)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def prober(clock: Clock) -> AsyncIterator[Prober]:
    made = Prober(clock)
    yield made
    await made.close()


@pytest.mark.parametrize(
    ("status", "well"),
    [(200, True), (204, True), (301, True), (304, True), (404, False), (429, False), (500, False)],
)
async def test_2xx_and_3xx_are_well(prober: Prober, status: int, well: bool) -> None:
    async with service(b"HTTP/1.1 %d X\r\nContent-Length: 0\r\n\r\n" % status) as target:
        finding = await prober.probe(target.url, 5)
    assert finding.well is well
    assert re.fullmatch(rf"127\.0\.0\.1:\d+ answered {status}", finding.detail)


async def test_the_request_is_short_and_the_connection_kept(prober: Prober) -> None:
    async with service(WELL) as target:
        for _ in range(5):
            assert (await prober.probe(target.url, 5)).well
        host = target.url.split("/")[2].encode()
        assert target.requests[0] == (
            b"GET /healthz?deep=1 HTTP/1.1\r\nHost: " + host + b"\r\nUser-Agent: alarminati\r\n\r\n"
        )
        assert (target.connections, len(target.requests)) == (1, 5)


async def test_a_kept_connection_is_given_up_in_time(prober: Prober, clock: Clock) -> None:
    async with service(WELL) as target:
        await prober.probe(target.url, 5)
        clock.now = FRESH_AFTER - 1
        await prober.probe(target.url, 5)
        assert target.connections == 1
        clock.now = FRESH_AFTER
        await prober.probe(target.url, 5)
        assert target.connections == 2


async def test_a_connection_closed_while_idle_is_no_failure(prober: Prober) -> None:
    async with service(WELL) as target:
        for connections in range(1, 4):
            assert (await prober.probe(target.url, 5)).well
            assert target.connections == connections
            target.hang_up()


async def test_a_failure_is_confirmed_on_a_new_connection(prober: Prober) -> None:
    async with service(WELL, b"!", WELL) as target:
        await prober.probe(target.url, 5)
        assert (await prober.probe(target.url, 5)).well  # the kept one broke, a new one answers
        assert target.connections == 2


async def test_an_answer_that_is_not_well_ends_the_connection(prober: Prober) -> None:
    sick = b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"
    async with service(sick, WELL) as target:
        assert not (await prober.probe(target.url, 5)).well
        assert (await prober.probe(target.url, 5)).well
        assert target.connections == 2


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n" + b"x" * 5000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 9000 + b"\r\nZ: " + b"y" * 9000 + b"\r\n\r\n",
    ],
)
async def test_what_is_not_worth_reading_is_not_read(prober: Prober, answer: bytes) -> None:
    async with service(answer) as target:
        assert (await prober.probe(target.url, 5)).well
        assert (await prober.probe(target.url, 5)).well
        assert target.connections == 2


async def test_early_hints_are_passed_over(prober: Prober) -> None:
    async with service(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WELL) as target:
        assert (await prober.probe(target.url, 5)).well


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (b"SSH-2.0-OpenSSH\r\n!", "answered something that is not HTTP"),
        (b"HTTP/1.1 OK\r\n\r\n!", "answered something that is not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-!", "closed the connection"),
        (b"x" * 50_000 + b"!", "answered something that is not HTTP"),
    ],
)
async def test_nonsense_is_not_well(prober: Prober, answer: bytes, problem: str) -> None:
    async with service(answer) as target:
        finding = await prober.probe(target.url, 5)
    assert not finding.well
    assert problem in finding.detail
    assert "healthz" not in finding.detail


async def test_nobody_there(prober: Prober) -> None:
    finding = await prober.probe("http://127.0.0.1:1/", 5)
    assert finding == Finding(False, "127.0.0.1:1 refused the connection")
    finding = await prober.probe("https://nowhere.invalid/", 5)
    assert finding == Finding(False, "the name nowhere.invalid cannot be resolved")


async def test_silence_ends_at_the_timeout(prober: Prober) -> None:
    async with service(b"HTTP/1.1 200 OK\r\n") as target:
        finding = await prober.probe(target.url, 0.2)
    assert not finding.well
    assert "within 0.2 s" in finding.detail


async def test_a_certificate_nobody_vouches_for_is_not_well(prober: Prober, tmp_path: Path) -> None:
    async with service(WELL, tls=tmp_path) as target:
        finding = await prober.probe(target.url, 5)
    assert not finding.well
    assert "is not to be trusted" in finding.detail


async def test_many_at_once_share_nothing_but_keep_one(prober: Prober) -> None:
    async with service(WELL) as target:
        findings = await asyncio.gather(*(prober.probe(target.url, 5) for _ in range(20)))
        assert all(finding.well for finding in findings)
        before = target.connections
        await prober.probe(target.url, 5)
        assert target.connections == before
