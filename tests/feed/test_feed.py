"""What Subscribe promises, answer by answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest

from alarminati.agent.store import Store
from alarminati.agent.subscriptions import fanout
from alarminati.agent.subscriptions.feed import Feed, ReaderTooSlow
from alarminati.core.journal.extents import Extent
from alarminati.core.journal.ingest import Stopping
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    DeliveryAttempt,
    EntryId,
    Notification,
    NotificationItem,
    Result,
    Severity,
)
from alarminati.core.model.validation import Invalid
from alarminati.v1 import alarm_pb2
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire import cursor as cursors
from tests.feed.reader import Reader
from tests.store.samples import OTHER, START, entries, entry, forget, opened

MINE = "m1ne0000"
COMPACT = pb.SubscribeRequest(encoding=pb.RECORD_ENCODING_COMPACT)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty one."""
    async with opened(tmp_path) as store:
        yield store


@asynccontextmanager
async def following(feed: Feed, request: pb.SubscribeRequest) -> AsyncIterator[Reader]:
    """A reader that is caught up."""
    reader = Reader(request)
    task = reader.follow(feed)
    try:
        await reader.until_caught_up()
        yield reader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def answers(
    feed: Feed, request: pb.SubscribeRequest, count: int
) -> list[pb.SubscribeResponse]:
    """The first few, taken one by one."""
    async with aclosing(feed.subscribe(request)) as stream:
        return [pb.SubscribeResponse.FromString(await anext(stream)) for _ in range(count)]


async def test_an_empty_journal_answers_at_once(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing")
    (answer,) = await answers(feed, COMPACT, 1)
    assert (answer.header.cluster, answer.header.project, answer.caught_up) == (
        "seoul-1",
        "w-sharing",
        True,
    )
    assert cursors.decode(answer.cursor) == {}
    assert not answer.records
    assert not answer.HasField("gap")


async def test_replay_then_live(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing")
    await store.append([*entries(OTHER, 1, 450), *entries(MINE, 1, 3)])
    async with (
        following(feed, COMPACT) as compact,
        following(feed, pb.SubscribeRequest()) as full,
    ):
        assert len(compact.seen) == len(full.seen) == 453
        assert feed.streams == 2
        for batch in ([entry(MINE, 4)], entries(OTHER, 451, 452), [entry(MINE, 5)]):
            await store.append(batch)
        for reader in (compact, full):
            await reader.until(lambda reader=reader: len(reader.seen) == 457)
            assert reader.seen[-4:] == [(MINE, 4), (OTHER, 451), (OTHER, 452), (MINE, 5)]
            assert cursors.decode(full.cursor) == store.cursor()
    assert feed.streams == 0


async def test_what_a_full_record_holds(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing")
    plain = Alarm("m", Severity.INFO, START, labels=(("a", "b"),))
    foreign = Alarm("m", Severity.INFO, START, project="other")
    await store.append([entry(OTHER, 1, plain), entry(OTHER, 2, foreign)])
    async with following(feed, pb.SubscribeRequest()) as reader:
        await store.append([entry(OTHER, 3, plain)])
        await reader.until(lambda: len(reader.seen) == 3)
        assert [record.alarm.project for record in reader.records] == [
            "w-sharing",
            "other",
            "w-sharing",
        ]
        assert reader.records[2].alarm.labels == {"a": "b"}
        assert reader.records[2].time_ms == START + 3
    own = Alarm("m", Severity.INFO, START, project="w-sharing")
    await store.append([entry(OTHER, 4, own)])
    async with following(feed, COMPACT) as reader:
        assert [record.alarm.project for record in reader.records] == ["", "other", "", ""]


async def test_a_compact_live_alarm_is_small(store: Store) -> None:
    """G6: the design's example takes 49 bytes, once the stream runs."""
    feed = Feed(store, "seoul-1", "w-sharing")
    example = Alarm("[WS-API] Health check failed", Severity.CRITICAL, START, source="http")
    async with following(feed, COMPACT) as reader:
        for sequence in range(1, 4):
            await store.append([entry(OTHER, sequence, example)])
        await reader.until(lambda: len(reader.seen) == 3)
        assert reader.sizes[-1] == 49
        assert max(reader.sizes[1:]) <= 49 + 18  # the first names its origin


async def test_resuming_replays_only_what_is_new(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing")
    await store.append(entries(OTHER, 1, 10))
    async with following(feed, COMPACT) as reader:
        pass
    await store.append([*entries(OTHER, 11, 12), entry(MINE, 1)])
    request = pb.SubscribeRequest(cursor=reader.cursor, from_now=True)
    async with following(feed, request) as again:
        assert again.seen == [(OTHER, 11), (OTHER, 12), (MINE, 1)]
        assert again.missed == 0


async def test_from_now_replays_nothing(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing")
    await store.append(entries(OTHER, 1, 500))
    async with following(feed, pb.SubscribeRequest(from_now=True)) as reader:
        assert reader.seen == []
        assert reader.answers == 1
        await store.append([entry(OTHER, 501)])
        await reader.until(lambda: len(reader.seen) == 1)


async def test_gaps_come_before_the_records_behind_them(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing")
    await store.append([*entries(OTHER, 1, 20), *entries(MINE, 1, 5)])
    alive = {EntryId(OTHER, 12)}
    await forget(store, max_entries=3, alive=alive)
    assert store.cursor() == {OTHER: 20, MINE: 5}
    request = pb.SubscribeRequest(cursor=cursors.encode({OTHER: 8, MINE: 5}))
    first, second = await answers(feed, request, 2)
    # 9 to 20 but for 12, which is alive.
    assert first.gap.missed == 11
    assert cursors.decode(first.cursor) == {OTHER: 8, MINE: 5}
    assert [record.id for record in second.records] == [f"{OTHER}-12"]
    assert cursors.decode(second.cursor) == {OTHER: 20, MINE: 5}
    (fresh,) = await answers(feed, pb.SubscribeRequest(), 1)
    assert not fresh.HasField("gap")
    assert len(fresh.records) == 3
    (up_to_date,) = await answers(feed, pb.SubscribeRequest(cursor=second.cursor), 1)
    assert not up_to_date.HasField("gap")


async def test_a_gap_that_reaches_a_live_stream_is_told_there(store: Store) -> None:
    """This replica catches up with a peer that has cut its history."""
    feed = Feed(store, "seoul-1", "w-sharing")
    await store.append(entries(OTHER, 1, 3))
    async with following(feed, COMPACT) as reader:
        store.adopt({OTHER: Extent(0, 9)})
        await store.append([entry(OTHER, 6), entry(OTHER, 10)])
        await reader.until(lambda: len(reader.seen) == 5)
        assert reader.missed == 2 + 3


async def test_cursors_keep_origins_that_are_lost(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing")
    await store.append(entries(OTHER, 1, 3))
    position = {"l0st0000": 70, OTHER: 2}
    async with following(feed, pb.SubscribeRequest(cursor=cursors.encode(position))) as reader:
        assert reader.seen == [(OTHER, 3)]
        await store.append([entry(OTHER, 4)])
        await reader.until(lambda: len(reader.seen) == 2)
        assert cursors.decode(reader.cursor) == {"l0st0000": 70, OTHER: 4}


async def test_what_another_replica_sent_already_is_not_sent_again(store: Store) -> None:
    feed = Feed(store, "seoul-1", "w-sharing")
    await store.append(entries(OTHER, 1, 3))
    ahead = pb.SubscribeRequest(
        cursor=cursors.encode({OTHER: 5}), encoding=pb.RECORD_ENCODING_COMPACT
    )
    async with following(feed, ahead) as reader, following(feed, COMPACT) as other:
        await store.append(entries(OTHER, 4, 6))
        await other.until(lambda: len(other.seen) == 6)
        await reader.until(lambda: len(reader.seen) == 1)
        assert (reader.seen, reader.missed) == ([(OTHER, 6)], 0)


async def test_filters(store: Store) -> None:
    feed = Feed(store, "seoul-1", "own")
    bodies: list[Body] = [
        Alarm("m", Severity.CRITICAL, START, labels=(("host", "a"), ("zone", "z"))),
        Alarm("m", Severity.WARNING, START, labels=(("host", "b"),)),
        Alarm("m", Severity.ERROR, START, project="other"),
        Alarm("m", Severity.INFO, START, resolved=True),
        Action.acknowledge("ab" * 8, "ann"),
        Notification("ops", (NotificationItem(EntryId(OTHER, 1), "ab" * 8, False),), "k"),
        DeliveryAttempt(EntryId(OTHER, 6), Result.DELIVERED, 1, "a1", 5),
    ]
    await store.append([entry(OTHER, number, body) for number, body in enumerate(bodies, 1)])

    async def seen(filter: pb.Filter) -> list[int]:
        async with following(feed, pb.SubscribeRequest(filter=filter)) as reader:
            return [id.sequence for id in reader.seen]

    assert await seen(pb.Filter()) == [1, 2, 3, 4, 5]
    assert await seen(pb.Filter(types=pb.RecordType.values()[1:])) == [1, 2, 3, 4, 5, 6, 7]
    # The end of an alarm passes however mild it is called; acknowledgements always do.
    assert await seen(pb.Filter(min_severity=alarm_pb2.SEVERITY_ERROR)) == [1, 3, 4, 5]
    assert await seen(pb.Filter(projects=["other"])) == [3, 5]
    assert await seen(pb.Filter(projects=["own", "x"])) == [1, 2, 4, 5]
    assert await seen(pb.Filter(matchers=['host="a"'])) == [1, 5]
    assert await seen(pb.Filter(matchers=['host="a"', "zone=y"])) == [5]


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        (pb.SubscribeRequest(cursor=b"nonsense"), "cursor"),
        (pb.SubscribeRequest(cursor=cursors.encode({OTHER: 5})[:-1]), "cursor"),
        (pb.SubscribeRequest(filter=pb.Filter(projects=["x"] * 101)), "filter.projects"),
        (pb.SubscribeRequest(filter=pb.Filter(min_severity=-9)), "filter.min_severity"),  # type: ignore[arg-type]
    ],
)
async def test_bad_requests_name_the_field(
    store: Store, request_: pb.SubscribeRequest, field: str
) -> None:
    feed = Feed(store, "seoul-1", "own")
    with pytest.raises(Invalid) as caught:
        await answers(feed, request_, 1)
    assert caught.value.field == field
    assert feed.streams == 0


async def test_live_answers_are_shared_as_the_same_bytes(store: Store) -> None:
    feed = Feed(store, "seoul-1", "own")
    streams = [feed.subscribe(COMPACT) for _ in range(5)]
    for stream in streams:
        await anext(stream)
    await store.append([entry(OTHER, 1)])
    shared = [await anext(stream) for stream in streams]
    assert all(answer is shared[0] for answer in shared)
    for stream in streams:
        await stream.aclose()
    assert feed.streams == 0


async def test_whoever_joins_reads_on_where_others_are(store: Store) -> None:
    """The group has left out all it could; a newcomer's replay ended elsewhere."""
    feed = Feed(store, "seoul-1", "own")
    await store.append([entry(MINE, 1)])
    async with following(feed, COMPACT) as first:
        await store.append(entries(OTHER, 1, 3))
        await first.until(lambda: len(first.seen) == 4)
        late = pb.SubscribeRequest(
            encoding=pb.RECORD_ENCODING_COMPACT, cursor=cursors.encode({OTHER: 3})
        )
        async with following(feed, late) as second:
            assert second.seen == [(MINE, 1)]
            await store.append([entry(OTHER, 4)])
            await store.append([entry(OTHER, 5), entry(MINE, 2)])
            for reader in (first, second):
                await reader.until(lambda reader=reader: reader.seen[-1] == (MINE, 2))
                assert reader.seen[-3:] == [(OTHER, 4), (OTHER, 5), (MINE, 2)]


async def test_a_slow_reader_gets_what_piled_up_as_one_answer(store: Store) -> None:
    feed = Feed(store, "seoul-1", "own")
    async with aclosing(feed.subscribe(pb.SubscribeRequest())) as stream:
        reader = Reader(pb.SubscribeRequest())
        reader.read(await anext(stream))
        for sequence in range(1, 51):
            await store.append([entry(OTHER, sequence)])
        answer = reader.read(await anext(stream))
        assert len(answer.records) == 50
        assert cursors.decode(answer.cursor) == {OTHER: 50}


async def test_too_many_waiting_answers_end_a_stream(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """G8: what is kept for a reader who does not read is bounded, and the end is not silent."""
    monkeypatch.setattr(fanout, "QUEUE", 10)
    feed = Feed(store, "seoul-1", "own")
    async with following(feed, COMPACT) as quick, aclosing(feed.subscribe(COMPACT)) as stream:
        await anext(stream)
        for sequence in range(1, 12):
            await store.append([entry(OTHER, sequence)])
        with pytest.raises(ReaderTooSlow, match="resume with the last cursor"):
            await anext(stream)
        await quick.until(lambda: len(quick.seen) == 11)
    assert feed.streams == 0


async def test_too_many_waiting_bytes_end_a_stream(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "QUEUE_BYTES", 1000)
    feed = Feed(store, "seoul-1", "own")
    async with aclosing(feed.subscribe(COMPACT)) as stream:
        await anext(stream)
        for sequence in range(1, 30):
            await store.append([entry(OTHER, sequence)])
        with pytest.raises(ReaderTooSlow):
            await anext(stream)


async def test_a_stalled_write_ends_a_stream_once_more_is_waiting(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    feed = Feed(store, "seoul-1", "own")
    async with aclosing(feed.subscribe(COMPACT)) as stream:
        await anext(stream)
        monkeypatch.setattr(fanout, "STALL", -1.0)  # any time is too long
        await store.append([entry(OTHER, 1)])
        await anext(stream)  # nothing waited yet when it came
        await store.append([entry(OTHER, 2)])
        await store.append([entry(OTHER, 3)])
        with pytest.raises(ReaderTooSlow):
            await anext(stream)


@pytest.mark.parametrize("encoding", list(pb.RecordEncoding.values()))
async def test_what_is_not_to_be_seen_moves_the_cursor_in_time(
    store: Store, encoding: pb.RecordEncoding.ValueType
) -> None:
    feed = Feed(store, "seoul-1", "own", bookmark=0.01)
    outcome = DeliveryAttempt(EntryId(OTHER, 6), Result.DELIVERED, 1, "a1", 5)
    async with following(feed, pb.SubscribeRequest(encoding=encoding)) as reader:
        await store.append([entry(OTHER, 1)])
        await reader.until(lambda: len(reader.seen) == 1)
        told = reader.answers
        await store.append([entry(OTHER, 2, outcome), entry(MINE, 1, outcome)])
        await reader.until(lambda: reader.answers > told)
        assert cursors.decode(reader.cursor) == {OTHER: 2, MINE: 1}
        assert reader.answers == told + 1


async def test_a_cursor_that_travels_anyway_needs_no_bookmark(store: Store) -> None:
    loop = asyncio.get_running_loop()
    feed = Feed(store, "seoul-1", "own", bookmark=3600)
    outcome = DeliveryAttempt(EntryId(OTHER, 6), Result.DELIVERED, 1, "a1", 5)
    async with following(feed, pb.SubscribeRequest()) as reader:
        await store.append([entry(OTHER, 1, outcome)])
        timers = [handle for handle in loop._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
        assert any(handle.when() > loop.time() + 3000 for handle in timers)
        await store.append([entry(OTHER, 2)])
        await reader.until(lambda: len(reader.seen) == 1)
        timers = [handle for handle in loop._scheduled if not handle.cancelled()]  # type: ignore[attr-defined]
        assert not any(handle.when() > loop.time() + 3000 for handle in timers)


async def test_closing_ends_every_stream(store: Store) -> None:
    feed = Feed(store, "seoul-1", "own")
    reader = Reader(COMPACT)
    task = reader.follow(feed)
    await reader.until_caught_up()
    feed.close()
    with pytest.raises(Stopping):
        await task
    with pytest.raises(Stopping):
        await answers(feed, COMPACT, 1)
    assert feed.streams == 0


async def test_small_answers_are_not_worth_compressing(store: Store) -> None:
    feed = Feed(store, "seoul-1", "own")
    await store.append(entries(OTHER, 1, 250))
    plain: list[str] = []
    stream = feed.subscribe(COMPACT, plain=lambda: plain.append("plain"))
    async with aclosing(stream):
        sizes = [len(await anext(stream)), len(await anext(stream))]
        assert plain == []
        await store.append([entry(OTHER, 251)])
        sizes.append(len(await anext(stream)))
        assert plain == ["plain"]
    assert min(sizes[:2]) > 1024 > sizes[2]


async def test_a_filter_that_lets_nothing_through_answers_all_the_same(store: Store) -> None:
    feed = Feed(store, "seoul-1", "own")
    await store.append(entries(OTHER, 1, 1000))
    request = pb.SubscribeRequest(filter=pb.Filter(projects=["none"]))
    first, last = await answers(feed, request, 2)
    assert (first.header.cluster, first.caught_up) == ("seoul-1", False)
    assert (last.caught_up, cursors.decode(last.cursor)) == (True, {OTHER: 1000})
