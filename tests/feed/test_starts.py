"""Where a subscription starts, and its signs of life."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from alarminati.agent.store import Store
from alarminati.agent.subscriptions.feed import Feed
from alarminati.core.model.entries import Action, EntryId, Severity
from alarminati.core.model.validation import Invalid
from alarminati.v1 import alarm_pb2
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire import cursor as cursors
from tests.core.stage import alarm
from tests.feed.reader import Reader
from tests.store.samples import OTHER, START, entries, entry, forget, opened

LATE = "l8te0000"
ENCODINGS = [pb.RECORD_ENCODING_FULL, pb.RECORD_ENCODING_COMPACT]
ABSENT = pb.SubscribeRequest()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty one."""
    async with opened(tmp_path) as store:
        yield store


async def read(store: Store, request: pb.SubscribeRequest) -> Reader:
    """What a subscription is sent until it is caught up."""
    reader = Reader(request)
    following = reader.follow(Feed(store, "seoul-1", "w-sharing", "a1"))
    await reader.until_caught_up()
    following.cancel()
    return reader


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("count", [1, 199, 200, 450, 600, 10_000])
async def test_newest_starts_with_so_many(
    store: Store, count: int, encoding: pb.RecordEncoding.ValueType
) -> None:
    for first in range(1, 500, 100):
        await store.append(entries(OTHER, first, first + 99))
        await store.append(entries(LATE, first // 5 + 1, first // 5 + 20))
    reader = await read(store, pb.SubscribeRequest(newest=count, encoding=encoding))
    stored = [one.entry.id for one in store.read(0, 1000)]
    assert reader.seen == stored[-count:]
    assert reader.missed == 0
    assert reader.position == {OTHER: 500, LATE: 100}


async def test_newest_counts_what_passes_the_filter(store: Store) -> None:
    for n in range(1, 400):
        severity = Severity.CRITICAL if n % 50 == 0 else Severity.INFO
        await store.append([entry(OTHER, n, alarm(f"a{n}", severity=severity))])
    filter = pb.Filter(min_severity=alarm_pb2.SEVERITY_CRITICAL)
    reader = await read(store, pb.SubscribeRequest(newest=3, filter=filter))
    assert reader.seen == [(OTHER, 250), (OTHER, 300), (OTHER, 350)]


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_a_stream_that_breaks_after_its_start_goes_on_there(
    store: Store, encoding: pb.RecordEncoding.ValueType
) -> None:
    """The start is told before the records: older ones of other origins do not follow."""
    await store.append(entries(LATE, 1, 900))
    await store.append(entries(OTHER, 1, 300))
    reader = Reader(pb.SubscribeRequest(newest=300, encoding=encoding))
    feed = Feed(store, "seoul-1", "w-sharing")
    async with aclosing(feed.subscribe(reader.request)) as answers:
        while not reader.seen:
            reader.read(await anext(answers))
    assert 0 < len(reader.seen) < 300
    following = reader.follow(feed)
    await reader.until_caught_up()
    following.cancel()
    assert reader.seen == [(OTHER, n) for n in range(1, 301)]


async def test_what_retention_removed_before_the_start_is_no_gap(store: Store) -> None:
    await store.append(entries(OTHER, 1, 20))
    await forget(store, max_entries=15)
    for request in (pb.SubscribeRequest(newest=100), pb.SubscribeRequest(since_time={})):  # type: ignore[arg-type]
        reader = await read(store, request)
        assert (reader.seen, reader.missed) == ([(OTHER, n) for n in range(6, 21)], 0)


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_since_time_leaves_out_what_was_stored_before(
    store: Store, encoding: pb.RecordEncoding.ValueType
) -> None:
    times = [1000, 2000, 3000, 2500, 4000, 1500, 5000]  # in the order of arrival here
    for n, time in enumerate(times, 1):
        body = Action.acknowledge("0" * 16, "kim")
        await store.append([entry(OTHER, n, body, at=time)])
    request = pb.SubscribeRequest(encoding=encoding)
    request.since_time.FromMilliseconds(START + 3000)
    reader = await read(store, request)
    assert reader.seen == [(OTHER, 3), (OTHER, 5), (OTHER, 7)]
    assert reader.missed == 0


async def test_since_a_time_to_come_starts_now(store: Store) -> None:
    await store.append(entries(OTHER, 1, 1500))
    request = pb.SubscribeRequest()
    request.since_time.FromMilliseconds(2**45)
    reader = await read(store, request)
    assert (reader.seen, reader.position) == ([], {OTHER: 1500})


async def test_a_cursor_counts_and_not_the_start(store: Store) -> None:
    await store.append(entries(OTHER, 1, 10))
    cursor = cursors.encode({OTHER: 8})
    reader = await read(store, pb.SubscribeRequest(cursor=cursor, newest=5))
    assert reader.seen == [EntryId(OTHER, 9), EntryId(OTHER, 10)]


@pytest.mark.parametrize("newest", [0, -1, 10_001])
async def test_newest_has_bounds(store: Store, newest: int) -> None:
    with pytest.raises(Invalid) as caught:
        await read(store, pb.SubscribeRequest(newest=newest))
    assert caught.value.field == "newest"


@pytest.mark.parametrize("seconds", [0.0, 4.9, 301.0])
async def test_keepalives_have_bounds(store: Store, seconds: float) -> None:
    request = pb.SubscribeRequest()
    request.keepalive_interval.FromMilliseconds(round(seconds * 1000))
    with pytest.raises(Invalid) as caught:
        await read(store, request)
    assert caught.value.field == "keepalive_interval"


async def test_the_header_says_the_terms(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing", "a1")
    request = pb.SubscribeRequest(encoding=9)  # type: ignore[arg-type]
    request.keepalive_interval.FromSeconds(15)
    async with aclosing(feed.subscribe(request)) as answers:
        header = pb.SubscribeResponse.FromString(await anext(answers)).header
    assert (header.project, header.cluster, header.replica) == ("w-sharing", "seoul-1", "a1")
    assert header.encoding == pb.RECORD_ENCODING_FULL  # which it knows instead
    assert header.keepalive_interval.seconds == 15
    async with aclosing(feed.subscribe(ABSENT)) as answers:
        header = pb.SubscribeResponse.FromString(await anext(answers)).header
    assert not header.HasField("keepalive_interval")


async def test_an_empty_answer_comes_when_nothing_else_did(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing", shortest_keepalive=0.0)
    request = pb.SubscribeRequest(encoding=pb.RECORD_ENCODING_COMPACT)
    request.keepalive_interval.FromMilliseconds(100)
    plain: list[bool] = []
    stream = feed.subscribe(request, plain=lambda: plain.append(True))
    async with aclosing(stream) as answers, asyncio.timeout(10):
        assert pb.SubscribeResponse.FromString(await anext(answers)).caught_up
        for n in range(1, 4):
            assert await anext(answers) == b""
            waiting = asyncio.ensure_future(anext(answers))
            await store.append([entry(OTHER, n)])
            assert len(pb.SubscribeResponse.FromString(await waiting).records) == 1
    assert len(plain) == 7  # none of them is worth compressing


async def test_a_replay_that_finds_nothing_gives_signs_of_life(store: Store) -> None:
    await store.append(entries(OTHER, 1, 1000))
    feed = Feed(store, "seoul-1", "w-sharing", shortest_keepalive=0.0)
    request = pb.SubscribeRequest(filter=pb.Filter(projects=["none"]))
    request.keepalive_interval.FromNanoseconds(1)
    async with aclosing(feed.subscribe(request)) as answers:
        first = pb.SubscribeResponse.FromString(await anext(answers))
        assert first.HasField("header") and not first.caught_up
        assert await anext(answers) == b""


@pytest.mark.parametrize(
    ("filter", "field"),
    [
        (pb.Filter(projects=["x"] * 101), "filter.projects"),
        (pb.Filter(matchers=["a=b"] * 101), "filter.matchers"),
        (pb.Filter(matchers=["a=b", "no matcher"]), "filter.matchers[1]"),
        (pb.Filter(matchers=[f"a={'b' * 1023}"]), "filter.matchers[0]"),
        (pb.Filter(matchers=['a=~"("']), "filter.matchers[0]"),
        (pb.Filter(fingerprints=["0" * 16] * 1001), "filter.fingerprints"),
        (pb.Filter(fingerprints=["0" * 15 + "G"]), "filter.fingerprints[0]"),
        (pb.Filter(types=[1, 0]), "filter.types[1]"),  # type: ignore[list-item]
        (pb.Filter(text="x" * 1025), "filter.text"),
        (pb.Filter(min_severity=-1), "filter.min_severity"),  # type: ignore[arg-type]
    ],
)
async def test_a_filter_has_bounds(store: Store, filter: pb.Filter, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        await read(store, pb.SubscribeRequest(filter=filter))
    assert caught.value.field == field
