"""Health checks: what is well, how little is sent, and that a kept connection hides nothing."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio as health

from alarminati.agent.master_tasks.probes import FRESH_AFTER, Finding, Prober
from alarminati.core.monitors.targets import Target, read_statuses
from tests.vendors.certificates import server_tls

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
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
        finding = await prober.probe(Target(target.url), 5)
    assert finding.well is well
    assert re.fullmatch(rf"127\.0\.0\.1:\d+ answered {status}", finding.detail)


async def test_the_request_is_short_and_the_connection_kept(prober: Prober) -> None:
    async with service(WELL) as target:
        for _ in range(5):
            assert (await prober.probe(Target(target.url), 5)).well
        host = target.url.split("/")[2].encode()
        assert target.requests[0] == (
            b"GET /healthz?deep=1 HTTP/1.1\r\nHost: " + host + b"\r\nUser-Agent: alarminati\r\n\r\n"
        )
        assert (target.connections, len(target.requests)) == (1, 5)


async def test_a_kept_connection_is_given_up_in_time(prober: Prober, clock: Clock) -> None:
    async with service(WELL) as target:
        await prober.probe(Target(target.url), 5)
        clock.now = FRESH_AFTER - 1
        await prober.probe(Target(target.url), 5)
        assert target.connections == 1
        clock.now = FRESH_AFTER
        await prober.probe(Target(target.url), 5)
        assert target.connections == 2


async def test_a_connection_closed_while_idle_is_no_failure(prober: Prober) -> None:
    async with service(WELL) as target:
        for connections in range(1, 4):
            assert (await prober.probe(Target(target.url), 5)).well
            assert target.connections == connections
            target.hang_up()


async def test_a_failure_is_confirmed_on_a_new_connection(prober: Prober) -> None:
    async with service(WELL, b"!", WELL) as target:
        await prober.probe(Target(target.url), 5)
        assert (await prober.probe(Target(target.url), 5)).well  # the kept one broke
        assert target.connections == 2


async def test_an_answer_that_is_not_well_ends_the_connection(prober: Prober) -> None:
    sick = b"HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n"
    async with service(sick, WELL) as target:
        assert not (await prober.probe(Target(target.url), 5)).well
        assert (await prober.probe(Target(target.url), 5)).well
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
        assert (await prober.probe(Target(target.url), 5)).well
        assert (await prober.probe(Target(target.url), 5)).well
        assert target.connections == 2


async def test_early_hints_are_passed_over(prober: Prober) -> None:
    async with service(b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + WELL) as target:
        assert (await prober.probe(Target(target.url), 5)).well


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
        finding = await prober.probe(Target(target.url), 5)
    assert not finding.well
    assert problem in finding.detail
    assert "healthz" not in finding.detail


async def test_nobody_there(prober: Prober) -> None:
    finding = await prober.probe(Target("http://127.0.0.1:1/"), 5)
    assert finding == Finding(False, "127.0.0.1:1 refused the connection")
    finding = await prober.probe(Target("https://nowhere.invalid/"), 5)
    assert finding == Finding(False, "the name nowhere.invalid cannot be resolved")


async def test_silence_ends_at_the_timeout(prober: Prober) -> None:
    async with service(b"HTTP/1.1 200 OK\r\n") as target:
        finding = await prober.probe(Target(target.url), 0.2)
    assert not finding.well
    assert "within 0.2 s" in finding.detail


async def test_a_certificate_nobody_vouches_for_is_not_well(prober: Prober, tmp_path: Path) -> None:
    async with service(WELL, tls=tmp_path) as target:
        finding = await prober.probe(Target(target.url), 5)
    assert not finding.well
    assert "is not to be trusted" in finding.detail


async def test_many_at_once_share_nothing_but_keep_one(prober: Prober) -> None:
    async with service(WELL) as target:
        findings = await asyncio.gather(*(prober.probe(Target(target.url), 5) for _ in range(20)))
        assert all(finding.well for finding in findings)
        before = target.connections
        await prober.probe(Target(target.url), 5)
        assert target.connections == before


@pytest.mark.parametrize(
    ("target", "answer", "well"),
    [
        ({"status": ((401, 401),)}, b"HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n", True),
        ({"status": ((401, 401),)}, WELL, False),
        ({"contains": "ok"}, WELL, True),
        ({"contains": "UP"}, WELL, False),
        ({"contains": "UP"}, b"HTTP/1.1 200 OK\r\n\r\n{UP}!", True),
        (
            {"contains": '"UP"'},
            CHUNKED + b'3\r\n{"U\r\n3;x=1\r\nP"}\r\n0\r\n\r\n',
            True,
        ),
        ({"contains": "UP"}, CHUNKED + b"zz\r\n!", False),
        ({"method": "HEAD"}, b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n", True),
    ],
)
async def test_what_is_well_is_a_setting(
    prober: Prober, target: dict[str, Any], answer: bytes, well: bool
) -> None:
    async with service(answer) as there:
        for _ in range(2):
            finding = await prober.probe(Target(there.url, **target), 5)
            assert finding.well is well, finding
        if well and not answer.endswith(b"!"):
            assert there.connections == 1  # kept


async def test_methods_and_headers(prober: Prober) -> None:
    async with service(WELL) as there:
        headers = (("Authorization", "Bearer secret"), ("Host", "shop.example"))
        target = Target(there.url, "POST", headers)
        assert (await prober.probe(target, 5)).well
        assert there.requests == [
            b"POST /healthz?deep=1 HTTP/1.1\r\nUser-Agent: alarminati\r\n"
            b"Authorization: Bearer secret\r\nHost: shop.example\r\nContent-Length: 0\r\n\r\n"
        ]
        assert "secret" not in repr(target)


async def test_an_authority_of_its_own_and_the_end_of_a_certificate(
    prober: Prober, tmp_path: Path
) -> None:
    async with service(WELL, tls=tmp_path) as there:
        assert not (await prober.probe(Target(there.url), 5)).well
        pem = (tmp_path / "ca.crt").read_text()
        assert (await prober.probe(Target(there.url, ca=pem), 5)).well
        finding = await prober.probe(Target(there.url, ca=pem, certificate_days=36_500), 5)
        assert not finding.well
        assert re.fullmatch(r"the certificate of .* ends in \d+ days; renew it", finding.detail)


async def test_a_port_that_takes_connections(prober: Prober) -> None:
    async with service(WELL) as there:
        address = there.url.split("/")[2]
        assert (await prober.probe(Target(f"tcp://{address}"), 5)).well
    finding = await prober.probe(Target(f"tcp://{address}"), 5)
    assert (finding.well, "refused" in finding.detail) == (False, True)


async def test_a_name(prober: Prober) -> None:
    assert (await prober.probe(Target("dns://localhost", contains="127.0.0.1"), 5)).well
    assert not (await prober.probe(Target("dns://localhost", contains="192.0.2.1"), 5)).well
    assert not (await prober.probe(Target("dns://nowhere.invalid"), 5)).well


async def test_the_health_service_of_grpc(prober: Prober) -> None:
    server, servicer = grpc.aio.server(), health.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    serving = health_pb2.HealthCheckResponse
    await servicer.set("shop", serving.SERVING)
    url = f"grpc://127.0.0.1:{port}"
    assert (await prober.probe(Target(f"{url}/shop"), 5)).well
    await servicer.set("shop", serving.NOT_SERVING)
    finding = await prober.probe(Target(f"{url}/shop"), 5)
    assert (finding.well, finding.detail) == (False, f"127.0.0.1:{port} answered NOT_SERVING")
    assert (await prober.probe(Target(f"{url}/other"), 5)).detail.endswith("NOT_FOUND")
    await server.stop(0)
    assert not (await prober.probe(Target(f"{url}/shop"), 5)).well


@pytest.mark.parametrize("words", [(200,), ("2xx", 401), ("200-299", "404")])
def test_statuses(words: tuple[int | str, ...]) -> None:
    assert all(low <= high for low, high in read_statuses(words))
    for wrong in (("abc",), ("20",), (700,), ("300-200",)):
        with pytest.raises(ValueError, match="status"):
            read_statuses(wrong)
