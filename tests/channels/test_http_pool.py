"""Connections of the HTTP client: kept, dropped, resumed and led through proxies."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from base64 import b64decode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from alarminati.channels.http_client import HttpClient, NoAnswer
from alarminati.channels.http_connection import BadRequest, kept_for, request
from tests.channels.servers import Reader, Talk, Writer, relay, serving
from tests.vendors.certificates import server_tls

ON_THE_WAY = "the proxy on the way to HOST"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers every request with `answer`; `posts` are their bodies."""

    def __init__(self, answer: bytes = OK, requests: int = 0) -> None:
        """`requests`: so many, then it closes; 0: any number."""
        self.answer, self.requests = answer, requests
        self.connections = 0
        self.resumed: list[bool] = []
        self.posts: list[bytes] = []
        self.heads: list[bytes] = []
        self.closed = asyncio.Event()
        self.port = 0

    @asynccontextmanager
    async def up(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        async with serving(self._talk, tls) as self.port:
            yield f"http{'s' if tls else ''}://127.0.0.1:{self.port}/x?y=1"

    async def _talk(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        secured = writer.get_extra_info("ssl_object")
        if secured is not None:
            self.resumed.append(secured.session_reused)
        while len(self.posts) != self.requests or not self.requests:
            self.heads.append(await reader.readuntil(b"\r\n\r\n"))
            length = int(self.heads[-1].lower().partition(b"content-length:")[2].split()[0])
            self.posts.append(await reader.readexactly(length))
            writer.write(self.answer)
            await writer.drain()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        self.closed.set()


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.close()


async def test_a_kept_connection_that_was_closed_is_replaced_before_anything_is_sent(
    http: HttpClient,
) -> None:
    server = Server(requests=1)
    async with server.up() as url:
        await http.post(url, b"1", {}, timeout=5)
        await server.closed.wait()
        server.requests = 0
        assert (await http.post(url, b"2", {}, timeout=5)).status == 200
        await http.close()
    assert (server.posts, server.connections) == ([b"1", b"2"], 2)


async def test_bytes_that_nobody_asked_for_end_a_kept_connection(http: HttpClient) -> None:
    server = Server(OK + b"HTTP/1.1 500 Poison\r\nContent-Length: 0\r\n\r\n")
    async with server.up() as url:
        for _ in range(3):
            assert (await http.post(url, b"", {}, timeout=5)).status == 200
        await http.close()


async def test_an_answer_that_comes_before_the_body_was_read_counts(http: HttpClient) -> None:
    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        while await reader.read(65_536):
            pass

    async with serving(talk) as port:
        answer = await http.post(f"http://127.0.0.1:{port}", b"x" * 20_000_000, {}, timeout=5)
        assert (answer.status, len(http.pool)) == (413, 0)


async def test_head_and_body_go_out_together(http: HttpClient) -> None:
    seen: list[bytes] = []

    async def talk(reader: Reader, writer: Writer) -> None:
        seen.append(await reader.read(65_536))
        writer.write(OK)
        await writer.drain()

    async with serving(talk) as port:
        await http.post(f"http://127.0.0.1:{port}", b"{}", {"A": "b"}, timeout=5)
    assert seen[0].startswith(b"POST / HTTP/1.1\r\nHost: 127.0.0.1:")
    assert seen[0].endswith(b"\r\nContent-Length: 2\r\nA: b\r\n\r\n{}")


@pytest.mark.parametrize(
    "headers", [{"A": "b\r\nC: d"}, {"A": "b\0"}, {"A b": "c"}, {"": "x"}, {"A": "가"}, {"A:": "x"}]
)
async def test_a_header_that_is_none_is_never_sent(
    http: HttpClient, headers: dict[str, str]
) -> None:
    with pytest.raises(BadRequest):
        request("POST", "/", headers)
    with pytest.raises(NoAnswer, match="look at the channel's headers"):
        await http.post("http://127.0.0.1:1/", b"", headers, timeout=5)


async def test_a_server_that_says_how_long_it_waits_is_believed() -> None:
    assert kept_for({"keep-alive": "timeout=5, max=100"}) == 5
    assert kept_for({"keep-alive": "max=9"}) == kept_for({}) == float("inf")


async def test_a_new_tls_connection_resumes_the_session_of_the_last_one(
    http: HttpClient, tmp_path: Path
) -> None:
    server = Server(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), requests=1)
    async with server.up(server_tls(tmp_path)) as url:
        for _ in range(3):
            server.requests = len(server.posts) + 1
            ca = (tmp_path / "ca.crt").read_text()
            assert (await http.post(url, b"", {}, timeout=5, ca=ca)).status == 200
    assert server.resumed == [False, True, True]


def proxy(answer: bytes, server: Server, heads: list[bytes]) -> Talk:
    """A proxy that answers CONNECT with this, and leads to the server when that is a yes."""

    async def talk(reader: Reader, writer: Writer) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer)
        if answer.startswith(b"HTTP/1.1 200"):
            await relay(reader, writer, server.port)

    return talk


async def test_a_tunnel_is_asked_for_with_user_and_password(tmp_path: Path) -> None:
    server, heads = Server(), list[bytes]()
    agrees = proxy(b"HTTP/1.1 200 Connection established\r\n\r\n", server, heads)
    async with server.up(server_tls(tmp_path)) as url, serving(agrees) as port:
        http = HttpClient({"https_proxy": f"http://me:se%40cret@127.0.0.1:{port}"})
        ca = (tmp_path / "ca.crt").read_text()
        for _ in range(2):
            assert (await http.post(url, b"", {}, timeout=5, ca=ca)).status == 200
        await http.close()
    (head,) = heads
    place = b"127.0.0.1:%d" % server.port
    assert head.startswith(b"CONNECT " + place + b" HTTP/1.1\r\nHost: " + place + b"\r\n")
    assert b64decode(head.partition(b"Basic ")[2].split()[0]) == b"me:se@cret"
    assert b"Proxy-Authorization" not in server.heads[0]
    assert server.connections == 1


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 407 No\r\nContent-Length: 2\r\n\r\nno", f"{ON_THE_WAY} answered 407"),
        (b"HTTP/1.1 502 No\r\n\r\n", f"{ON_THE_WAY} answered 502"),
        (b"SSH-2.0\r\n", "HOST answered something that is not HTTP"),
    ],
)  # fmt: skip
async def test_a_proxy_that_refuses_is_named(answer: bytes, sentence: str) -> None:
    async with serving(proxy(answer, Server(), [])) as port:
        http = HttpClient({"https_proxy": f"127.0.0.1:{port}"})
        with pytest.raises(NoAnswer) as caught:
            await http.post("https://far.invalid/canary", b"", {}, timeout=5)
        assert str(caught.value) == sentence.replace("HOST", "far.invalid")
        await http.close()


async def test_a_proxy_may_be_reached_over_tls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TLS to the proxy, and TLS to the server within it."""
    server, tls, heads = Server(), server_tls(tmp_path), list[bytes]()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
    agrees = proxy(b"HTTP/1.1 200 OK\r\n\r\n", server, heads)
    async with server.up(tls) as url, serving(agrees, tls) as port:
        http = HttpClient({"https_proxy": f"https://127.0.0.1:{port}"})
        assert (await http.post(url, b"{}", {}, timeout=5)).status == 200
        await http.close()
    assert (server.posts, len(heads)) == ([b"{}"], 1)
