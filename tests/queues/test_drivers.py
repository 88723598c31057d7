"""Drivers against real servers: what the port promises holds for each of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from alarminati.queues.port import Message, Queue, QueueLost
from tests.queues.benches import BENCHES, Bench


@pytest.fixture(params=BENCHES)
async def bench(
    request: pytest.FixtureRequest, tool: Callable[[str], str], tmp_path: Path
) -> AsyncIterator[Bench]:
    """Each server in turn."""
    async with BENCHES[request.param](tool, tmp_path) as made:
        yield made


async def drained(queue: Queue, count: int) -> list[Message]:
    """Return so many messages, however they are portioned."""
    found: list[Message] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            found += await queue.fetch(count - len(found), 1.0)
    return found


async def test_messages_come_in_order_and_once_when_acknowledged(bench: Bench) -> None:
    await bench.publish(*(b"disk %d full" % number for number in range(20)))
    queue = await bench.opened()
    found = await drained(queue, 20)
    assert [message.body for message in found] == [b"disk %d full" % n for n in range(20)]
    assert len({message.id for message in found}) == 20
    assert all(message.time > 1_700_000_000_000 for message in found)
    await queue.ack(found)
    assert await queue.fetch(10, 0.2) == []
    assert (await queue.backlog()).pending == 0
    await queue.close()
    again = await bench.opened()
    assert await again.fetch(10, 0.2) == []
    await again.close()


async def test_what_was_not_acknowledged_comes_again_under_its_id(bench: Bench) -> None:
    await bench.publish(b"disk well", b"disk full")
    queue = await bench.opened()
    other, first = await drained(queue, 2)
    await queue.ack([other])
    await queue.again([first], 0.0)
    assert (await queue.backlog()).pending == 1
    await queue.close()
    later = await bench.opened()
    (repeated,) = await drained(later, 1)
    assert (repeated.id, repeated.body) == (first.id, b"disk full")
    await later.ack([repeated])
    assert (await later.backlog()).pending == 0
    await later.close()


async def test_a_message_that_is_held_stays_ours(bench: Bench) -> None:
    await bench.publish(b"disk full")
    queue = await bench.opened()
    found = await drained(queue, 1)
    await queue.hold(found)
    assert await queue.fetch(1, 0.2) == []
    await queue.ack(found)
    await queue.close()


async def test_poison_goes_to_the_dead_letters(bench: Bench) -> None:
    await bench.publish(bench.poison)
    queue = await bench.opened()
    (message,) = await drained(queue, 1)
    assert await queue.bury(message, "it is not text")
    await queue.ack([message])
    assert await bench.dead() == [bench.poison]
    await queue.close()


async def test_a_server_that_is_away_is_said_and_found_again(bench: Bench) -> None:
    await bench.publish(b"disk full")
    queue = await bench.opened()
    bench.server.kill()

    async def used() -> None:
        while True:
            await queue.fetch(1, 0.2)
            await queue.backlog()

    with pytest.raises(QueueLost):
        await asyncio.wait_for(used(), 10)
    await queue.close()
    with pytest.raises(QueueLost):
        await bench.opened()
    await bench.server.start()
    if bench.prepare is not None:
        await bench.prepare()
        await bench.publish(b"disk full")
    queue = await bench.opened()
    (message,) = await drained(queue, 1)
    assert message.body == b"disk full"
    await queue.close()
