"""Live answers: serialised once for a group of streams that want the same, then shared as bytes.

A compact answer leaves out what the reader can count, so a shared one may only leave out what every
stream of the group can. Hence, when a stream joins, the group's scribe forgets what it wrote: the
next record of each origin says everything, whatever the newcomer's replay ended with.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.model.filter import Filter
from alarminati.core.model.hlc import milliseconds
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire import cursor as cursors
from alarminati.wire.background import call_later
from alarminati.wire.codec import public_part

RECORDS = 200  # in one answer
ANSWER_BYTES = 64 * 1024  # of records in one answer; a single large one may exceed it
QUEUE = 1000  # answers that may wait for one stream
QUEUE_BYTES = 4 * 1024 * 1024
STALL = 10.0  # seconds one answer may take to write while others wait


class ReaderTooSlow(Exception):
    """Answers come faster than they are read. The reader may resume in `retry_after` seconds."""

    def __init__(self, retry_after: float = 1.0) -> None:
        super().__init__("answers come faster than they are read; resume with the last cursor")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class SubscriptionKey:
    """What a stream is to see from now on. Equal views share answers."""

    filter: Filter
    compact: bool
    ahead: tuple[tuple[str, int], ...] = ()
    """Of these origins the reader holds more than this replica does, or does not know them."""

    def cursor(self, held: Mapping[str, int], known: Cursor | None = None) -> bytes:
        """Where a reader stands who has seen all that is `held`; `known`: encoded before."""
        if known is not None and not self.ahead:
            return known.of(held)
        position = dict(held)
        for origin, sequence in self.ahead:
            position[origin] = max(sequence, position.get(origin, 0))
        return cursors.encode(position)


class Cursor:
    """A cursor that is encoded once, for all views that come to the same place."""

    def __init__(self) -> None:
        self._held: dict[str, int] = {}
        self._encoded = b""

    def of(self, held: Mapping[str, int]) -> bytes:
        """As bytes."""
        if not self._encoded or held != self._held:
            self._held, self._encoded = dict(held), cursors.encode(held)
        return self._encoded


class RecordEncoder:
    """Writes records as one stream, or every stream of one group, can read them."""

    def __init__(self, compact: bool, index: Callable[[str], int], project: str) -> None:
        self.announced: dict[int, str] = {}
        """Origins that every reader has been told, by index."""
        self._compact = compact
        self._index = index
        self._project = project
        self._lasts: dict[int, int] = {}
        self._previous = 0

    def forget(self) -> None:
        """Somebody reads on who has not read so far: leave nothing out next time."""
        self._lasts.clear()
        self._previous = 0

    def write(self, answer: pb.SubscribeResponse, entry: Entry) -> None:
        """Add a record."""
        index = self._index(entry.origin)
        if index not in self.announced:
            self.announced[index] = entry.origin
            answer.origins.add(index=index, origin=entry.origin)
        record = answer.records.add()
        whole = entry.request is None and entry.body is not None
        record.MergeFromString(entry.raw if whole else public_part(entry.raw))
        if self._compact:
            follows = entry.sequence == self._lasts.get(index, -1) + 1
            record.origin = 0 if index == self._previous else index
            record.sequence = 0 if follows else entry.sequence
            if not isinstance(entry.body, Alarm):
                record.time_ms = milliseconds(entry.stamp)
            elif entry.body.project == self._project:
                record.alarm.project = ""  # the first answer said which one that is
        else:
            record.origin, record.sequence = index, entry.sequence
            record.id, record.time_ms = str(entry.id), milliseconds(entry.stamp)
            if isinstance(entry.body, Alarm) and not entry.body.project:
                record.alarm.project = self._project
        self._lasts[index] = entry.sequence
        self._previous = index


class Stream:
    """One reader's queue of live answers."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._queue: deque[tuple[bytes, bool]] = deque()
        self._size = 0
        self._waiter: asyncio.Future[None] | None = None
        self._writing_since = self._loop.time()
        self.error: Exception | None = None
        """Set: it ends with this."""

    def put(self, answer: bytes, alone: bool) -> None:
        """Queue an answer; one that is `alone` keeps its place between the others."""
        if self.error is not None:
            return
        stalled = bool(self._queue) and self._loop.time() - self._writing_since > STALL
        if stalled or len(self._queue) >= QUEUE or self._size + len(answer) > QUEUE_BYTES:
            self.end(ReaderTooSlow())
            return
        self._queue.append((answer, alone))
        self._size += len(answer)
        self._wake()

    def end(self, error: Exception) -> None:
        """Let go of what is queued and have the reader's call end with `error`."""
        self.error = self.error or error
        self._queue.clear()
        self._size = 0
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
            self._writing_since = self._loop.time()

    async def take(self, within: float | None = None) -> bytes:
        """The next answer; empty when none came `within` seconds. Raises the error it ended with.

        What has piled up becomes one answer: serialised messages put end to end are one message
        with all their records and the last cursor.
        https://protobuf.dev/programming-guides/encoding/#last-one-wins
        """
        while not self._queue and self.error is None:
            self._waiter = self._loop.create_future()
            try:
                async with asyncio.timeout(within):
                    await self._waiter
            except TimeoutError:
                if not self._queue and self.error is None:
                    return b""
            finally:
                self._waiter = None
        if self.error is not None:
            raise self.error
        self._writing_since = self._loop.time()
        parts = [self._pop()]
        size = len(parts[0][0])
        while not parts[-1][1] and self._queue and not self._queue[0][1] and size < ANSWER_BYTES:
            parts.append(self._pop())
            size += len(parts[-1][0])
        return b"".join(answer for answer, _ in parts)

    def _pop(self) -> tuple[bytes, bool]:
        part = self._queue.popleft()
        self._size -= len(part[0])
        return part


class SharedStream:
    """The streams of one view."""

    def __init__(
        self, view: SubscriptionKey, scribe: RecordEncoder, bookmark: float, cursor: Cursor
    ) -> None:
        """`cursor` is shared by the streams of all views."""
        self._view = view
        self._cursor = cursor
        self._ahead = dict(view.ahead)
        self._scribe = scribe
        self._streams: dict[int, Stream] = {}
        self._bookmark = bookmark
        self._timer: asyncio.TimerHandle | None = None
        self._held: dict[str, int] = {}  # all that was told or passed over

    @property
    def empty(self) -> bool:
        """Nobody is left."""
        return not self._streams

    def join(self, stream: Stream, announced: Mapping[int, str]) -> dict[int, str]:
        """Send `stream` whatever comes from now on; returns the origins it must be told first."""
        if self.empty:
            self._scribe.announced = dict(announced)
        self._scribe.forget()
        self._streams[id(stream)] = stream
        told = self._scribe.announced.items()
        return {index: origin for index, origin in told if index not in announced}

    def leave(self, stream: Stream) -> None:
        """Send it nothing more."""
        self._streams.pop(id(stream), None)
        if self.empty:
            self._sent_cursor()

    def tell(self, entries: Sequence[Entry], held: Mapping[str, int], own_project: str) -> None:
        """Entries were stored; before them the replica held `held`."""
        self._held = dict(held)
        answer = pb.SubscribeResponse()
        size = 0
        for entry in entries:
            before = max(self._held.get(entry.origin, 0), self._ahead.get(entry.origin, 0))
            if entry.sequence > before + 1:
                self._send(answer)
                answer, size = pb.SubscribeResponse(), 0
                self._tell_gap(entry, entry.sequence - before - 1)
            self._held[entry.origin] = entry.sequence
            if entry.sequence <= before:
                continue
            if not self._view.filter.passes(entry.body, own_project):
                self._passed_over()
                continue
            self._scribe.write(answer, entry)
            size += len(entry.raw)
            if len(answer.records) >= RECORDS or size >= ANSWER_BYTES:
                self._send(answer)
                answer, size = pb.SubscribeResponse(), 0
        self._send(answer)

    def _tell_gap(self, entry: Entry, missed: int) -> None:
        self._held[entry.origin] = entry.sequence - 1
        gap = pb.SubscribeResponse(
            gap=pb.Gap(missed=missed), cursor=self._view.cursor(self._held, self._cursor)
        )
        self._put(gap.SerializeToString(), alone=True)

    def _send(self, answer: pb.SubscribeResponse) -> None:
        if not answer.records:
            return
        if not self._view.compact:
            answer.cursor = self._view.cursor(self._held, self._cursor)
            self._sent_cursor()
        self._put(answer.SerializeToString())

    def _put(self, answer: bytes, alone: bool = False) -> None:
        for stream in self._streams.values():
            stream.put(answer, alone)

    # Bookmarks: what was not to be seen moves the cursor, too.

    def _passed_over(self) -> None:
        if self._timer is None:
            self._timer = call_later(self._bookmark, self._send_bookmark)

    def _send_bookmark(self) -> None:
        self._sent_cursor()
        answer = pb.SubscribeResponse(cursor=self._view.cursor(self._held, self._cursor))
        self._put(answer.SerializeToString(), alone=True)

    def _sent_cursor(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
