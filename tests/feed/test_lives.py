"""G5: each record once, in store order, through joins, breaks, moves and cut history."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from alarminati.agent.store import Store
from alarminati.agent.subscriptions import fanout
from alarminati.agent.subscriptions import feed as feeds
from alarminati.agent.subscriptions.feed import Feed, ReaderTooSlow
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    Entry,
    EntryId,
    Notification,
    NotificationItem,
    Severity,
)
from alarminati.core.model.filter import Filter, RecordType
from alarminati.v1 import alarm_pb2
from alarminati.v1 import subscription_pb2 as pb
from tests.feed.reader import Reader
from tests.store.samples import entry, forget

ORIGINS = ("a0000000", "b0000000", "c0000000")


class Replica:
    """A store with its feed, and what was stored in which order."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder)
        self.feed = Feed(self.store, "seoul-1", "own")
        self.log: list[Entry] = []
        self.store.watch(self._stored)

    def _stored(self, first: int, entries: Sequence[Entry]) -> None:
        self.log += entries

    async def take(self, source: list[Entry], count: int) -> None:
        """Store up to `count` entries of `source` that are not here yet."""
        have = self.store.cursor()
        news = [one for one in source if one.sequence > have.get(one.origin, 0)]
        if news[:count]:
            await self.store.append(news[:count])


@asynccontextmanager
async def replicas(tmp_path: Path, count: int) -> AsyncIterator[list[Replica]]:
    """Some, closed at the end."""
    made = [Replica(tmp_path / str(number)) for number in range(count)]
    try:
        yield made
    finally:
        for replica in made:
            await replica.store.close()


def body(dice: random.Random) -> Body:
    """Any kind of fact."""
    match dice.randrange(6):
        case 0:
            return Action.acknowledge("ab" * 8, "ann")
        case 1:
            return Notification(
                "ops", (NotificationItem(EntryId("a0000000", 1), "ab" * 8, False),), "k"
            )
        case _:
            severity = dice.choice(list(Severity))
            project = dice.choice(("", "", "other"))
            return Alarm("x" * dice.randint(1, 60), severity, 1, dice.random() < 0.3, (), project)


class Facts:
    """What happens in a cluster: one history per origin, interleaved."""

    def __init__(self, dice: random.Random) -> None:
        self._dice = dice
        self._lasts = dict.fromkeys(ORIGINS, 0)
        self.all: list[Entry] = []

    def more(self, count: int) -> None:
        """Let something happen."""
        for _ in range(count):
            origin = self._dice.choice(ORIGINS)
            self._lasts[origin] += 1
            self.all.append(entry(origin, self._lasts[origin], body(self._dice)))


def request(dice: random.Random) -> pb.SubscribeRequest:
    """Somebody's wishes."""
    wanted = pb.SubscribeRequest(
        encoding=pb.RECORD_ENCODING_COMPACT if dice.random() < 0.6 else pb.RECORD_ENCODING_FULL
    )
    if dice.random() < 0.5:
        wanted.filter.min_severity = alarm_pb2.SEVERITY_ERROR
    if dice.random() < 0.3:
        wanted.filter.projects.append(dice.choice(("own", "other")))
    if dice.random() < 0.3:
        wanted.filter.types.extend(list(RecordType))
    return wanted


def to_see(wanted: pb.SubscribeRequest, entries: Sequence[Entry]) -> list[EntryId]:
    """What passes the filter."""
    severity = Severity(wanted.filter.min_severity) if wanted.filter.min_severity else None
    filter = Filter(
        severity, tuple(wanted.filter.projects), types=tuple(map(int, wanted.filter.types))
    )
    return [one.id for one in entries if filter.passes(one.body, "own")]


class Follower:
    """A reader with a connection that breaks now and then."""

    def __init__(self, wanted: pb.SubscribeRequest) -> None:
        self.reader = Reader(wanted)
        self.gate = asyncio.Event()
        self.gate.set()
        self.task: asyncio.Task[None] | None = None
        self.connections: list[tuple[Replica, int]] = []
        self.came = 0
        self.met: set[EntryId] = set()

    def promised(self, replica: Replica) -> set[EntryId]:
        """What was kept when it first came, and all that came later."""
        return self.met | {one.id for one in replica.log[self.came :]}

    async def disconnect(self) -> None:
        if self.task is not None:
            self.task.cancel()
            outcome = (await asyncio.gather(self.task, return_exceptions=True))[0]
            assert isinstance(outcome, asyncio.CancelledError | ReaderTooSlow), outcome
            self.task = None

    async def connect(self, replica: Replica) -> None:
        await self.disconnect()
        if not self.reader.answers:
            self.came = len(replica.log)
            self.met = {one.id for chunk in replica.store.load() for one in chunk}
        self.connections.append((replica, len(self.reader.seen)))
        self.gate.set()
        self.task = self.reader.follow(replica.feed, self.gate)

    async def finish(self, replica: Replica, last: int) -> None:
        """Read all there is."""
        await self.connect(replica)
        await self.reader.until(lambda: self.reader.caught_up and len(replica.log) == last)
        await self.disconnect()


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a short history has many."""
    monkeypatch.setattr(feeds, "RECORDS", 5)
    monkeypatch.setattr(fanout, "RECORDS", 5)
    monkeypatch.setattr(fanout, "QUEUE", 8)


@pytest.mark.parametrize("seed", range(40))
async def test_each_record_once_and_in_order(tmp_path: Path, small_pages: None, seed: int) -> None:
    """Two replicas that get the same facts at their own pace; readers move between them."""
    dice = random.Random(seed)
    facts = Facts(dice)
    async with replicas(tmp_path, 2) as both:
        followers = [Follower(request(dice)) for _ in range(6)]
        for _ in range(60):
            match dice.randrange(8):
                case 0 | 1 | 2:
                    facts.more(dice.choice((1, 1, 3, 40)))
                    await both[0].take(facts.all, 50)
                case 3 | 4:
                    await both[1].take(facts.all, dice.choice((1, 4, 50)))
                case 5 | 6:
                    await dice.choice(followers).connect(dice.choice(both))
                case _:
                    gate = dice.choice(followers).gate
                    gate.clear() if gate.is_set() else gate.set()
            for _ in range(dice.randrange(4)):
                await asyncio.sleep(0)
        for replica in both:
            await replica.take(facts.all, len(facts.all))
        for follower in followers:
            await follower.finish(both[0], len(facts.all))
            expected = to_see(follower.reader.request, both[0].log)
            assert sorted(follower.reader.seen) == sorted(expected)
            assert follower.reader.missed == 0
            check_order(follower)
        assert both[0].feed.streams == both[1].feed.streams == 0


def check_order(follower: Follower) -> None:
    """While it was connected to one replica, it read in that replica's order."""
    ends = [start for _, start in follower.connections[1:]] + [len(follower.reader.seen)]
    for (replica, start), end in zip(follower.connections, ends, strict=True):
        places = {one.id: place for place, one in enumerate(replica.log)}
        read = [places[id] for id in follower.reader.seen[start:end]]
        assert read == sorted(read)


@pytest.mark.parametrize("seed", range(30))
async def test_what_retention_took_is_told(tmp_path: Path, small_pages: None, seed: int) -> None:
    """Nothing is missing without a gap that counts it; what is alive is still sent."""
    dice = random.Random(seed)
    facts = Facts(dice)
    async with replicas(tmp_path, 1) as (replica,):
        followers = [Follower(request(dice)) for _ in range(4)]
        for _ in range(40):
            match dice.randrange(6):
                case 0 | 1:
                    facts.more(dice.choice((1, 3, 30)))
                    await replica.take(facts.all, 100)
                case 2:
                    alive = {one.id for one in facts.all if dice.random() < 0.1}
                    keep = dice.choice((0, 5, 40))
                    await forget(replica.store, max_entries=keep, alive=alive)
                case 3 | 4:
                    await dice.choice(followers).connect(replica)
                case _:
                    await dice.choice(followers).disconnect()
            for _ in range(dice.randrange(4)):
                await asyncio.sleep(0)
        kept = {one.id for chunk in replica.store.load() for one in chunk}
        for follower in followers:
            await follower.finish(replica, len(facts.all))
            expected = to_see(follower.reader.request, replica.log)
            missing = set(expected) - set(follower.reader.seen)
            assert not missing & kept
            assert len(missing & follower.promised(replica)) <= follower.reader.missed
            check_order(follower)
