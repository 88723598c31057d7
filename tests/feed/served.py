"""A feed behind a real gRPC server, and a wire on which bytes are counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import grpc

from alarminati.agent.subscriptions.feed import Feed, ReaderTooSlow
from alarminati.core.model.validation import Invalid
from alarminati.v1 import subscription_pb2 as pb
from alarminati.wire.options import CHANNEL, SERVER

SERVICE = "alarminati.v1.AlarmService"

Context = grpc.aio.ServicerContext[Any, Any]


@asynccontextmanager
async def served(feed: Feed) -> AsyncIterator[int]:
    """The port where Subscribe is answered."""

    async def subscribe(request: pb.SubscribeRequest, context: Context) -> AsyncGenerator[bytes]:
        stream = feed.subscribe(request, plain=context.disable_next_message_compression)
        try:
            async with aclosing(stream):
                async for answer in stream:
                    yield answer
        except ReaderTooSlow as error:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(error))
        except Invalid as error:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(error))

    method: Any = grpc.unary_stream_rpc_method_handler(
        subscribe, request_deserializer=pb.SubscribeRequest.FromString
    )
    server = grpc.aio.server(options=SERVER, compression=grpc.Compression.Gzip)
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(SERVICE, {"Subscribe": method}),)
    )
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield port
    finally:
        await server.stop(0)


class Subscription:
    """Answers as they were serialised, one by one."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    async def read(self) -> bytes:
        """The next answer. Raises AioRpcError."""
        answer = await self._stream.read()
        assert isinstance(answer, bytes), "the server ended the stream without an error"
        return answer


@asynccontextmanager
async def call(port: int, request: pb.SubscribeRequest) -> AsyncIterator[Subscription]:
    """One subscription on a connection of its own."""
    options = (*CHANNEL, ("grpc.use_local_subchannel_pool", 1))
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", options=options) as channel:
        method: Any = channel.unary_stream(
            f"/{SERVICE}/Subscribe", request_serializer=pb.SubscribeRequest.SerializeToString
        )
        stream = method(request)
        try:
            yield Subscription(stream)
        finally:
            stream.cancel()


class Wire:
    """A TCP proxy that counts what the server says."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self.bytes = 0
        self.writes = 0
        self._target = target
        self._connections: set[asyncio.Task[None]] = set()

    async def connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        ways = (
            asyncio.create_task(self._pass(reader, back, count=False)),
            asyncio.create_task(self._pass(there, writer, count=True)),
        )
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            for end in (writer, back):
                end.close()
                with suppress(ConnectionError):
                    await end.wait_closed()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, count: bool
    ) -> None:
        while data := await reader.read(65536):
            if count:
                self.bytes += len(data)
                self.writes += 1
            writer.write(data)
            await writer.drain()

    async def stop(self) -> None:
        """End all connections."""
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


@asynccontextmanager
async def counted(target: int) -> AsyncIterator[Wire]:
    """A wire to `target`."""
    wire = Wire(target)
    server = await asyncio.start_server(wire.connect, "127.0.0.1", 0)
    wire.port = server.sockets[0].getsockname()[1]
    try:
        yield wire
    finally:
        server.close()
        await wire.stop()
        await server.wait_closed()
