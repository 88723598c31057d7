"""Copy of the journal on a real JetStream: what it takes, and what it refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

import nats
import pytest
from msgspec.structs import replace

from alarminati.config.copies import CopyConfig
from alarminati.core.model.entries import Alarm, Entry, Severity
from alarminati.queues.journal_stream import JournalStream
from alarminati.queues.port import QueueLost
from alarminati.wire import codec
from tests.queues import servers
from tests.queues.servers import Server

SUBJECT = "alarminati.shop.aaaaaaaa"


@pytest.fixture
async def server(tool: Callable[[str], str], tmp_path: Path) -> AsyncIterator[Server]:
    with servers.nats(tool("nats-server"), tmp_path) as made:
        await made.start()
        yield made


def stream(server: Server, cluster: str = "shop", **more: Any) -> JournalStream:
    config = CopyConfig(
        name="copy", type="nats", servers=(server.address,), stream="JOURNAL", replicas=1
    )
    return JournalStream(replace(config, **more), "demo", cluster)


async def opened(server: Server) -> JournalStream:
    made = stream(server)
    await made.open()
    return made


def entries(first: int, last: int, origin: str = "aaaaaaaa") -> list[Entry]:
    found = []
    for number in range(first, last + 1):
        body = Alarm(f"disk {number} full", Severity.ERROR, 1_760_000_000_000 + number)
        found.append(codec.decode(origin, number, number << 16, codec.encode(body)))
    return found


async def read(store: JournalStream) -> list[Entry]:
    return [entry async for batch in store.read() for entry in batch]


async def raw(server: Server, subject: str, data: bytes, headers: dict[str, str]) -> None:
    connection = await nats.connect(f"nats://{server.address}")
    await connection.jetstream().publish(subject, data, headers=headers)
    await connection.close()


def ids(found: Sequence[Entry]) -> list[tuple[str, int]]:
    return [(entry.origin, entry.sequence) for entry in found]


async def test_entries_come_back_as_they_were(server: Server) -> None:
    store = await opened(server)
    await store.publish(entries(1, 300))
    await store.publish(entries(1, 2, "bbbbbbbb"))
    await store.publish(entries(301, 302))
    await store.close()
    store = await opened(server)
    assert {origin: place.last for origin, place in store.places.items()} == {
        "aaaaaaaa": 302,
        "bbbbbbbb": 2,
    }
    found = await read(store)
    assert found == [*entries(1, 300), *entries(1, 2, "bbbbbbbb"), *entries(301, 302)]
    assert [entry.raw for entry in found[:300]] == [entry.raw for entry in entries(1, 300)]
    await store.close()


async def test_a_second_writer_cannot_leave_a_hole(server: Server) -> None:
    first, second = await opened(server), await opened(server)
    await first.publish(entries(1, 2))
    with pytest.raises(QueueLost, match="wrong last sequence"):
        await second.publish(entries(5, 6))
    await second.close()
    second = await opened(server)
    await second.publish(entries(3, 4))
    assert ids(await read(second)) == ids(entries(1, 4))
    await first.close()
    await second.close()


async def test_the_stream_of_another_cluster_is_refused(server: Server) -> None:
    await (await opened(server)).close()
    with pytest.raises(QueueLost, match="belongs to cluster 'shop', not 'office'"):
        await stream(server, "office").open()


async def test_a_stream_of_another_tool_is_refused(server: Server) -> None:
    connection = await nats.connect(f"nats://{server.address}")
    await connection.jetstream().add_stream(name="JOURNAL", subjects=["orders"])
    await connection.close()
    with pytest.raises(QueueLost, match="belongs to project"):
        await stream(server).open()


async def test_one_server_does_not_count_as_a_copy(server: Server) -> None:
    await (await opened(server)).close()
    with pytest.raises(QueueLost, match="has 1 replicas; counts: true needs 3"):
        await stream(server, replicas=3, counts=True).open()


async def test_what_was_purged_is_noticed_and_written_anew_although_its_ids_are_known(
    server: Server,
) -> None:
    store = await opened(server)
    await store.publish(entries(1, 3))
    await store.check()
    connection = await nats.connect(f"nats://{server.address}")
    await connection.jetstream().purge_stream("JOURNAL")
    await connection.close()
    with pytest.raises(QueueLost, match="was purged"):
        await store.check()
    await store.close()
    store = await opened(server)
    assert store.places == {}
    await store.publish(entries(1, 3))
    assert ids(await read(store)) == ids(entries(1, 3))
    await store.close()


async def test_a_stream_that_was_made_anew_is_noticed(server: Server) -> None:
    store = await opened(server)
    await store.publish(entries(1, 3))
    connection = await nats.connect(f"nats://{server.address}")
    await connection.jetstream().delete_stream("JOURNAL")
    await connection.close()
    with pytest.raises(QueueLost):
        await store.check()
    await (await opened(server)).close()
    with pytest.raises(QueueLost, match="lost entries"):
        await store.check()
    await store.close()


async def test_a_damaged_message_is_counted_and_the_others_are_read(server: Server) -> None:
    store = await opened(server)
    await store.publish(entries(1, 1))
    await raw(server, SUBJECT, b"garbage", {"Nats-Msg-Id": "aaaaaaaa-2", "Alarminati-Crc": "1"})
    await store.close()
    store = await opened(server)
    await store.publish(entries(3, 3))
    assert ids(await read(store)) == [("aaaaaaaa", 1), ("aaaaaaaa", 3)]
    assert store.damaged == 1
    await store.close()


async def test_a_server_that_is_away_is_said_in_bounded_time(server: Server) -> None:
    store = await opened(server)
    server.kill()
    with pytest.raises(QueueLost):
        await store.publish(entries(1, 1))
    await store.close()
    with pytest.raises(QueueLost):
        await stream(server).open()
