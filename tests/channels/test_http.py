"""The HTTP client against receivers that misbehave in every way (G2, G7, G8)."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from alarminati.channels.http_client import HttpClient, NoAnswer
from alarminati.channels.http_pool import KEPT_CONNECTIONS
from alarminati.channels.http_reader import BODY_LIMIT
from alarminati.demo.sink import Fault, Sink
from tests.vendors.certificates import server_tls

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], object]


@asynccontextmanager
async def sink(tls: bool = False, folder: Path | None = None) -> AsyncIterator[Sink]:
    receiver = Sink(tls=server_tls(folder) if tls and folder else None)
    await receiver.start()
    try:
        yield receiver
    finally:
        await receiver.stop()


@asynccontextmanager
async def client(environ: dict[str, str] | None = None) -> AsyncIterator[HttpClient]:
    http = HttpClient(environ)
    try:
        yield http
    finally:
        await http.close()


@asynccontextmanager
async def raw(answer: bytes) -> AsyncIterator[str]:
    """A server that answers every request with these bytes and closes. Gives its address."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10_000)
        writer.write(answer)
        try:
            await writer.drain()
        except OSError:
            pass  # the client has read enough
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/canary"


async def refusal(http: HttpClient, url: str, timeout: float = 5.0, ca: str = "") -> str:
    with pytest.raises(NoAnswer) as caught:
        await http.post(url, b"{}", {"X-Key": "canary"}, timeout=timeout, ca=ca)
    assert "canary" not in f"{caught.value!r}"
    return str(caught.value)


async def test_a_post_arrives_as_it_is_and_the_connection_is_kept() -> None:
    async with sink() as receiver, client() as http:
        for number in range(5):
            answer = await http.post(receiver.url, b"%d" % number, {"X-A": "b"}, timeout=5)
            assert (answer.status, answer.body) == (200, b"ok")
            assert "date" in answer.headers
        assert [got.body for got in receiver.received] == [b"0", b"1", b"2", b"3", b"4"]
        assert receiver.received[0].headers["x-a"] == "b"
        assert receiver.received[0].headers["host"] == f"127.0.0.1:{receiver.port}"
        assert receiver.connections == 1


@pytest.mark.parametrize("kind", ["hang", "drip"])
async def test_everything_together_has_one_limit_in_time(kind: str) -> None:
    async with sink() as receiver, client() as http:
        receiver.faults.append(Fault(kind="hang" if kind == "hang" else "drip"))
        began = time.monotonic()
        text = await refusal(http, receiver.url, timeout=0.3)
        assert time.monotonic() - began < 2
        assert text == f"no answer from 127.0.0.1:{receiver.port} within 0.3 s"


async def test_what_was_sent_is_never_sent_twice() -> None:
    async with sink() as receiver, client() as http:
        await http.post(receiver.url, b"0", {}, timeout=5)
        receiver.faults.append(Fault(kind="reset", count=1))
        text = await refusal(http, receiver.url)
        assert "closed the connection" in text
        assert len(receiver.received) == 2
        await http.post(receiver.url, b"2", {}, timeout=5)
        assert len(receiver.accepted) == 2


async def test_hundreds_that_hang_leave_no_connection_behind() -> None:
    async with sink() as receiver, client() as http:
        receiver.faults.append(Fault(kind="hang", count=300))
        await asyncio.gather(*(refusal(http, receiver.url, timeout=0.5) for _ in range(300)))
        receiver.faults.clear()
        answers = await asyncio.gather(
            *(http.post(receiver.url, b"", {}, timeout=10) for _ in range(100))
        )
        assert {answer.status for answer in answers} == {200}
        assert len(http.pool) <= KEPT_CONNECTIONS


async def test_a_long_answer_is_cut_off() -> None:
    long = b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n" + b"x" * 900_000
    async with raw(long) as url, client() as http:
        answer = await http.post(url, b"", {}, timeout=5)
    assert len(answer.body) == BODY_LIMIT


async def test_redirects_are_not_followed_and_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    elsewhere = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/canary\r\n\r\n"
    async with raw(elsewhere) as url, client() as http:
        assert (await http.post(url, b"", {}, timeout=5)).status == 302
    assert "canary" not in caplog.text


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 O"])
async def test_half_a_status_line_is_no_answer(answer: bytes) -> None:
    async with raw(answer) as url, client() as http:
        assert "closed the connection" in await refusal(http, url)


async def test_refused_and_unknown_hosts() -> None:
    async with client() as http:
        assert (
            await refusal(http, "http://127.0.0.1:1/canary") == "127.0.0.1:1 refused the connection"
        )
        text = await refusal(http, "https://nowhere.invalid/canary")
        assert text == "the name nowhere.invalid cannot be resolved"


async def test_tls_is_verified(tmp_path: Path) -> None:
    async with sink(tls=True, folder=tmp_path) as receiver, client() as http:
        text = await refusal(http, receiver.url)
        assert text.startswith(f"the certificate of 127.0.0.1:{receiver.port} is not to be trusted")
        assert receiver.received == []
        trusted = (tmp_path / "ca.crt").read_text()
        assert (await http.post(receiver.url, b"", {}, timeout=5, ca=trusted)).status == 200
        other_name = receiver.url.replace("127.0.0.1", "localhost")
        assert "not to be trusted" in await refusal(http, other_name, ca=trusted)


async def test_a_connection_that_could_not_be_made_is_tried_once_more(tmp_path: Path) -> None:
    tls, connections = server_tls(tmp_path), 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            writer.transport.abort()
            return
        await writer.start_tls(tls)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
        async with client() as http:
            answer = await http.post(url, b"", {}, timeout=5, ca=(tmp_path / "ca.crt").read_text())
    assert (answer.status, connections) == (200, 2)


async def test_tls_to_a_port_without() -> None:
    async with raw(b"HTTP/1.1 400 Bad Request\r\n\r\n") as url, client() as http:
        text = await refusal(http, url.replace("http:", "https:"))
        assert re.fullmatch(r"no TLS connection with 127\.0\.0\.1:\d+ could be made", text)


async def test_a_proxy_is_used() -> None:
    async with sink() as proxy, client({"http_proxy": f"me:canary@127.0.0.1:{proxy.port}"}) as http:
        assert (await http.post("http://far.invalid/hook", b"{}", {}, timeout=5)).status == 200
        assert proxy.received[0].path == "http://far.invalid/hook"
        assert proxy.received[0].headers["proxy-authorization"].startswith("Basic ")
