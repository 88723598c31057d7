"""HTTP itself: what a hostile or broken client can cost."""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.edge.connection import Bounds
from alarminati.edge.exchange import Request, Response
from alarminati.edge.server import CannotListen, EdgeServer
from tests.edge.client import Client, until
from tests.edge.conftest import World

SMALL = b'{"message":"m"}'
HEAD = b"POST /v1/alarms HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
MEBI = 2**20


def resident() -> int:
    """Memory of this process in bytes."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def test_keep_alive(world: World) -> None:
    client = await world.client()
    for _ in range(50):
        assert (await client.ask(SMALL)).status == 200
    assert world.servers[0].connections == 1


async def test_a_client_that_ends_its_side_is_answered_and_let_go(world: World) -> None:
    # Once with the end behind the request, once with it while the answer is made.
    for pause in (0, 3):
        client = await world.client()
        client.writer.write(HEAD + b"content-length: 15\r\n\r\n" + SMALL)
        for _ in range(pause):
            await asyncio.sleep(0)
        client.writer.write_eof()
        said = await asyncio.wait_for(client.reader.read(), 5)
        assert said.startswith(b"HTTP/1.1 200 ")
        await client.close()


async def test_requests_sent_ahead_are_answered_in_order(world: World) -> None:
    client = await world.client()
    client.writer.write(
        b"".join(
            HEAD + b"content-length: %d\r\n\r\n%s" % (len(body), body)
            for body in (b'{"message":"m%d"}' % number for number in range(200))
        )
    )
    ids = [(await client.reply()).json()["ids"][0] for _ in range(200)]
    assert ids == [f"origin00-{number}" for number in range(1, 201)]
    assert [alarm.message for alarm in world.reception.alarms] == [f"m{i}" for i in range(200)]


async def test_bytes_one_by_one(world: World) -> None:
    client = await world.client()
    for byte in HEAD + b"content-length: 15\r\n\r\n" + SMALL:
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    assert (await client.reply()).status == 200


async def test_a_chunked_body(world: World) -> None:
    client = await world.client()
    client.writer.write(
        HEAD + b"transfer-encoding: chunked\r\n\r\n8\r\n"
        b'{"messag\r\n7\r\ne":"m"}\r\n0\r\nidempotency-key: trailer\r\n\r\n'
    )
    assert (await client.reply()).status == 200
    assert world.reception.calls == [(1, "", 0)]
    assert (await client.ask(SMALL)).status == 200


async def test_expect_100_continue(world: World) -> None:
    client = await world.client()
    client.writer.write(HEAD + b"expect: 100-continue\r\ncontent-length: 15\r\n\r\n")
    assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    client.writer.write(SMALL)
    assert (await client.reply()).status == 200


async def test_a_client_that_closes_its_side_still_gets_its_answer(world: World) -> None:
    world.reception.gate = asyncio.Event()
    client = await world.client()
    client.send(SMALL)
    client.writer.write_eof()
    await world.reception.waiting.wait()
    world.reception.gate.set()
    assert (await client.reply()).status == 200
    assert await client.is_closed()


async def test_a_client_that_leaves_does_not_undo_its_alarm(world: World) -> None:
    """G1: what came in whole is taken, whether or not anybody waits for the answer."""
    world.reception.gate = asyncio.Event()
    client = await world.client()
    client.send(SMALL)
    await world.reception.waiting.wait()
    sock = client.writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # a reset
    client.writer.transport.abort()
    await until(lambda: not world.servers[0].connections)
    world.reception.gate.set()
    await until(lambda: bool(world.reception.alarms))


@pytest.mark.parametrize("version", [b"1.0", b"1.1"])
async def test_closes_when_asked_to(world: World, version: bytes) -> None:
    client = await world.client()
    client.writer.write(b"GET /h HTTP/%s\r\nhost: x\r\nconnection: close\r\n\r\n" % version)
    reply = await client.reply()
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    assert await client.is_closed()


@pytest.mark.parametrize("size", [100 * MEBI, 10**17, 10**30])
async def test_a_large_body_is_refused_before_it_comes(world: World, size: int) -> None:
    """G8: 413 on the announcement alone."""
    client = await world.client()
    client.writer.write(HEAD + b"content-length: %d\r\n\r\n" % size)
    reply = await client.reply()
    assert reply.status in (400, 413)
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize("chunked", [False, True])
async def test_100_mb_leave_memory_flat(world: World, chunked: bool) -> None:
    """G8: the rest is thrown away as it comes, so that a plain client gets to read the 413."""
    client = await world.client()
    await client.ask(SMALL)
    before = resident()
    piece = b"x" * 65_536
    length = b"transfer-encoding: chunked" if chunked else b"content-length: %d" % (100 * MEBI)
    client.writer.write(HEAD + length + b"\r\n\r\n")
    for _ in range(100 * MEBI // len(piece)):
        client.writer.write(b"10000\r\n" + piece + b"\r\n" if chunked else piece)
        await client.writer.drain()
    reply = await client.reply()
    assert (reply.status, reply.json()["error"][:41]) == (
        413,
        "a body may have at most 4194304 bytes; se",
    )
    assert resident() - before < 16 * MEBI
    assert len(world.reception.calls) == 1


async def test_a_body_of_just_the_limit(world: World) -> None:
    await world.serve(Bounds(body=1000))
    client = await world.client()
    body = b'{"message":"' + b"m" * 986 + b'"}'
    assert len(body) == 1000
    assert (await client.ask(body)).status == 200
    client.writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    client.writer.write(b"3e8\r\n" + body + b"\r\n0\r\n\r\n")
    assert (await client.reply()).status == 200
    client.writer.write(HEAD + b"transfer-encoding: chunked\r\n\r\n")
    client.writer.write(b"3e8\r\n" + body + b"\r\n1\r\n \r\n0\r\n\r\n")
    assert (await client.reply()).status == 413
    assert (await (await world.client()).ask(body + b" ")).status == 413


async def test_who_sends_far_ahead_is_slowed_down_not_refused(world: World) -> None:
    """G8: what one client sends ahead stays in its own buffers."""
    await world.serve(Bounds(bodies=MEBI))
    world.reception.gate = asyncio.Event()
    client = await world.client()
    for _ in range(100):
        client.send(SMALL + b" " * 100_000)
    await world.reception.waiting.wait()
    for _ in range(100):
        await asyncio.sleep(0.001)  # time to read more than it should
    world.reception.gate.set()
    assert {(await client.reply()).status for _ in range(100)} == {200}


async def test_all_bodies_together_are_bounded(world: World) -> None:
    """G8: many clients with half a body each hold no more than `bodies`; then others get in."""
    await world.serve(Bounds(body=1000, bodies=2500))
    holders = [await world.client() for _ in range(3)]
    for client in holders:
        client.writer.write(HEAD + b"content-length: 1000\r\n\r\n" + b" " * 900)
    done, waiting = await asyncio.wait(
        [asyncio.create_task(client.reply()) for client in holders],
        return_when=asyncio.FIRST_COMPLETED,
    )
    (refused,) = [task.result() for task in done]
    assert (refused.status, refused.headers["retry-after"]) == (503, "1")
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    for client in holders:
        await client.close()
    await until(lambda: not world.servers[0].connections)
    for _ in range(10):
        assert (await (await world.client()).ask(SMALL + b" " * 900)).status == 200


@pytest.mark.parametrize(
    "head",
    [
        b"GET /" + b"x" * 40_000 + b" HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: " + b"y" * 40_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\n" + b"a: b\r\n" * 7000 + b"\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n"
        + b"a: b\r\n" * 7000,
    ],
)
async def test_large_heads(world: World, head: bytes) -> None:
    client = await world.client()
    client.writer.write(head)
    assert (await client.reply()).status == 431


@pytest.mark.parametrize(
    "start",
    [
        b"GET /",
        b"GET / HTTP/1.1\r\nhost: x\r\nx: ",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1;",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nx: ",
    ],
)
async def test_an_endless_head(world: World, start: bytes) -> None:
    """G8: also in pieces that never end, wherever headers may stand."""
    client = await world.client()
    before = resident()
    client.writer.write(start)
    for _ in range(500):
        client.writer.write(b"y" * 65_536)
        await client.writer.drain()
    assert (await client.reply()).status == 431
    assert resident() - before < 16 * MEBI


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET http://[ HTTP/1.1\r\nhost: x\r\n\r\n",
        b"CONNECT x:1 HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nhost: x\r\na b: c\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n"
        b"transfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: x, chunked, y\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nZZ\r\n",
        b"GET / HTTP/1.1\nhost: x\n\n",
    ],
)
async def test_what_is_not_http(world: World, data: bytes) -> None:
    client = await world.client()
    client.writer.write(data)
    reply = await client.reply()
    assert (reply.status, reply.headers["connection"]) == (400, "close")
    assert await client.is_closed()


async def test_an_error_waits_its_turn(world: World) -> None:
    world.reception.gate = asyncio.Event()
    client = await world.client()
    client.send(SMALL)
    client.writer.write(b"nonsense\r\n\r\n")
    await world.reception.waiting.wait()
    world.reception.gate.set()
    assert (await client.reply()).status == 200
    assert (await client.reply()).status == 400


async def test_stopping_lets_answers_out_and_nobody_in(world: World) -> None:
    world.reception.gate = asyncio.Event()
    server = await world.serve()
    busy, idle = await world.client(), await world.client()
    busy.send(SMALL)
    await world.reception.waiting.wait()
    stopping = asyncio.create_task(server.stop())
    assert await idle.is_closed()
    with pytest.raises(ConnectionRefusedError):
        await Client.connect(server.port)
    world.reception.gate.set()
    reply = await busy.reply()
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    await asyncio.wait_for(stopping, 2)


async def test_stopping_does_not_wait_for_ever(world: World) -> None:
    world.reception.gate = asyncio.Event()
    server = await world.serve()
    client = await world.client()
    client.send(SMALL)
    await world.reception.waiting.wait()
    await asyncio.wait_for(server.stop(grace=0.05), 2)
    with pytest.raises(asyncio.IncompleteReadError):
        await client.reply()
    world.reception.gate.set()


async def test_a_port_in_use(world: World) -> None:
    server = await world.serve()
    second = EdgeServer(world.edge(), "127.0.0.1", server.port)
    with pytest.raises(CannotListen) as caught:
        await second.start()
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1:{server.port}: another program uses it; stop that or choose"
        " another port"
    )
    with pytest.raises(CannotListen, match="this machine has no such address"):
        await EdgeServer(world.edge(), "203.0.113.1", 0).start()
    with pytest.raises(CannotListen, match=r"cannot listen on no-such-host.invalid:1: "):
        await EdgeServer(world.edge(), "no-such-host.invalid", 1).start()


pieces = st.sampled_from(
    [
        b"GET /h HTTP/1.1\r\n",
        b"POST /v1/alarms HTTP/1.1\r\n",
        b"host: x\r\n",
        b"content-encoding: gzip\r\n",
        b"content-type: application/json\r\n",
        b"content-length: 15\r\n",
        b"content-length: 99999999999\r\n",
        b"transfer-encoding: chunked\r\n",
        b"connection: upgrade\r\nupgrade: x\r\n",
        b"expect: 100-continue\r\n",
        b"\r\n",
        SMALL,
        b"f\r\n" + SMALL + b"\r\n",
        b"0\r\n\r\n",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(pieces | st.binary(max_size=20), max_size=12), st.booleans())
def test_no_bytes_break_the_server(parts: list[bytes], apart: bool) -> None:
    """Whatever comes, nothing raises, no byte stays counted, and the server serves on."""

    async def run() -> None:
        problems: list[dict[str, object]] = []
        asyncio.get_running_loop().set_exception_handler(
            lambda _, problem: problems.append(problem)
        )

        async def handler(request: Request) -> Response:
            return Response(200, request.body)

        server = EdgeServer(handler, "127.0.0.1", 0, bounds=Bounds(head=500, body=200))
        await server.start()
        client = await Client.connect(server.port)
        for part in parts if apart else [b"".join(parts)]:
            client.writer.write(part)
            await asyncio.sleep(0)
        client.writer.write_eof()
        await asyncio.wait_for(client.reader.read(), 5)
        await client.close()
        other = await Client.connect(server.port)
        assert (await other.ask(b"x")).body == b"x"
        await other.close()
        await server.stop(grace=1)
        assert server._door.held == 0
        assert problems == []

    asyncio.run(run())
