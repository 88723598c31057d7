"""A queue of each kind on its real server: how tests publish there, and what agents are told."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from msgspec import convert

from alarminati.config.queues import QueueConfig
from alarminati.config.secret import Secret
from alarminati.queues.port import Queue
from alarminati.queues.table import driver
from tests.queues import servers
from tests.queues.servers import Server

STREAM = "ALARMS"
ALL = os.environ.get("QUEUE_SERVERS") == "all"
Tool = Callable[[str], str]


@dataclass
class Bench:
    """A server, how to publish there, and the keys of its queue in a configuration."""

    server: Server
    publish: Callable[..., Awaitable[None]]
    keys: dict[str, Any]
    dead: Callable[[], Awaitable[list[bytes]]]
    poison: bytes = b"\x00"
    prepare: Callable[[], Awaitable[None]] | None = None  # what a server that forgets needs

    @property
    def config(self) -> QueueConfig:
        """The same keys, read."""
        return convert(self.keys, QueueConfig, dec_hook=lambda _, text: Secret(text))

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


@asynccontextmanager
async def sqs_bench(tool: Tool, folder: Path) -> AsyncIterator[Bench]:
    """SQS."""
    from aiobotocore.session import get_session

    with servers.sqs(folder) as server:
        await server.start()
        origin = f"http://{server.address}"

        def client() -> Any:
            return get_session().create_client(
                "sqs",
                region_name="ap-northeast-2",
                endpoint_url=origin,
                aws_access_key_id="AKIATEST",
                aws_secret_access_key="test",
            )

        async def prepare() -> None:
            async with client() as sqs:
                for name in (STREAM, "dead"):
                    await sqs.create_queue(QueueName=name)

        async def publish(*bodies: bytes) -> None:
            async with client() as sqs:
                for start in range(0, len(bodies), 10):
                    some = bodies[start : start + 10]
                    entries = [{"Id": str(number), "MessageBody": body.decode()}
                               for number, body in enumerate(some)]  # fmt: skip
                    await sqs.send_message_batch(QueueUrl=keys["url"], Entries=entries)

        async def dead() -> list[bytes]:
            async with client() as sqs:
                found = await sqs.receive_message(QueueUrl=keys["dead_letter"])
                return [message["Body"].encode() for message in found["Messages"]]

        keys = {
            "name": "orders",
            "type": "sqs",
            "url": f"{origin}/123456789012/{STREAM}",
            "region": "ap-northeast-2",
            "username": "AKIATEST",
            "password": "test",
            "dead_letter": f"{origin}/123456789012/dead",
        }
        await prepare()
        yield Bench(server, publish, keys, dead, b"[", prepare)


@asynccontextmanager
async def rabbitmq_bench(tool: Tool, folder: Path) -> AsyncIterator[Bench]:
    """RabbitMQ."""
    import aiormq

    with servers.rabbitmq(tool("rabbitmq-server"), tool("epmd"), folder) as server:
        await server.start()
        address = f"amqp://guest:guest@{server.address}/"

        @asynccontextmanager
        async def channel() -> AsyncIterator[Any]:
            connection = await aiormq.connect(address)
            yield await connection.channel()
            await connection.close()

        async def publish(*bodies: bytes) -> None:
            async with channel() as made:
                for body in bodies:
                    properties = aiormq.spec.Basic.Properties(
                        message_id=uuid4().hex, timestamp=datetime.now(UTC), delivery_mode=2
                    )
                    await made.basic_publish(body, routing_key=STREAM, properties=properties)

        async def dead() -> list[bytes]:
            async with channel() as made:
                return [(await made.basic_get("dead", no_ack=True)).body]

        async with channel() as made:
            for name in (STREAM, "dead"):
                await made.queue_declare(name, durable=True)
        keys = {
            "name": "orders",
            "type": "rabbitmq",
            "servers": [server.address],
            "queue": STREAM,
            "dead_letter": "dead",
        }
        yield Bench(server, publish, keys, dead)


@asynccontextmanager
async def kafka_bench(tool: Tool, folder: Path) -> AsyncIterator[Bench]:
    """Kafka."""
    from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

    with servers.kafka(tool("kafka"), folder) as server:
        await server.start()

        async def publish(*bodies: bytes) -> None:
            async with AIOKafkaProducer(bootstrap_servers=server.address, acks="all") as producer:
                for body in bodies:
                    await producer.send(STREAM, body)
                await producer.flush()

        async def dead() -> list[bytes]:
            async with AIOKafkaConsumer(bootstrap_servers=server.address) as consumer:
                place = TopicPartition("dead", 0)
                consumer.assign([place])
                await consumer.seek_to_beginning(place)
                return [(await consumer.getone()).value]

        keys = {
            "name": "orders",
            "type": "kafka",
            "servers": [server.address],
            "topic": STREAM,
            "dead_letter": "dead",
        }
        yield Bench(server, publish, keys, dead)


BENCHES: dict[str, Callable[[Tool, Path], AbstractAsyncContextManager[Bench]]] = {
    "nats": nats_bench,
    "redis": redis_bench,
    "sqs": sqs_bench,
}
# Servers that are large and slow to start: `make queues`.
if ALL:
    BENCHES |= {"kafka": kafka_bench, "rabbitmq": rabbitmq_bench}
