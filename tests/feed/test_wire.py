"""G6 and G8 over real gRPC: what a subscription costs, and how a slow one ends."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import grpc
import pytest

from alarminati.agent.subscriptions import fanout
from alarminati.agent.subscriptions.feed import Feed
from alarminati.core.model.entries import Alarm, Entry, Severity
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire import cursor as cursors
from tests.feed.reader import Reader
from tests.feed.served import Subscription, call, counted, served
from tests.store.samples import OTHER, START, entry, opened

COMPACT = pb.SubscribeRequest(encoding=pb.RECORD_ENCODING_COMPACT)
PROJECTS = ("", "", "", "shop", "shop-eu", "billing", "w-sharing-dev", "infra")
TEMPLATES = (
    "[WS-API] Health check failed",
    "Pod {pod} is crash looping",
    "노드 {node} 디스크 사용량 {n}%",
    "결제 API 응답 지연: {n} ms",
    "Certificate of {node} expires in {n} days",
    "p99 latency {n} ms on {node}",
    "Queue {pod} holds {n} jobs",
    "{node} did not answer for {n} s",
)


def history(count: int) -> list[Entry]:
    """Alarms as they come in a few clusters' weeks: a dozen kinds, times seconds apart."""
    dice = random.Random(7)
    wall = START
    entries = []
    for sequence in range(1, count + 1):
        wall += dice.randint(200, 60_000)
        pod = f"ws-api-{dice.randrange(40)}"
        node = f"node-{dice.randrange(12)}"
        message = dice.choice(TEMPLATES).format(pod=pod, node=node, n=dice.randrange(100))
        severity = Severity(dice.choice((50, 40, 40, 30, 30, 30, 20)))
        project = dice.choice(PROJECTS)
        alarm = Alarm(message, severity, wall, dice.random() < 0.4, project=project, source="http")
        entries.append(entry(OTHER, sequence, alarm, at=wall - START))
    return entries


async def read_all(reader: Reader, stream: Subscription) -> None:
    """Until it fails."""
    while True:
        reader.read(await stream.read())


async def test_replay_is_compressed(tmp_path: Path) -> None:
    """10,000 alarms to a new subscriber in at most 21 bytes each, everything counted but TCP."""
    async with opened(tmp_path) as store:
        feed = Feed(store, "seoul-1", "w-sharing")
        await store.append(history(10_000))
        async with served(feed) as port, counted(port) as wire:
            reader = Reader(COMPACT)
            async with call(wire.port, COMPACT) as stream:
                while not reader.caught_up:
                    reader.read(await stream.read())
            assert len(reader.seen) == 10_000
            packets = wire.bytes / 1448 + wire.writes  # generous: each write ends in a short one
            per_alarm = (wire.bytes + packets * 52 * 1.5) / 10_000
            print(f"{wire.bytes / 10_000:.1f} B of payload an alarm, {per_alarm:.1f} with headers")
            assert per_alarm <= 21


async def test_a_live_alarm_is_not_compressed_and_small(tmp_path: Path) -> None:
    example = Alarm("[WS-API] Health check failed", Severity.CRITICAL, START, source="http")
    async with opened(tmp_path) as store:
        feed = Feed(store, "seoul-1", "w-sharing")
        async with served(feed) as port, counted(port) as wire:
            reader = Reader(COMPACT)
            async with call(wire.port, COMPACT) as stream:
                reader.read(await stream.read())
                costs = []
                for sequence in range(1, 6):
                    before = wire.bytes
                    await store.append([entry(OTHER, sequence, example)])
                    reader.read(await stream.read())
                    costs.append(wire.bytes - before)
        # Frame 9, prefix 5, message 49. TLS adds 22, TCP and IP 52, and the answering ACK 52: 189.
        assert costs[1:] == [63] * 4
        assert reader.seen == [(OTHER, sequence) for sequence in range(1, 6)]


async def test_a_subscriber_that_does_not_read_is_cut_off_and_resumes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RESOURCE_EXHAUSTED, no record lost or doubled, and others are not held up (G5, G8)."""
    monkeypatch.setattr(fanout, "QUEUE", 20)
    async with opened(tmp_path) as store:
        feed = Feed(store, "seoul-1", "w-sharing")
        async with served(feed) as port:
            reader, quick = Reader(COMPACT), Reader(COMPACT)
            async with call(port, COMPACT) as slow, call(port, COMPACT) as other:
                reader.read(await slow.read())
                quick.read(await other.read())
                noise = random.Random(1).randbytes(4000).hex()  # compression cannot hide it
                large = Alarm(noise, Severity.ERROR, START)
                for sequence in range(1, 101):
                    await store.append([entry(OTHER, sequence, large)])
                    while len(quick.seen) < sequence:
                        quick.read(await other.read())
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await read_all(reader, slow)
                assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
            assert 0 < len(reader.seen) < 100
            request = reader.next_request()
            async with call(port, request) as again:
                while not reader.caught_up:
                    reader.read(await again.read())
            assert reader.seen == [(OTHER, sequence) for sequence in range(1, 101)]
        async with asyncio.timeout(10):
            while feed.streams:  # the server has stopped; its last calls come to their end
                await asyncio.sleep(0.01)


async def test_a_client_that_is_gone_leaves_nothing_behind(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        feed = Feed(store, "seoul-1", "w-sharing")
        async with served(feed) as port:
            async with call(port, COMPACT) as stream:
                Reader(COMPACT).read(await stream.read())
                assert feed.streams == 1
            async with asyncio.timeout(10), call(port, COMPACT) as stream:
                reader = Reader(COMPACT)
                reader.read(await stream.read())
                sequence = 0
                while feed.streams > 1:
                    sequence += 1
                    await store.append([entry(OTHER, sequence)])
                    reader.read(await stream.read())


async def test_a_bad_cursor_is_an_invalid_argument(tmp_path: Path) -> None:
    async with opened(tmp_path) as store, served(Feed(store, "seoul-1", "w-sharing")) as port:
        damaged = cursors.encode({OTHER: 3})[1:]
        async with call(port, pb.SubscribeRequest(cursor=damaged)) as stream:
            with pytest.raises(grpc.aio.AioRpcError, match="cursor") as caught:
                await stream.read()
        assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
