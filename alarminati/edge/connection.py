"""HTTP/1.1 on one connection, within bounds.

Parsing is llhttp's (through httptools); this class adds what keeps a hostile or broken client
cheap: limits on heads, bodies, all bodies together, and time. Answers go out in the order of the
requests, one at a time. uvicorn with Starlette was measured against it: 6.1 MB and 100 ms more, a
wake-up every 100 ms at rest, and no limit on heads or on the time they take.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from logging import getLogger
from typing import Final

import httptools

from alarminati.core.bounded.connection_admission import ConnectionAdmission
from alarminati.edge.exchange import Handler, Request, Response, refusal
from alarminati.edge.heads import HeadParts, wrong_head
from alarminati.edge.unpacking import TAKEN, Damaged, TooLarge, Unpacker, known
from alarminati.edge.whence import LOOPBACK, whence
from alarminati.wire.background import attend

_log = getLogger(__name__)
_LINGER: Final = 2.0  # seconds to go on reading after a refusal, so that the client gets to read it


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a client may take up. Sizes in bytes, times in seconds."""

    head: int = 32_768  # request line and headers
    body: int = 4 * 2**20
    bodies: int = 32 * 2**20  # all bodies that are read or worked on, together
    request: float = 10.0  # from the first byte of a request to its last
    idle: float = 120.0  # without a request; warm connections are cheaper than new ones
    reading: float = 30.0  # that a client may leave its answers unread
    connections: int = 1000
    per_address: int = 250  # of these, for one client; not for this machine itself


Head = Callable[[Request], Response | None]
"""Looks at a request whose body has not come yet; None: go on reading."""


def read_on(request: Request) -> Response | None:
    """A `Head` that refuses nothing."""
    return None


class Door:
    """What all connections of one server share."""

    def __init__(
        self,
        handler: Handler,
        bounds: Bounds,
        head: Head = read_on,
        turned: Callable[[str], None] = lambda reason: None,
        room: Callable[[str], int] | None = None,
    ) -> None:
        """`turned` is told why a client was turned away: see `Connection`; `room` is how many bytes
        a body for a path may have, where that is not `bounds.body`."""
        self.bounds = bounds
        self.room = room or (lambda path: bounds.body)
        self.head = head
        self.turned = turned
        self.connections: set[Connection] = set()
        self.crowd: ConnectionAdmission[Connection] = ConnectionAdmission(
            bounds.connections, min(bounds.per_address, bounds.connections), LOOPBACK
        )
        self.held = 0  # bytes of bodies in memory
        self.closing = False
        self._handler = handler
        self._empty = asyncio.Event()

    async def answer(self, request: Request) -> Response:
        """The handler's answer, or that it failed."""
        try:
            return await self._handler(request)
        except Exception:
            _log.exception("failed to answer %s %s", request.method, request.path)
            return refusal(500, "something went wrong here; the log of the agent says what")

    def leave(self, connection: Connection) -> None:
        """A client is gone."""
        self.connections.discard(connection)
        self.crowd.leave(connection)
        if self.closing and not self.connections:
            self._empty.set()

    async def close(self, grace: float) -> None:
        """Let requests that are here be answered within `grace` seconds, and nothing after."""
        self.closing = True
        for connection in list(self.connections):
            connection.shut()
        try:
            if self.connections:
                await asyncio.wait_for(self._empty.wait(), grace)
        except TimeoutError:
            for connection in list(self.connections):
                connection.abort()


class _Refused(Exception):
    """Raised out of a parser callback: nothing more of this connection is read."""

    def __init__(self, answer: Response, reason: str = "") -> None:
        self.answer = answer
        self.reason = reason  # for `Door.turned`; empty: it was counted already


class Connection(asyncio.Protocol):
    """One client.

    It is turned away as "crowded" (no room), "slow", "malformed" (no HTTP), "large" (head or body),
    "compressed" or "unread" (it does not read its answers).
    """

    def __init__(self, door: Door) -> None:
        self._door = door
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Request | Response, bool]] = deque()  # with: keep the connection
        self._task: asyncio.Task[None] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._idle: asyncio.TimerHandle | None = None
        self._last = self._loop.time()
        self._deaf = False  # what still comes is thrown away
        self._room: asyncio.Event | None = None  # None: the client reads fast enough
        self._held = 0  # bytes of the body that is coming, unpacked
        self._pieces: list[bytes] = []  # of that body
        self._unpacker: Unpacker | None = None  # for that body
        self._whence = ""
        self._begin()

    # What asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client is there."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        peer = transport.get_extra_info("peername")
        self._whence = whence(str(peer[0])) if isinstance(peer, tuple) else ""
        self._door.connections.add(self)
        self._set_deadline(self._door.bounds.request)
        self._watch_idle()
        leaves = self._door.crowd.enter(self, self._whence)
        if leaves is self:
            self._turn(refusal(503, "too many connections; try again", retry_after=1), "crowded")
        elif leaves is not None:
            self._door.turned("crowded")
            leaves.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client is gone. What it asked for is finished all the same."""
        self._door.leave(self)
        for item, _ in self._queue:
            self._release(item)
        self._queue.clear()
        self._door.held -= self._held
        self._held = 0
        self._deaf = True
        self._set_deadline(None)
        if self._idle is not None:
            self._idle.cancel()
        self.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Some more bytes."""
        if self._deaf:
            return
        self._last = self._loop.time()
        self._quiet += len(data)
        try:
            self._feed(data)
        except httptools.HttpParserError as error:
            refused = error.__context__
            if isinstance(refused, _Refused):
                self._turn(refused.answer, refused.reason)
            else:
                self._turn(refusal(400, "this is not HTTP/1.1"), "malformed")
            # Its traceback holds this frame and what was unpacked: together they would wait for
            # the garbage collector, 4 MiB each.
            del refused
            return
        if self._inside and self._quiet > self._door.bounds.head:
            self._turn(self._long_head(), "large")
        elif self._inside and self._deadline is None:
            self._set_deadline(self._door.bounds.request)
        if len(self._queue) > 1:
            self._transport.pause_reading()  # until the requests that are here are answered

    def _feed(self, data: bytes) -> None:
        """Parse. An Upgrade is ignored, as RFC 9110 section 7.8 allows: what follows is HTTP/1.1.

        The parser takes it for granted that another protocol begins where such a head ends. So
        what comes after the head goes to a new one, which is told the same head without Upgrade.
        """
        rest: bytes | memoryview = data
        while rest:
            try:
                self._parser.feed_data(rest)
                return
            except httptools.HttpParserUpgrade as upgrade:
                if self._parts.method == "CONNECT":
                    self._deaf = True  # nothing that follows is HTTP; the request is answered
                    return
                rest = memoryview(rest)[upgrade.args[0] :]
            self._parser = httptools.HttpRequestParser(self)
            self._told = True
            self._parser.feed_data(self._parts.without_upgrade())
            self._told = False

    def eof_received(self) -> bool:
        """The client sends no more; answers that it waits for are still sent."""
        self._deaf = True
        return self._task is not None

    def pause_writing(self) -> None:
        """The client does not read its answers."""
        self._room = asyncio.Event()

    def resume_writing(self) -> None:
        """It does again."""
        if self._room is not None:
            self._room.set()
            self._room = None

    # What the parser tells

    def on_message_begin(self) -> None:
        """A request starts."""
        if not self._told:
            self._begin()
            self._inside = True

    def on_url(self, url: bytes) -> None:
        """A piece of the address."""
        if not self._told:
            self._url += url
            self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        if self._told:
            return
        self._count_head(len(name) + len(value) + 4)
        if not self._in_head:
            return  # after the body, where it must not change what was decided on the head
        self._parts.add(name.decode("latin-1").lower(), value.decode("latin-1"))

    def on_headers_complete(self) -> None:
        """The head is whole: refuse before the body is sent what can be refused now."""
        if self._told:
            return
        self._in_head = False
        parts = self._parts
        parts.method = self._parser.get_method().decode("latin-1")
        parts.version = self._parser.get_http_version()
        parts.address(self._url)
        if wrong := wrong_head(parts):
            raise _Refused(wrong, "malformed")
        self._limit = self._door.room(parts.path)
        length = parts.headers.get("content-length", "0")
        if length.isascii() and length.isdigit() and int(length[:18]) > self._limit:
            raise _Refused(self._too_large(), "large")
        encoding = parts.headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            if not known(encoding):
                raise _Refused(_compressed(encoding), "compressed")
            self._unpacker = Unpacker(encoding)
        if (unwanted := self._door.head(self._request(b""))) is not None:
            raise _Refused(unwanted)
        if parts.headers.get("expect", "").lower() == "100-continue" and self._task is None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, piece: bytes) -> None:
        """A piece of the body."""
        self._quiet = 0
        if self._unpacker is not None:
            piece = self._unpacked(self._unpacker, piece)
        self._held += len(piece)
        self._door.held += len(piece)
        if self._held > self._limit:
            raise _Refused(self._too_large(), "large")
        if self._door.held > self._door.bounds.bodies:
            busy = refusal(503, "too many bodies at once; try again", retry_after=1)
            raise _Refused(busy, "crowded")
        self._pieces.append(piece)

    def on_message_complete(self) -> None:
        """The request is whole."""
        if self._parser.should_upgrade() and self._parts.method != "CONNECT":
            return  # only its head is, see `_feed`
        if self._unpacker is not None:
            try:
                self._unpacker.end()
            except Damaged as error:
                raise _Refused(refusal(400, str(error)), "compressed") from None
        self._inside = False
        self._set_deadline(None)
        keep = self._parser.should_keep_alive() and self._parser.get_http_version() == "1.1"
        body = self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces)
        request = self._request(body)
        self._held = 0  # the request holds it from here on, and nobody once it is answered
        self._pieces = []
        self._ask(request, keep)

    # What follows from it

    def _request(self, body: bytes) -> Request:
        parts = self._parts
        return Request(
            parts.method,
            parts.path,
            parts.query,
            parts.headers,
            body,
            self._whence,
            parts.host,
        )

    def _unpacked(self, unpacker: Unpacker, piece: bytes) -> bytes:
        try:
            return unpacker.unpack(piece, self._limit - self._held)
        except TooLarge:
            raise _Refused(self._too_large(), "large") from None
        except Damaged as error:
            raise _Refused(refusal(400, str(error)), "compressed") from None

    def _begin(self) -> None:
        """Forget the request before."""
        self._inside = False
        self._in_head = True
        self._url: bytes = b""
        self._parts: HeadParts = HeadParts()
        self._told = False  # what the parser tells is known already
        self._unpacker = None
        self._limit = 0  # bytes that the body may have
        self._pieces = []
        self._head = 0  # bytes of names and values that the parser has told
        self._quiet = 0  # bytes that came since it told anything: it keeps half a header to itself

    def _count_head(self, size: int) -> None:
        self._head += size
        if self._head > self._door.bounds.head:
            raise _Refused(self._long_head(), "large")

    def _long_head(self) -> Response:
        return refusal(431, f"more than {self._door.bounds.head} bytes of headers are not read")

    def _too_large(self) -> Response:
        problem = f"a body may have at most {self._limit} bytes; send fewer alarms at a time"
        return refusal(413, problem)

    def _ask(self, item: Request | Response, keep: bool) -> None:
        self._queue.append((item, keep))
        self._door.crowd.ask(self)
        if self._task is None:
            self._task = attend(self._work(), "a connection to the HTTP door")
            self._task.add_done_callback(self._broken)

    def _broken(self, work: asyncio.Task[None]) -> None:
        """A request that failed in a way nobody foresaw takes its connection with it."""
        if not work.cancelled() and work.exception() is not None:
            self.abort()

    def _turn(self, answer: Response, reason: str) -> None:
        """Send this after what is due, then close, and say why."""
        if reason:
            self._door.turned(reason)
        self._end(answer)

    def _end(self, answer: Response) -> None:
        """Send this after what is due, then close."""
        self._deaf = True
        self._inside = False
        self._set_deadline(None)
        self._door.held -= self._held
        self._held = 0
        self._pieces.clear()
        self._ask(answer, keep=False)

    async def _work(self) -> None:
        """Answer what is asked, in order."""
        keep = True
        while self._queue and keep:
            item, keep = self._queue.popleft()
            try:
                answer = await self._door.answer(item) if isinstance(item, Request) else item
            finally:
                self._release(item)
            keep = keep and not (self._deaf and not self._queue) and not self._door.closing
            if not await self._has_room() or self._transport.is_closing():
                return
            with_body = not isinstance(item, Request) or item.method != "HEAD"
            self._transport.write(answer.encode(keep=keep, with_body=with_body))
            self._last = self._loop.time()
            refused = isinstance(item, Response)
            await asyncio.sleep(0)  # others have their turn: requests sent ahead may be thousands
        self._task = None
        if keep and not self._deaf:  # the client may have ended its side while it was answered
            self._door.crowd.rest(self)
            self._transport.resume_reading()
        else:
            self._close(lingering=refused)

    async def _has_room(self) -> bool:
        """Wait until the client reads its answers; False when it does not."""
        if self._room is None:
            return True
        try:
            await asyncio.wait_for(self._room.wait(), self._door.bounds.reading)
        except TimeoutError:
            self._door.turned("unread")
            self._transport.abort()
            return False
        return True

    def _release(self, item: Request | Response) -> None:
        if isinstance(item, Request):
            self._door.held -= len(item.body)

    def _close(self, *, lingering: bool) -> None:
        """Close; `lingering`: read on for a while, or the answer is lost with a reset."""
        self._deaf = True
        if not lingering or not self._transport.can_write_eof():
            self._transport.close()
            return
        self._transport.write_eof()
        self._transport.resume_reading()
        self._loop.call_later(_LINGER, self._transport.abort)

    def shut(self) -> None:
        """The server stops: close unless an answer is due."""
        if self._task is None:
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self._transport.abort()

    # Time

    def _set_deadline(self, seconds: float | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None
        if seconds is not None:
            self._deadline = self._loop.call_later(seconds, self._too_slow)

    def _too_slow(self) -> None:
        if not self._inside:
            self._transport.close()  # not a word since it came
            return
        late = refusal(408, f"the request took over {self._door.bounds.request:g} s to come")
        self._turn(late, "slow")

    def _watch_idle(self) -> None:
        """One timer for the life of the connection, looked at when it rings."""
        left = self._last + self._door.bounds.idle - self._loop.time()
        if left <= 0 and self._task is None and not self._inside:
            self._transport.close()
        else:
            self._idle = self._loop.call_later(max(left, 0.1), self._watch_idle)


def _compressed(encoding: str) -> Response:
    problem = f"{encoding[:40]!a} cannot be unpacked; send {TAKEN}, or the body as it is"
    answer = refusal(415, problem, "content-encoding")
    return replace(answer, headers={"accept-encoding": TAKEN})
