"""Servers that answer wrongly, endlessly or too early: the client ends in time, with a verdict."""

from __future__ import annotations

import asyncio
import time

import pytest

from alarminati.channels.http_client import HttpClient, HttpResponse, NoAnswer
from alarminati.channels.http_reader import BODY_LIMIT
from tests.channels.servers import Reader, Talk, Writer, serving

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def saying(*parts: bytes, again: bytes = b"", pause: float = 0.0) -> Talk:
    """Say these parts once the request is read; then `again` for ever, with pauses."""

    async def talk(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        while again:
            writer.write(again)
            await writer.drain()
            await asyncio.sleep(pause)

    return talk


async def mute(reader: Reader, writer: Writer) -> None:
    await reader.read()


async def post(port: int, timeout: float = 0.4, **more: object) -> HttpResponse | str:
    """Return the answer, or why there was none."""
    http = HttpClient()
    try:
        return await http.post(f"http://127.0.0.1:{port}/canary", b"", {}, timeout=timeout, **more)  # type: ignore[arg-type]
    except NoAnswer as error:
        return str(error)
    finally:
        await http.close()
        assert len(http.pool) == 0


NOT_HTTP = "HOST answered something that is not HTTP"
LATE = "no answer from HOST within 0.4 s"
CLOSED = "HOST closed the connection before it answered in full"

NO_ANSWER = {
    "an endless header": (saying(OK.replace(b"200", b"abc"), again=b"x" * 9000), NOT_HTTP),
    "interim answers without end": (saying(again=b"HTTP/1.1 103 Early\r\n\r\n"), NOT_HTTP),
    "a slow drip of a status line": (saying(b"HTTP/1.1 20", again=b"0", pause=0.01), None),
    "nothing": (mute, LATE),
    "silence and a close": (saying(), CLOSED),
    "another protocol": (saying(b"SSH-2.0-OpenSSH_9.6\r\n"), NOT_HTTP),
    "HTTP/2": (saying(b"\x00\x00\x12\x04\x00\x00\x00\x00\x00"), NOT_HTTP),
    "a switch of protocols": (
        saying(b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nxx"), NOT_HTTP,
    ),
    "a status with four digits": (saying(b"HTTP/1.1 2000 OK\r\n\r\n"), NOT_HTTP),
}  # fmt: skip

BROKEN_OFF = {
    "headers without end": saying(OK, again=b"X-More: " + b"x" * 9000 + b"\r\n"),
    "one header without end": saying(OK + b"X: ", again=b"x" * 9000),
    "a chunk of no size": saying(CHUNKED + b"zz\r\nok\r\n"),
    "a chunk longer than it says": saying(CHUNKED + b"2\r\nokok\r\n0\r\n\r\n"),
    "a size that is too large": saying(CHUNKED + b"f" * 17 + b"\r\n"),
    "an extension without end": saying(CHUNKED + b"2;", again=b"x" * 90_000),
    "trailers without end": saying(CHUNKED + b"0\r\n", again=b"X: " + b"x" * 90_000 + b"\r\n"),
    "less than its length": saying(OK + b"Content-Length: 9\r\n\r\nok"),
    "a drip": saying(OK + b"Content-Length: 900\r\n\r\n", again=b"x", pause=0.01),
    "both lengths": saying(CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 2\r\n\r\n") + b"ok"),
    "a line that ends in the middle": saying(OK + b"A: b\rC: d\r\n\r\n"),
    "a name with a NUL": saying(OK + b"A\0: b\r\n\r\n"),
}

WHOLE = {
    "nothing but a head": (saying(OK + b"\r\n"), b""),
    "read to its close": (saying(OK + b"\r\n", b"as", b"it is"), b"asit is"),
    "chunks, byte by byte": (
        saying(*(bytes([b]) for b in CHUNKED + b"2\r\nok\r\n1;a=b\r\n!\r\n0\r\nX: y\r\n\r\n")),
        b"ok!",
    ),
    "no content": (saying(b"HTTP/1.1 204 No\r\nContent-Length: 9\r\n\r\n"), b""),
    "interim answers": (
        saying(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + OK
               + b"Content-Length: 2\r\n\r\nok"),
        b"ok",
    ),
    "more than its length": (saying(OK + b"Content-Length: 2\r\n\r\nok" + OK + b"\r\n"), b"ok"),
    "an offer to upgrade": (
        saying(OK + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nok"), b"ok",
    ),
    "an old version": (saying(b"HTTP/1.0 200 OK\r\n\r\nok"), b"ok"),
    "a body without end": (saying(OK + b"\r\n", again=b"x" * 9000), b"x" * BODY_LIMIT),
    "chunks without end": (saying(CHUNKED, again=b"1000\r\n" + b"x" * 4096 + b"\r\n"),
                           b"x" * BODY_LIMIT),
}  # fmt: skip


@pytest.mark.parametrize("name", NO_ANSWER)
async def test_there_is_no_answer_and_the_reason_is_said(name: str) -> None:
    talk, sentence = NO_ANSWER[name]
    began = time.monotonic()
    async with serving(talk) as port:
        said = await post(port)
    assert isinstance(said, str)
    assert "canary" not in said
    assert time.monotonic() - began < 5
    if sentence is not None:
        assert said == sentence.replace("HOST", f"127.0.0.1:{port}")


@pytest.mark.parametrize("name", BROKEN_OFF)
async def test_an_answer_that_breaks_off_has_its_status(name: str) -> None:
    began = time.monotonic()
    async with serving(BROKEN_OFF[name]) as port:
        answer = await post(port)
    assert isinstance(answer, HttpResponse), answer
    assert (answer.status, answer.whole) == (200, False)
    assert time.monotonic() - began < 5
    assert sum(len(name) + len(value) for name, value in answer.headers.items()) < 2**20


@pytest.mark.parametrize("name", WHOLE)
async def test_an_answer_is_read_as_it_is_meant(name: str) -> None:
    talk, body = WHOLE[name]
    async with serving(talk) as port:
        answer = await post(port, timeout=5)
    assert isinstance(answer, HttpResponse), answer
    assert (answer.body, answer.whole) == (body, True)
