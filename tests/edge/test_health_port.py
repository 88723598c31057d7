"""gRPC health and HTTP/1.1 on one port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import pytest
import pytest_asyncio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1.health import aio

from alarminati.agent.health import HealthPort
from alarminati.edge.exchange import Request, Response
from alarminati.edge.health import Health
from alarminati.edge.server import CannotListen, EdgeServer
from tests.edge.client import Client, until

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


@pytest_asyncio.fixture
async def servicer() -> aio.HealthServicer:
    made = aio.HealthServicer()
    await made.set("", SERVING)
    return made


@pytest_asyncio.fixture
async def port(servicer: aio.HealthServicer) -> AsyncIterator[HealthPort]:
    health = Health(lambda: "", lambda: (b"figure 1\n", "text/plain"))
    made = HealthPort("127.0.0.1", 0, health, servicer)
    await made.start()
    yield made
    await made.stop(grace=0.2)


async def check(channel: grpc.aio.Channel) -> int:
    stub: Any = health_pb2_grpc.HealthStub(channel)
    return int((await stub.Check(health_pb2.HealthCheckRequest(), timeout=5)).status)


async def test_grpc_and_http_on_one_port(port: HealthPort, servicer: aio.HealthServicer) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port.port}") as channel:
        assert await check(channel) == SERVING
        client = await Client.connect(port.port)
        assert (await client.ask(path="/h", method="GET")).body == b"1"
        assert (await client.ask(path="/healthz", method="GET")).body == b"ok\n"
        assert (
            await client.ask(path="/metrics", method="GET", host="127.0.0.1")
        ).body == b"figure 1\n"
        assert (await client.ask(b'{"message":"m"}')).status == 404  # alarms have their own port
        await client.close()
        await servicer.set("", NOT_SERVING)
        assert await check(channel) == NOT_SERVING


async def test_g7_figures_are_not_for_a_page_whose_name_leads_here(port: HealthPort) -> None:
    client = await Client.connect(port.port)
    for host, status in (("evil.example", 403), ("localhost:8081", 200), ("10.0.0.7", 200)):
        assert (await client.ask(path="/metrics", method="GET", host=host)).status == status
    assert (await client.ask(path="/h", method="GET", host="any.name")).status == 200
    await client.close()


async def test_who_reports_to_the_port_for_health_is_told_the_other(
    port: HealthPort, servicer: aio.HealthServicer
) -> None:
    client = await Client.connect(port.port)
    reply = await client.ask({"message": "m"}, host="127.0.0.1")
    assert (reply.status, "by gRPC only" in reply.json()["error"]) == (404, True)
    await client.close()
    other = HealthPort("127.0.0.1", 0, port._health, servicer, reports=8080)
    await other.start()
    client = await Client.connect(other.port)
    reply = await client.ask({"message": "m"}, host="127.0.0.1")
    assert reply.json()["error"].endswith("POST alarms to /v1/alarms on port 8080")
    await client.close()
    await other.stop()


async def test_a_watch_goes_on_and_is_told_of_changes(
    port: HealthPort, servicer: aio.HealthServicer
) -> None:
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port.port}") as channel:
        stub: Any = health_pb2_grpc.HealthStub(channel)
        watch = stub.Watch(health_pb2.HealthCheckRequest(), timeout=10)
        assert (await watch.read()).status == SERVING
        await servicer.set("", NOT_SERVING)
        assert (await watch.read()).status == NOT_SERVING
        watch.cancel()


async def test_only_health_is_served_without_tls(port: HealthPort) -> None:
    """G7: the other services are not there."""
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port.port}") as channel:
        call: Any = channel.unary_unary("/alarminati.v1.AlarmService/ListAlarms")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(b"", timeout=5)
        assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


async def test_the_first_bytes_may_come_one_by_one(port: HealthPort) -> None:
    client = await Client.connect(port.port)
    for byte in b"PUT /h HTTP/1.1\r\nhost: x\r\n\r\n":
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    assert (await client.reply()).status == 405
    await client.close()
    client = await Client.connect(port.port)
    for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\4" + bytes(5):  # empty SETTINGS
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0)
    assert (await client.reader.readexactly(9))[3] == 4  # the server's SETTINGS
    await client.close()


async def test_pipes_end_when_either_side_does(port: HealthPort) -> None:
    client = await Client.connect(port.port)
    client.writer.write(b"PRI * HTTP/2.0\r\n\r\nnonsense" + bytes(100))
    await asyncio.wait_for(client.reader.read(), 5)  # gRPC says goodbye and hangs up
    await client.close()
    client = await Client.connect(port.port)
    client.writer.write(b"PRI ")
    assert port._edge is not None
    pipes = port._edge._pipes
    assert pipes is not None
    await until(lambda: len(pipes.ends) == 2)
    await client.close()
    await until(lambda: not pipes.ends)


async def test_pipes_are_bounded_and_a_dead_end_is_closed() -> None:
    """G8: no more than 50 at once; the oldest goes, so that nobody keeps probes out."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(serve, "127.0.0.1", 0)
    inner = silent.sockets[0].getsockname()[1]

    async def handler(request: Request) -> Response:
        return Response(200)

    server = EdgeServer(handler, "127.0.0.1", 0, http2=inner)
    await server.start()
    pipes = server._pipes
    assert pipes is not None
    clients = [await Client.connect(server.port) for _ in range(100)]
    for client in clients[:50]:
        client.writer.write(b"PRI ")
    await until(lambda: len(pipes.ends) == 100)
    clients[50].writer.write(b"PRI ")
    await until(lambda: not pipes.tasks and len(pipes.ends) == 100)
    assert await clients[0].is_closed()
    await clients[0].close()
    silent.close()
    await clients[1].close()
    await until(lambda: len(pipes.ends) == 98)
    clients[51].writer.write(b"PRI ")
    assert await clients[51].is_closed()  # nobody listens there any more
    await until(lambda: len(pipes.waiting) == 48)
    await server.stop()
    for client in clients[2:]:
        assert await client.is_closed()
        await client.close()
    await until(lambda: not pipes.ends and not pipes.waiting)


async def test_g8_silent_connections_do_not_keep_probes_out(port: HealthPort) -> None:
    """The one that has been silent longest makes room."""
    assert port._edge is not None
    pipes = port._edge._pipes
    assert pipes is not None
    pipes.room = 20
    silent = [await Client.connect(port.port) for _ in range(20)]
    await until(lambda: len(pipes.waiting) == 20)
    probe = await Client.connect(port.port)
    assert (await probe.ask(path="/h", method="GET")).status == 200
    assert await silent[0].is_closed()
    assert len(pipes.waiting) == 19
    for client in (*silent, probe):
        await client.close()


async def test_a_large_flow_through_a_pipe_is_held_back() -> None:
    """G8: who does not read holds the sender up, not our memory."""
    received = bytearray()
    go = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await go.wait()
        while piece := await reader.read(65_536):
            received.extend(piece)
        writer.close()

    far = await asyncio.start_server(serve, "127.0.0.1", 0)

    async def handler(request: Request) -> Response:
        return Response(200)

    server = EdgeServer(handler, "127.0.0.1", 0, http2=far.sockets[0].getsockname()[1])
    await server.start()
    client = await Client.connect(server.port)
    client.writer.write(b"PRI " + bytes(40 * 2**20))
    pipes = server._pipes
    assert pipes is not None
    await until(lambda: len(pipes.ends) == 2)
    for _ in range(100):
        await asyncio.sleep(0.001)  # time to read more than it should
    assert sum(end.transport.get_write_buffer_size() for end in pipes.ends) < 2**20
    go.set()
    await client.writer.drain()
    client.writer.close()
    await until(lambda: len(received) == 4 + 40 * 2**20)
    await until(lambda: not pipes.ends)
    await server.stop()
    far.close()


async def test_a_port_in_use_leaves_nothing_behind(servicer: aio.HealthServicer) -> None:
    health = Health(lambda: "", lambda: (b"", "text/plain"))
    first = HealthPort("127.0.0.1", 0, health, servicer)
    await first.start()
    second = HealthPort("127.0.0.1", first.port, health, servicer)
    with pytest.raises(CannotListen, match="another program uses it"):
        await second.start()
    await first.stop()
