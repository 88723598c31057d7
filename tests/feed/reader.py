"""A subscriber that knows nothing but the comments in alarm_service.proto, and minds every one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing

from alarminati.agent.subscriptions.feed import Feed
from alarminati.core.model.entries import EntryId
from alarminati.v1 import record_pb2
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire import cursor as cursors


class Reader:
    """Follows one subscription after another with what it holds."""

    def __init__(self, request: pb.SubscribeRequest) -> None:
        self.request = request
        self.cursor = request.cursor
        self.position: dict[str, int] = cursors.decode(request.cursor) if request.cursor else {}
        self.seen: list[EntryId] = []
        self.records: list[record_pb2.Record] = []
        self.missed = 0
        self.answers = 0
        self.sizes: list[int] = []
        self.caught_up = False
        self.changed = asyncio.Event()
        self.error: Exception | None = None
        self._begin()

    @property
    def compact(self) -> bool:
        """Its records leave out what follows from those before."""
        return self.request.encoding == pb.RECORD_ENCODING_COMPACT

    def _begin(self) -> None:
        self._first = True
        self.error = None
        self.caught_up = False
        self._names: dict[int, str] = {}
        self._lasts: dict[int, int] = {}
        self._previous = 0

    def next_request(self) -> pb.SubscribeRequest:
        """To go on where it stands."""
        self._begin()
        request = pb.SubscribeRequest()
        request.CopyFrom(self.request)
        if self.answers:
            counted = cursors.encode(self.position)
            request.cursor = counted if self.compact else self.cursor
        return request

    def follow(self, feed: Feed, gate: asyncio.Event | None = None) -> asyncio.Task[None]:
        """Read on until cancelled; answers are only read while the gate is open."""
        return asyncio.create_task(self._follow(feed, self.next_request(), gate))

    async def _follow(
        self, feed: Feed, request: pb.SubscribeRequest, gate: asyncio.Event | None
    ) -> None:
        try:
            async with aclosing(feed.subscribe(request)) as answers:
                await self.read_all(answers, gate)
        except Exception as error:
            self.error = error
            self.changed.set()
            raise

    async def read_all(
        self, answers: AsyncIterator[bytes], gate: asyncio.Event | None = None
    ) -> None:
        """Read until there is no more."""
        async for answer in answers:
            self.read(answer)
            if gate is not None:
                await gate.wait()

    async def until_caught_up(self) -> None:
        """Everything kept at the beginning has been read."""
        await self.until(lambda: self.caught_up)

    async def until(self, condition: object) -> None:
        """Wait until it holds; looked at after each answer. Raises what following raised."""
        assert callable(condition)
        async with asyncio.timeout(20):
            while not condition():
                if self.error is not None:
                    raise self.error
                self.changed.clear()
                await self.changed.wait()

    def read(self, serialised: bytes) -> pb.SubscribeResponse:
        """One answer."""
        answer = pb.SubscribeResponse.FromString(serialised)
        self.answers += 1
        self.sizes.append(len(serialised))
        assert answer.HasField("header") == self._first
        self._first = False
        for origin in answer.origins:
            assert origin.index > 0
            assert self._names.setdefault(origin.index, origin.origin) == origin.origin
        if answer.HasField("gap"):
            assert answer.gap.missed > 0
            assert not answer.records  # so that there is no doubt where it lies
            self.missed += answer.gap.missed
        for record in answer.records:
            self._take(record)
        self._move(answer.cursor)
        assert not (answer.caught_up and self.caught_up)
        self.caught_up = self.caught_up or answer.caught_up
        self.changed.set()
        return answer

    def _take(self, record: record_pb2.Record) -> None:
        index = record.origin or self._previous
        sequence = record.sequence or self._lasts[index] + 1
        origin = self._names[index]
        self._previous, self._lasts[index] = index, sequence
        if self.compact:
            assert not record.id
            assert (record.time_ms > 0) == (record.WhichOneof("body") != "alarm")
        else:
            assert (record.origin, record.sequence) == (index, sequence)
            assert record.id == f"{origin}-{sequence}"
            assert record.time_ms > 0
            assert record.WhichOneof("body") != "alarm" or record.alarm.project
        assert sequence > self.position.get(origin, 0), f"{origin}-{sequence} came again"
        self.position[origin] = sequence
        self.seen.append(EntryId(origin, sequence))
        self.records.append(record)

    def _move(self, cursor: bytes) -> None:
        if not self.compact and self.records:
            assert cursor
        if not cursor:
            return
        self.cursor = cursor
        told = cursors.decode(cursor)
        for origin, sequence in self.position.items():
            assert told.get(origin, 0) >= sequence, "a cursor behind what was already read"
        self.position = told
