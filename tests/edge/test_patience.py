"""What clients may hold up: time, places, and who else waits."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest

from alarminati.edge.connection import Bounds
from alarminati.edge.exchange import Request, Response
from alarminati.edge.server import EdgeServer
from tests.edge.client import until
from tests.edge.conftest import World
from tests.edge.test_connection import HEAD, MEBI, SMALL, resident


async def test_slow_bodies_are_cut_off(world: World) -> None:
    await world.serve(Bounds(request=0.2))
    client = await world.client()
    start = time.monotonic()
    client.writer.write(HEAD + b"content-length: 15\r\n\r\n")
    task = asyncio.create_task(client.reply())
    while not task.done():
        client.writer.write(b" ")  # a drip does not help
        await asyncio.sleep(0.02)
    assert (await task).status == 408
    assert 0.2 <= time.monotonic() - start < 2
    assert world.reception.calls == []
    assert world.turned == Counter(slow=1)


@pytest.mark.parametrize("sent", [b"", b"POST /v1/al", b"GET /h HTTP/1.1\r\nhost: x\r\n\r\nGET /"])
async def test_slow_heads_and_silence_are_cut_off(world: World, sent: bytes) -> None:
    await world.serve(Bounds(request=0.1))
    client = await world.client()
    client.writer.write(sent)
    text = (await asyncio.wait_for(client.reader.read(), 5)).decode()
    assert (" 408 " in text) == bool(sent)


async def test_warm_connections_outlive_the_deadline_of_a_request(world: World) -> None:
    await world.serve(Bounds(request=0.05))
    client = await world.client()
    assert (await client.ask(SMALL)).status == 200
    await asyncio.sleep(0.15)  # nothing may happen, so there is nothing to wait for
    assert (await client.ask(SMALL)).status == 200


async def test_idle_connections_are_closed(world: World) -> None:
    await world.serve(Bounds(idle=0.2))
    client = await world.client()
    assert (await client.ask(SMALL)).status == 200
    assert await asyncio.wait_for(client.is_closed(), 5)


async def test_too_many_connections(world: World) -> None:
    """G8: one more is told so while all wait for answers; when one leaves, one gets in."""
    world.reception.gate = asyncio.Event()
    await world.serve(Bounds(connections=2))
    busy = [await world.client(), await world.client()]
    for client in busy:
        client.send(SMALL)
    await until(lambda: len(world.reception.calls) == 2)
    third = await world.client()
    reply = await third.reply()
    assert (reply.status, reply.headers["retry-after"]) == (503, "1")
    assert world.turned == Counter(crowded=1)
    world.reception.gate.set()
    assert [(await client.reply()).status for client in busy] == [200, 200]
    await busy[0].close()
    await third.close()
    await until(lambda: world.servers[0].connections == 1)
    assert (await (await world.client()).ask(SMALL)).status == 200


async def test_who_only_holds_a_place_makes_room(world: World) -> None:
    """G8: first who never asked for anything, then who has rested longest; never who waits."""
    world.reception.gate = asyncio.Event()
    world.reception.gate.set()
    await world.serve(Bounds(connections=3))
    early, late = await world.client(), await world.client()
    for client in (early, late):
        assert (await client.ask(SMALL)).status == 200
    silent = await world.client()
    silent.writer.write(b"POST /v1/al")
    assert (await (await world.client()).ask(SMALL)).status == 200
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await silent.reply()
    world.reception.gate.clear()
    late.send(SMALL)
    await world.reception.waiting.wait()
    last = await world.client()
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)):
        await early.reply()
    world.reception.gate.set()
    assert (await late.reply()).status == (await last.ask(SMALL)).status == 200
    assert world.turned == Counter(crowded=2)


async def test_who_does_not_read_its_answers_is_cut_off(world: World) -> None:
    """G8: it would hold a place for ever."""
    server = await world.serve(Bounds(reading=0.1))
    client = await world.client()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    for _ in range(200):
        client.writer.write(b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n" * 100)
    await until(lambda: not server.connections)
    assert world.turned == Counter(unread=1)


async def test_a_client_that_does_not_read_is_not_written_to(world: World) -> None:
    """G8: answers nobody reads do not pile up here."""
    server = await world.serve()
    client = await world.client()
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]
    before = resident()
    request = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n"
    for _ in range(200):
        client.writer.write(request * 100)  # 20,000 times 4.5 kB
        try:
            await asyncio.wait_for(client.writer.drain(), 0.05)
        except TimeoutError:
            break
    assert resident() - before < 32 * MEBI
    await client.close()
    await until(lambda: not server.connections)


async def test_g8_requests_sent_ahead_do_not_hold_up_others(world: World) -> None:
    """Thousands fit into one packet, and none of their answers waits for anything."""
    answered = [0]

    async def handler(request: Request) -> Response:
        answered[-1] += 1
        return Response(200)

    server = EdgeServer(handler, "127.0.0.1", 0)
    await server.start()
    world.servers.append(server)
    eager = await world.client(server)
    eager.writer.write(b"GET /h HTTP/1.1\r\nhost: x\r\n\r\n" * 3000)
    while sum(answered) < 3000:
        answered.append(0)
        await asyncio.sleep(0)
    assert max(answered) == 1, "others have a turn after every answer"
