"""The feed: what Subscribe does. It replays from the store, then follows what is stored.

Between the last look into the store and joining a live group nothing else runs, so no entry falls
between them and none comes twice. A gap is a jump in an origin's sequences: only retention makes
holes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

from alarminati.agent.store import Store
from alarminati.agent.subscriptions.fanout import (
    ANSWER_BYTES,
    RECORDS,
    Cursor,
    ReaderTooSlow,
    RecordEncoder,
    SharedStream,
    Stream,
    SubscriptionKey,
)
from alarminati.agent.subscriptions.start import Seek, Start, start_of
from alarminati.core.journal.extents import Stored
from alarminati.core.journal.ingest import Stopping
from alarminati.core.model.entries import Body, Entry
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.validation import Invalid
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire import cursor as cursors
from alarminati.wire.filters import filter_from_proto

__all__ = ["Feed", "ReaderTooSlow"]

BOOKMARK = 600.0  # seconds after which a cursor is sent for entries that were not to be seen
SHORTEST, LONGEST = 5.0, 300.0  # seconds between keepalives
SMALL = 1024  # bytes; an answer below that is not worth compressing


class Feed:
    """All subscriptions of one replica."""

    def __init__(
        self,
        store: Store,
        cluster: str,
        project: str,
        replica: str = "",
        *,
        bookmark: float = BOOKMARK,
        shortest_keepalive: float = SHORTEST,
    ) -> None:
        """Follows `store` from now on; `project` is what alarms without one belong to."""
        self.cluster = cluster
        self.project = project
        self.replica = replica
        self.shortest_keepalive = shortest_keepalive
        self.store = store
        self._bookmark = bookmark
        self._indexes: dict[str, int] = {}
        self._groups: dict[SubscriptionKey, SharedStream] = {}
        self._streams: dict[int, Stream] = {}
        self._held = store.cursor()
        self._cursor = Cursor()
        self._stopping = False
        store.watch(self._stored)

    @property
    def streams(self) -> int:
        """How many subscriptions there are now."""
        return len(self._streams)

    async def subscribe(
        self, request: pb.SubscribeRequest, *, plain: Callable[[], object] = lambda: None
    ) -> AsyncGenerator[bytes, None]:
        """Serialised SubscribeResponses: what the request's cursor has not seen, then what comes.

        An empty one is a keepalive. `plain` is called before an answer that is not worth
        compressing. Raises Invalid for a bad request, ReaderTooSlow, and Stopping after `close`.
        Close the iterator (`contextlib.aclosing`) when the reader has gone.
        """
        interval = self._keepalive(request)
        replay = _Replay(self, request)
        stream = Stream()
        clock = asyncio.get_running_loop().time
        self._streams[id(stream)] = stream
        if self._stopping:
            stream.end(Stopping())
        sent = clock()
        try:
            while not replay.level:
                if stream.error is not None:
                    raise stream.error
                answers = replay.turn(stream)
                if not answers and interval is not None and clock() - sent >= interval:
                    answers = [b""]
                for answer in answers:
                    if len(answer) < SMALL:
                        plain()
                    yield answer
                    sent = clock()
                await asyncio.sleep(0)
            while True:
                live = await stream.take(interval)
                if len(live) < SMALL:
                    plain()
                yield live
        finally:
            del self._streams[id(stream)]
            self._leave(replay.view, stream)

    def _keepalive(self, request: pb.SubscribeRequest) -> float | None:
        """Return the interval of keepalives in seconds; None: none are wanted. Raises Invalid."""
        if not request.HasField("keepalive_interval"):
            return None
        wanted = request.keepalive_interval.ToNanoseconds() / 1e9
        if not self.shortest_keepalive <= wanted <= LONGEST:
            said = f"is {wanted:g} s; send {self.shortest_keepalive:g} to {LONGEST:g} s"
            raise Invalid("keepalive_interval", said)
        return wanted

    def close(self) -> None:
        """End every subscription with Stopping, those that come later too."""
        self._stopping = True
        for stream in self._streams.values():
            stream.end(Stopping())

    def index(self, origin: str) -> int:
        """The number that stands for an origin on every stream of this process."""
        return self._indexes.setdefault(origin, len(self._indexes) + 1)

    def ahead(self, position: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
        """Where a reader is further than what live answers will begin with."""
        held = self._held
        return tuple(
            (origin, sequence)
            for origin, sequence in sorted(position.items())
            if sequence > held.get(origin, 0)
        )

    def join(
        self, view: SubscriptionKey, stream: Stream, announced: Mapping[int, str]
    ) -> dict[int, str]:
        """Follow from here; returns the origins to tell first, by index."""
        group = self._groups.get(view)
        if group is None:
            scribe = RecordEncoder(view.compact, self.index, self.project)
            group = SharedStream(view, scribe, self._bookmark, self._cursor)
            self._groups[view] = group
        return group.join(stream, announced)

    def _leave(self, view: SubscriptionKey, stream: Stream) -> None:
        group = self._groups.get(view)
        if group is not None:
            group.leave(stream)
            if group.empty:
                del self._groups[view]

    def _stored(self, first: int, entries: Sequence[Entry]) -> None:
        """The store's word after each commit."""
        for group in self._groups.values():
            group.tell(entries, self._held, self.project)
        for entry in entries:
            self._held[entry.origin] = entry.sequence


class _Replay:
    """One subscription until it is level with the store."""

    def __init__(self, feed: Feed, request: pb.SubscribeRequest) -> None:
        self._feed = feed
        self._store = feed.store
        compact = request.encoding == pb.RECORD_ENCODING_COMPACT
        self.view = SubscriptionKey(filter_from_proto(request.filter), compact)
        """Final once it is level."""
        self.level = False
        """Everything kept has been read, and the stream follows."""
        self._after = 0  # position in the store, looked through to
        start = start_of(self._store, request, self._passes)
        self._seek = None if isinstance(start, Start) else start
        self._begin(start if isinstance(start, Start) else Start())
        self._scribe = RecordEncoder(compact, feed.index, feed.project)
        self._answer = pb.SubscribeResponse(header=self._header(request))
        self._greeted = False  # the header has been sent
        self._size = 0

    def turn(self, stream: Stream) -> list[bytes]:
        """Read one page; answers that are ready. At the end `stream` joins those that follow."""
        if self._seek is not None:
            return self._sought(self._seek)
        found, self._after = self._store.since(self._position, self._after, RECORDS)
        self.level = self._after >= self._store.position
        ready: list[bytes] = []
        if missed := self._missed(found):
            if self._answer.records:
                ready.append(self._flush())
            self._answer.gap.missed = missed
            ready.append(self._flush())
        for stored in found:
            if self._add(stored.entry):
                ready.append(self._flush())
        if self.level:
            ready.append(self._join(stream))
        elif not self._greeted and not ready:
            ready.append(self._flush())
        self._greeted = True
        return ready

    def _sought(self, seek: Seek) -> list[bytes]:
        """Look for the start in one more slice. The header goes ahead, and the start follows."""
        try:
            next(seek)
        except StopIteration as end:
            self._seek = None
            self._begin(end.value)
            self._answer.cursor = cursors.encode(self._position)
        if self._greeted and self._seek is not None:
            return []
        self._greeted = True
        answer, self._answer = self._answer, pb.SubscribeResponse()
        return [answer.SerializeToString()]

    def _begin(self, start: Start) -> None:
        self._position, self._floors, self._since = start.position, start.floors, start.since
        self._after = 0

    def _header(self, request: pb.SubscribeRequest) -> pb.SubscribeHeader:
        header = pb.SubscribeHeader(
            project=self._feed.project,
            cluster=self._feed.cluster,
            encoding=pb.RECORD_ENCODING_COMPACT if self.view.compact else pb.RECORD_ENCODING_FULL,
            replica=self._feed.replica,
        )
        if request.HasField("keepalive_interval"):
            header.keepalive_interval.CopyFrom(request.keepalive_interval)
        return header

    def _passes(self, body: Body | None) -> bool:
        return self.view.filter.passes(body, self._feed.project)

    def _add(self, entry: Entry) -> bool:
        """Add an entry to the answer, if it is to be seen; true when the answer is full."""
        self._position[entry.origin] = entry.sequence
        if milliseconds(entry.stamp) < self._since or not self._passes(entry.body):
            return False
        self._scribe.write(self._answer, entry)
        self._size += len(entry.raw)
        return len(self._answer.records) >= RECORDS or self._size >= ANSWER_BYTES

    def _flush(self) -> bytes:
        answer, self._answer, self._size = self._answer, pb.SubscribeResponse(), 0
        if not self.view.compact:
            answer.cursor = cursors.encode(self._position)
        return answer.SerializeToString()

    def _join(self, stream: Stream) -> bytes:
        for origin, last in self._store.cursor().items():
            self._position[origin] = max(last, self._position.get(origin, 0))
        ahead = self._feed.ahead(self._position)
        self.view = SubscriptionKey(self.view.filter, self.view.compact, ahead)
        untold = self._feed.join(self.view, stream, self._scribe.announced)
        for index, origin in untold.items():
            self._answer.origins.add(index=index, origin=origin)
        self._answer.caught_up = True
        self._answer.cursor = cursors.encode(self._position)
        return self._answer.SerializeToString()

    def _missed(self, found: Sequence[Stored]) -> int:
        """How many entries are gone before or among those found, or at the end of what there is."""
        reached: dict[str, int] = {}
        missed = 0
        for stored in found:
            origin, sequence = stored.entry.id
            missed += max(0, sequence - 1 - self._seen(origin, reached))
            reached[origin] = sequence
        if self.level:
            for origin, last in self._store.cursor().items():
                missed += max(0, last - self._seen(origin, reached))
        return missed

    def _seen(self, origin: str, reached: Mapping[str, int]) -> int:
        known = reached.get(origin) or self._position.get(origin, 0)
        return max(known, self._floors.get(origin, 0))
