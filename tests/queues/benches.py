"""A queue of each kind on its real server: how tests publish there, and what agents are told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alarminati.config.queues import QueueConfig
from alarminati.queues.port import Queue
from alarminati.queues.table import driver
from tests.queues import servers
from tests.queues.servers import Server

STREAM = "ALARMS"
Tool = Callable[[str], str]


@dataclass
class Bench:
    """A server, how to publish there, and the keys of its queue in a configuration."""

    server: Server
    publish: Callable[..., Awaitable[None]]
    keys: dict[str, Any]
    dead: Callable[[], Awaitable[list[bytes]]]

    @property
    def config(self) -> QueueConfig:
        """The same keys, read."""
        return QueueConfig(**{**self.keys, "servers": tuple(self.keys["servers"])})

    async def opened(self) -> Queue:
        """Return a driver that is connected."""
        queue = driver(self.config)
        await queue.open()
        return queue


@asynccontextmanager
async def nats_bench(tool: Tool, folder: Path) -> AsyncIterator[Bench]:
    """JetStream."""
    import nats

    with servers.nats(tool("nats-server"), folder) as server:
        await server.start()

        async def publish(*bodies: bytes) -> None:
            connection = await nats.connect(f"nats://{server.address}")
            stream = connection.jetstream()
            for body in bodies:
                await stream.publish("alarms.test", body)
            await connection.close()

        async def dead() -> list[bytes]:
            connection = await nats.connect(f"nats://{server.address}")
            found = await connection.jetstream().get_last_msg(STREAM, "dead")
            await connection.close()
            return [found.data or b""]

        connection = await nats.connect(f"nats://{server.address}")
        await connection.jetstream().add_stream(name=STREAM, subjects=["alarms.>", "dead"])
        await connection.close()
        keys = {
            "name": "orders",
            "type": "nats",
            "servers": [server.address],
            "stream": STREAM,
            "subject": "alarms.>",
            "dead_letter": "dead",
        }
        yield Bench(server, publish, keys, dead)


@asynccontextmanager
async def redis_bench(tool: Tool, folder: Path) -> AsyncIterator[Bench]:
    """Redis Streams."""
    from redis.asyncio import Redis

    with servers.redis(tool("redis-server"), folder) as server:
        await server.start()

        def client() -> Any:
            return Redis(host="127.0.0.1", port=server.port)

        async def publish(*bodies: bytes) -> None:
            async with client() as redis:
                for body in bodies:
                    await redis.xadd(STREAM, {"body": body})

        async def dead() -> list[bytes]:
            async with client() as redis:
                return [fields[b"body"] for _, fields in await redis.xrange("dead")]

        keys = {
            "name": "orders",
            "type": "redis",
            "servers": [server.address],
            "stream": STREAM,
            "dead_letter": "dead",
        }
        yield Bench(server, publish, keys, dead)


BENCHES = {"nats": nats_bench, "redis": redis_bench}
