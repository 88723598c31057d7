"""Follows a cluster's journal through cuts, failovers and restarts: each record told once.

A loop of two steps: tell what the cache holds, then follow agents from where it ends. Without a
cache the first step is empty and the place is kept in memory. While another process follows the
agents for the same cache, the first step repeats until that one is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

import grpc

from alarminati.client.connection import Connection, Link, Silent, translate
from alarminati.client.errors import Overloaded, Rebuilt, Refused, Unreachable
from alarminati.client.events import (
    CacheShared,
    CaughtUp,
    Connected,
    Event,
    Gap,
    Reconnecting,
    Record,
    streamed,
)
from alarminati.client.messages import filter_message
from alarminati.client.unrolling import CompactDecoder, Page, ProtocolViolation
from alarminati.client.vigil import StreamState, stream_state
from alarminati.client.watching import StreamKeepalive
from alarminati.core.model.filter import Filter
from alarminati.v1 import subscription_pb2 as service
from alarminati.wire import cursor as cursors
from alarminati.wire.background import awaited

if TYPE_CHECKING:
    from alarminati.client.cache import Cache

Events: TypeAlias = tuple[Event, ...]

_STEADY: Final = 10.0  # seconds a stream must live for its end to count as a first failure
_LOOK: Final = 0.25  # seconds between looks at a cache that another process writes


@dataclass(frozen=True, slots=True)
class Start:
    """Where to start without a place of one's own. At most one is set; none: the oldest record."""

    from_now: bool = False
    newest: int = 0
    since: int = 0  # milliseconds since 1970 UTC

    def __post_init__(self) -> None:
        if sum(map(bool, (self.from_now, self.newest, self.since))) > 1:
            raise ValueError("give one of from_now, newest and since_time")

    def write(self, request: service.SubscribeRequest) -> None:
        """Put it into a request."""
        if self.from_now:
            request.from_now = True
        elif self.newest:
            request.newest = self.newest
        elif self.since:
            request.since_time.FromMilliseconds(self.since)


class Subscription:
    """An endless asynchronous iterator of events. Close it with `aclose`, or `aclosing`.

    Ends only by raising: Forbidden, Refused, Unexpected, or CacheUnusable, after which a new one
    may go on without the cache from `cursor`.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        filter: Filter,
        cache: Cache | None,
        after: int,
        cursor: bytes,
        start: Start,
        keepalive_interval: float | None,
        keepalive_after: float,
    ) -> None:
        if cache is not None and (cursor or cache.filter != filter):
            raise ValueError("a cache has a place and a filter of its own: give it, or the others")
        try:
            self._position = cursors.decode(cursor) if cursor else {}
        except ValueError as error:
            raise Refused(str(error), "cursor") from error
        self._connection = connection
        self._filter = filter
        self._cache = cache
        self._received = after
        self._start = start
        self._keepalive_interval = keepalive_interval
        self._keepalive_after = keepalive_after
        self._clock = time.monotonic
        self._heard = self._clock()
        self._due = keepalive_after  # seconds between signs of life
        self._answered = False
        self._project = ""
        self._pages = self._run()
        self._pulling: asyncio.Task[tuple[Events, dict[str, int]]] | None = None
        self._untold: deque[Event] = deque()
        self._told = self._covered = dict(self._position)

    @property
    def cursor(self) -> bytes:
        """Where to resume, at any replica, after what was handed out. Empty: from the start."""
        told = self._told if self._untold else self._covered
        return cursors.encode(told) if told else b""

    @property
    def state(self) -> StreamState:
        """Whether an agent was heard in time; LATE also until the first one answers.

        Not known, and LIVE, while another process follows the agents (see CacheShared).
        """
        if self._cache is not None and not self._cache.taken:
            return StreamState.LIVE
        found = stream_state(self._clock() - self._heard, self._due)
        late = found is StreamState.LIVE and not self._answered
        return StreamState.LATE if late else found

    @property
    def quiet(self) -> float:
        """Return the seconds since the last sign of life of an agent, or since the begin."""
        return self._clock() - self._heard

    def __aiter__(self) -> Subscription:
        return self

    async def __anext__(self) -> Event:
        """The next event. Giving up the wait loses nothing."""
        while not self._untold:
            self._told = self._covered
            self._untold.extend(await self._page())
        event = self._untold.popleft()
        if isinstance(event, Record):
            self._told[event.id.origin] = event.id.sequence
        return event

    async def pages(self) -> AsyncGenerator[Events, None]:
        """The same events in the batches they came in, for those who handle many at once."""
        while True:
            yield await self._page()

    async def aclose(self) -> None:
        """End the stream and let another process follow the agents."""
        if self._pulling is not None:
            self._pulling.cancel()
            await asyncio.wait({self._pulling})
        await self._pages.aclose()

    async def _page(self) -> Events:
        # A task of its own, because a generator does not survive when a wait for it is cancelled.
        if self._pulling is None:
            self._pulling = awaited(self._pull())
        await asyncio.wait({self._pulling})
        pulled, self._pulling = self._pulling, None
        events, self._covered = pulled.result()
        return events

    async def _pull(self) -> tuple[Events, dict[str, int]]:
        events = await anext(self._pages)
        return events, dict(self._position)

    async def _run(self) -> AsyncGenerator[Events, None]:
        try:
            while True:
                for step in (self._tell_cache, self._follow):
                    async with aclosing(step()) as pages:
                        async for events in pages:
                            yield events
        finally:
            if self._cache is not None:
                self._cache.release()

    # -- what this machine holds

    async def _tell_cache(self) -> AsyncGenerator[Events, None]:
        """Tell what the cache holds until it is ours to write, and all told."""
        cache, shared = self._cache, False
        while cache is not None:
            ours = cache.take()
            position = cache.resume()
            if missed := cache.missed(self._received):
                self._received = max(self._received, cache.floor())
                yield (Gap(missed),)
            while records := cache.after(self._received):
                self._received = records[-1].received
                if events := self._fresh(records):
                    yield events
            self._moved(position)
            if ours:
                return
            if not shared:
                shared = True
                yield (CacheShared(), CaughtUp())
            await asyncio.sleep(_LOOK)

    def _fresh(self, records: Iterable[Record]) -> Events:
        """Those not told yet: after a damaged cache everything is fetched once more."""
        fresh = []
        for record in records:
            if record.id.sequence > self._position.get(record.id.origin, 0):
                self._position[record.id.origin] = record.id.sequence
                fresh.append(record)
        return tuple(fresh)

    def _moved(self, position: Mapping[str, int]) -> None:
        for name, sequence in position.items():
            if sequence > self._position.get(name, 0):
                self._position[name] = sequence

    # -- what an agent has

    async def _follow(self) -> AsyncGenerator[Events, None]:
        """Follow one agent after the other; returns when the cache must be told from the start."""
        clock = asyncio.get_running_loop().time
        while True:
            begun = clock()
            async with self._connection.link() as link:
                try:
                    async with aclosing(self._stream(link)) as pages:
                        async for events in pages:
                            yield events
                except Rebuilt:
                    return
                except (Unreachable, Overloaded) as problem:
                    if clock() - begun > _STEADY:
                        self._connection.rotation.worked()
                    wait = self._connection.lost(link, problem)
                    reason = getattr(problem, "reason", "")
                    lost = Reconnecting(link.address, str(problem), wait, reason)
            yield (lost,)
            await asyncio.sleep(wait)

    async def _stream(self, link: Link) -> AsyncGenerator[Events, None]:
        """One stream, to its end, which is always an exception."""
        position = self._cache.resume() if self._cache is not None else self._position
        unrolling = CompactDecoder(position)
        call = link.alarms.Subscribe(self._request(position))
        watch = StreamKeepalive(call, link, self._keepalive_after)
        connected = False
        try:
            # Not `async for`: its iterator and the call hold each other, and with them the
            # connection, until the garbage collector comes by.
            while isinstance(answer := await call.read(), service.SubscribeResponse):
                watch.heard()
                self._heard, self._answered = self._clock(), True
                events: list[Event] = []
                if not connected:
                    connected = True
                    events.append(self._greeted(link, answer.header, watch))
                events += self._events(unrolling.read(answer))
                if events:
                    yield tuple(events)
            raise Unreachable(f"{link.address} ended the stream", link.address)
        except grpc.aio.AioRpcError as error:
            raise translate(error, link.address) from error
        except ProtocolViolation as error:
            raise Unreachable(f"{link.address} speaks garbled: {error}", link.address) from error
        except asyncio.CancelledError as error:
            if watch.silent:
                sentence = f"{link.address} has gone silent"
                raise Silent(sentence, link.address, "SILENT") from error
            raise
        finally:
            watch.stop()
            call.cancel()

    def _greeted(
        self, link: Link, header: service.SubscribeHeader, watch: StreamKeepalive
    ) -> Connected:
        """Take in the terms of a stream."""
        if header.encoding != service.RECORD_ENCODING_COMPACT:
            raise ProtocolViolation("it does not know compact records")
        self._project = header.project
        self._due = self._keepalive_after
        if header.HasField("keepalive_interval"):
            self._due = header.keepalive_interval.ToMilliseconds() / 1000
            watch.granted(self._due)
        return Connected(link.address, header.cluster, header.project, header.replica)

    def _request(self, position: Mapping[str, int]) -> service.SubscribeRequest:
        request = service.SubscribeRequest(
            cursor=cursors.encode(position) if position else b"",
            filter=filter_message(self._filter),
            encoding=service.RECORD_ENCODING_COMPACT,
        )
        if not position:
            self._start.write(request)
        if self._keepalive_interval is not None:
            milliseconds = round(self._keepalive_interval * 1000)
            request.keepalive_interval.FromMilliseconds(milliseconds)
        return request

    def _events(self, page: Page) -> Iterable[Event]:
        if page.missed is not None:
            yield Gap(page.missed)
        yield from self._fresh(self._kept(page))
        self._moved(page.position)
        if page.caught_up:
            yield CaughtUp()

    def _kept(self, page: Page) -> list[Record]:
        if self._cache is None:
            records = self._counted(page)
        elif page.records or page.position:
            records = self._cache.keep(page.records, page.position, project=self._project)
        else:
            return []
        if records:
            self._received = records[-1].received
        return records

    def _counted(self, page: Page) -> list[Record]:
        """Records as a cache would return them."""
        at, records = int(time.time() * 1000), list[Record]()
        for number, record in enumerate(page.records, self._received + 1):
            if record.body is not None:
                time_ms = record.time or at
                told = streamed(record.id, record.body, self._project, number, time_ms)
                records.append(told)
        return records
