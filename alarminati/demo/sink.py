"""A receiver that stands in for Slack or any webhook: shows what comes, misbehaves on order.

Used by the demo, the fault tests and the bench. As a process: `python -m alarminati.demo.sink`
prints one JSON line with its port, then one line for every delivery; with `--pretty`, text for
people. Faults are ordered by `POST /-/faults` with one JSON object, e.g.
{"kind": "status", "status": 500, "seconds": 5}.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import ssl
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Literal

import msgspec

from alarminati.demo.show import pretty
from alarminati.demo.slack_rules import refusal
from alarminati.wire.background import attend

BODY_LIMIT = 8 * 1024 * 1024


class Fault(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One kind of misbehaviour, for `count` requests or `seconds` from its first one; 0: no limit.

    status: answer `status`, with `retry_after` seconds when not negative; hang: never answer;
    drip: answer one byte a second; reset: take the request, then break the connection.
    """

    kind: Literal["status", "hang", "drip", "reset"]
    status: int = 500
    retry_after: float = -1.0
    body: str = ""
    count: int = 0
    seconds: float = 0.0
    until: float | None = None


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """One request, as it arrived."""

    at: float  # monotonic seconds
    wall: float  # seconds since 1970
    path: str
    headers: dict[str, str]  # lower-case names
    body: bytes
    status: int  # answered; 0: none


class Sink:
    """Takes posts. `slack` enforces Slack's limits; `rate` a second and `burst` give 429 beyond."""

    def __init__(
        self,
        *,
        slack: bool = False,
        rate: float = 0.0,
        burst: int = 5,
        delay: float = 0.0,
        tls: ssl.SSLContext | None = None,
        tell: Callable[[Received], None] | None = None,
    ) -> None:
        self.received: list[Received] = []
        self.faults: deque[Fault] = deque()
        self.connections = 0
        self._slack, self._delay, self._tls, self._tell = slack, delay, tls, tell
        self._rate, self._burst = rate, burst
        self._tokens, self._filled = float(burst), time.monotonic()
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()
        self._news = asyncio.Condition()
        self.port = 0

    @property
    def accepted(self) -> list[Received]:
        """What was answered with 2xx."""
        return [one for one in self.received if 200 <= one.status < 300]

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}/services/T0/B0/token"

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> None:
        """Listen; `port` then says where."""
        self._server = await asyncio.start_server(self._serve, host, port, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Close everything, hanging answers too."""
        if self._server is not None:
            self._server.close()
        for task in list(self._open):
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()

    async def wait(self, count: int, *, accepted: bool = True) -> None:
        """Return once so many requests were accepted (or came at all)."""
        async with self._news:
            await self._news.wait_for(
                lambda: len(self.accepted if accepted else self.received) >= count
            )

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = attend(self._converse(reader, writer), "a connection to the sink")
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await self._exchange(reader, writer):
                pass
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            pass  # the other side left, or never spoke HTTP
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer. False: the connection is over."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        path = head[0].split(" ")[1]
        pairs = (line.partition(":") for line in head[1:] if line)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        size = int(headers.get("content-length", "0"))
        if size > BODY_LIMIT:
            return False
        body = await reader.readexactly(size)
        if path == "/-/faults":
            self.faults.append(msgspec.json.decode(body, type=Fault))
            return await _answer(writer, 200, b"ok")
        return await self._receive(writer, path, headers, body)

    async def _receive(
        self, writer: asyncio.StreamWriter, path: str, headers: dict[str, str], body: bytes
    ) -> bool:
        fault = self._fault()
        status, text, wait = self._judge(body)
        if fault is not None:
            status = fault.status if fault.kind == "status" else 0
            text, wait = fault.body, fault.retry_after
        await asyncio.sleep(self._delay)
        got = Received(
            at=time.monotonic(),
            wall=time.time(),
            path=path,
            headers=headers,
            body=body,
            status=status,
        )
        await self._note(got)
        if fault is not None and fault.kind != "status":
            return await _misbehave(fault, writer)
        return await _answer(writer, status, text.encode(), wait)

    async def _note(self, got: Received) -> None:
        self.received.append(got)
        if self._tell is not None:
            self._tell(got)
        async with self._news:
            self._news.notify_all()

    def _fault(self) -> Fault | None:
        """The fault that is due, if any; spent ones are put away."""
        now = time.monotonic()
        while self.faults:
            fault = self.faults[0]
            if fault.seconds and fault.until is None:
                fault.until = now + fault.seconds
            if fault.until is not None and now >= fault.until:
                self.faults.popleft()
                continue
            if fault.count == 1:
                self.faults.popleft()
            fault.count = max(0, fault.count - 1)
            return fault
        return None

    def _judge(self, body: bytes) -> tuple[int, str, float]:
        """Status, text and Retry-After (negative: none) of a well-behaved answer."""
        if self._rate:
            now = time.monotonic()
            refill = (now - self._filled) * self._rate
            self._tokens, self._filled = min(self._burst, self._tokens + refill), now
            if self._tokens < 1:
                return 429, "rate_limited", -((self._tokens - 1) / self._rate // 1)
            self._tokens -= 1
        refused = refusal(body) if self._slack else None
        return (400, refused, -1.0) if refused else (200, "ok", -1.0)


async def _answer(
    writer: asyncio.StreamWriter, status: int, text: bytes, retry_after: float = -1.0
) -> bool:
    head = f"HTTP/1.1 {status} Status\r\nContent-Length: {len(text)}\r\n"
    if retry_after >= 0:
        head += f"Retry-After: {retry_after:g}\r\n"
    writer.write(f"{head}\r\n".encode() + text)
    await writer.drain()
    return True


async def _misbehave(fault: Fault, writer: asyncio.StreamWriter) -> bool:
    if fault.kind == "reset":
        writer.transport.abort()
        return False
    if fault.kind == "drip":
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"." * 1000:
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1.0)
    await asyncio.Event().wait()
    return False


def line(got: Received) -> str:
    """A delivery as one line of JSON; a body that is JSON is put in as such."""
    try:
        body = msgspec.json.decode(got.body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        body = got.body.decode("utf-8", "replace")
    document = msgspec.structs.asdict(got) | {"body": body}
    return msgspec.json.encode(document).decode()


async def _run(options: argparse.Namespace) -> None:
    def tell(got: Received) -> None:
        print(f"{pretty(got.body)}\n" if options.pretty else line(got), flush=True)

    sink = Sink(
        slack=options.slack,
        rate=options.rate,
        burst=options.burst,
        delay=options.delay,
        tell=tell,
    )
    try:
        await sink.start(options.host, options.port)
    except OSError as error:
        sys.exit(f"sink: cannot listen on {options.host}:{options.port}: {error.strerror}")
    listens = f"listening on http://{options.host}:{sink.port}\n"
    print(listens if options.pretty else f'{{"port": {sink.port}}}', flush=True)
    try:
        await asyncio.Event().wait()
    finally:
        await sink.stop()


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until interrupted."""
    parser = argparse.ArgumentParser(description="Receive what channels send, and show it.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000, help="0: any free one")
    parser.add_argument("--slack", action="store_true", help="refuse what Slack refuses")
    parser.add_argument("--rate", type=float, default=0.0, help="429 beyond so many a second")
    parser.add_argument("--burst", type=int, default=5)
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--pretty", action="store_true", help="text for people, not JSON lines")
    options = parser.parse_args(arguments)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_run(options))


if __name__ == "__main__":
    main()
