"""An answer that has a status but no end: what was taken is not sent again (G2)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from alarminati.channels.http_client import HttpClient
from alarminati.channels.port import SendContext
from alarminati.channels.table import configure
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import DeliveryCause, Result
from tests.channels.every import LEAST
from tests.channels.samples import item, message

CHUNKED = b"Transfer-Encoding: chunked\r\n"
ENDS = ("drips", "stays open", "closes", "resets")

# Behind "HTTP/1.1 STATUS x": headers and body as far as they come.
BROKEN = {
    "chunks without end": CHUNKED + b"\r\n2\r\nok\r\n",
    "too little for its length": b"Content-Length: 10\r\n\r\nok",
    "no length": b"Content-Type: text/plain\r\n\r\nok",
    "no chunk": CHUNKED + b"\r\nok\r\n",
    "no body": b"Content-Length: 2\r\n\r\n",
    "a length that is none": b"Content-Length: some\r\n\r\nok",
    "a length below zero": b"Content-Length: -1\r\n\r\nok",
    "two lengths": b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nok",
    "half a header": b"Content-Le",
    "a header that is none": b"Server Name: x\r\n\r\nok",
}


class Receiver:
    """Takes each POST and answers it with `answer`, then ends it in its own way."""

    def __init__(self, answer: bytes, end: str) -> None:
        self.answer, self.end = answer, end
        self.posts = 0
        self.url = ""
        self.talks: list[asyncio.Task[None]] = []

    def met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.talks.append(asyncio.create_task(self.talk(reader, writer)))

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length:")[2].split()[0])
            await reader.readexactly(length)
            self.posts += 1
            writer.write(self.answer)
            await writer.drain()
            await self._end(reader, writer)
        except (OSError, EOFError):
            pass  # the client has heard enough
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def _end(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.end == "stays open":
            await reader.read()
        elif self.end == "drips":
            while not reader.at_eof():
                writer.write(b"2\r\nok\r\n")
                await writer.drain()
                try:
                    async with asyncio.timeout(0.05):
                        await reader.read()
                except TimeoutError:
                    pass
        elif self.end == "resets":
            plug = writer.get_extra_info("socket")
            plug.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@asynccontextmanager
async def receiver(answer: bytes, end: str) -> AsyncIterator[Receiver]:
    there = Receiver(answer, end)
    server = await asyncio.start_server(there.met, "127.0.0.1", 0)
    async with server:
        there.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        yield there
    await asyncio.gather(*there.talks)


def answer(status: int, rest: bytes) -> bytes:
    return b"HTTP/1.1 %d Said\r\n%b" % (status, rest)


async def send(type_: str, there: Receiver) -> Verdict:
    """Send one alarm through a channel of that type."""
    key = "api" if "api" in configured(type_) else "url"
    more = {"auth": there.url} if type_ == "kakaotalk" else {}
    channel = configure("team", type_, LEAST[type_] | {key: there.url, "timeout": 0.5} | more)
    http = HttpClient()
    try:
        return await channel.deliver(SendContext(http), channel.render(message(item())), "key-1")
    finally:
        await http.close()


def configured(type_: str) -> tuple[str, ...]:
    settings = configure("team", type_, LEAST[type_]).settings
    return tuple(settings.__struct_fields__)


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("rest", BROKEN.values(), ids=list(BROKEN))
async def test_the_status_line_decides_for_a_webhook(rest: bytes, end: str) -> None:
    async with receiver(answer(200, rest), end) as there:
        verdict = await send("webhook", there)
    assert (verdict.result, there.posts) == (Result.DELIVERED, 1), verdict.detail


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize(
    ("status", "result", "cause"),
    [
        (400, Result.FAILED, DeliveryCause.REJECTED),
        (401, Result.RETRY, DeliveryCause.MISCONFIGURED),
        (429, Result.RETRY, DeliveryCause.RATE_LIMITED),
        (503, Result.RETRY, DeliveryCause.UNREACHABLE),
    ],
)
async def test_so_it_does_when_it_refuses_and_what_the_headers_ask_for_counts(
    status: int, result: Result, cause: DeliveryCause, end: str
) -> None:
    rest = b"Retry-After: 77\r\nContent-Length: 50\r\n\r\nno"
    async with receiver(answer(status, rest), end) as there:
        verdict = await send("webhook", there)
    assert (verdict.result, verdict.cause) == (result, cause)
    if cause in (DeliveryCause.RATE_LIMITED, DeliveryCause.UNREACHABLE):
        assert verdict.after == 77


CHATS = [
    "discord", "googlechat", "kakaowork", "pagerduty", "slack", "slackbot", "teams", "telegram",
]  # fmt: skip


@pytest.mark.parametrize("end", ["stays open", "closes"])
@pytest.mark.parametrize("type_", CHATS)
async def test_half_of_a_good_answer_is_delivered_without_a_receipt(type_: str, end: str) -> None:
    status = 202 if type_ == "pagerduty" else 200
    rest = b'Content-Length: 500\r\n\r\n{"ok":true,"success":true,"id":"1'
    async with receiver(answer(status, rest), end) as there:
        verdict = await send(type_, there)
    assert (verdict.result, verdict.receipt, there.posts) == (Result.DELIVERED, "", 1)


@pytest.mark.parametrize("type_", ["slackbot", "telegram", "kakaowork"])
@pytest.mark.parametrize("body", [b'{"ok":false,"err', b'{"success": false,', b"<html><bo"])
async def test_half_of_a_2xx_that_says_no_is_not_delivered(type_: str, body: bytes) -> None:
    async with receiver(answer(200, b"Content-Length: 500\r\n\r\n" + body), "closes") as there:
        verdict = await send(type_, there)
    assert verdict.result is Result.RETRY


@pytest.mark.parametrize("end", ["stays open", "closes"])
@pytest.mark.parametrize("type_", CHATS)
async def test_half_of_a_refusal_waits_as_long_as_its_headers_ask(type_: str, end: str) -> None:
    for status in (429, 503):
        rest = b"Retry-After: 77\r\nContent-Length: 500\r\n\r\n{"
        async with receiver(answer(status, rest), end) as there:
            verdict = await send(type_, there)
        assert (verdict.result, verdict.after, there.posts) == (Result.RETRY, 77, 1)


@pytest.mark.parametrize("type_", CHATS)
async def test_half_of_a_400_does_not_make_a_dead_letter(type_: str) -> None:
    rest = b"Content-Length: 500\r\n\r\n{"
    async with receiver(answer(400, rest), "closes") as there:
        verdict = await send(type_, there)
    assert (verdict.result, verdict.cause) == (Result.RETRY, DeliveryCause.MISCONFIGURED)


async def test_half_of_a_token_is_asked_for_again() -> None:
    half = answer(200, b'Content-Length: 500\r\n\r\n{"access_token":"a')
    async with receiver(half, "closes") as there:
        verdict = await send("kakaotalk", there)
    assert (verdict.result, verdict.cause) == (Result.RETRY, DeliveryCause.UNREACHABLE)


@pytest.mark.parametrize("rest", [b"\r\n", b"Content-Length: some\r\n\r\n"])
async def test_what_a_proxy_says_is_not_taken_for_the_receivers_word(rest: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")  # CONNECT
        writer.write(answer(200, rest))
        await writer.drain()
        writer.close()

    channel = configure("team", "webhook", {"url": "https://far.invalid/", "timeout": 2})
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        http = HttpClient({"https_proxy": f"127.0.0.1:{server.sockets[0].getsockname()[1]}"})
        verdict = await channel.deliver(SendContext(http), b"{}", "key-1")
        await http.close()
    assert (verdict.result, verdict.cause) == (Result.RETRY, DeliveryCause.UNREACHABLE)
