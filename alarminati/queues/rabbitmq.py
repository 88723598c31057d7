"""RabbitMQ: a consumer that acknowledges message by message.

A message is known by its `message_id`. One without it is new at its first delivery, since equal
texts are sent again and again; a repeated delivery of it may be counted twice, but never lost.
https://www.rabbitmq.com/docs/confirms
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import ssl
import uuid
from collections.abc import Awaitable, Sequence
from typing import Any
from urllib.parse import quote

import aiormq
from aiormq.exceptions import AMQPError

from alarminati.config.queues import QueueConfig
from alarminati.queues.port import Backlog, Message, QueueLost
from alarminati.wire.background import attend, call_later

TIMEOUT = 5.0  # seconds for one answer of the server
HEARTBEAT = 60  # seconds
_LOST = (AMQPError, OSError, TimeoutError, asyncio.CancelledError, RuntimeError)


def open_queue(config: QueueConfig) -> RabbitQueue:
    """Return the driver; nothing is connected yet."""
    return RabbitQueue(config)


class RabbitQueue:
    """One queue, which must exist."""

    def __init__(self, config: QueueConfig) -> None:
        self._config = config
        self._connection: Any = None
        self._channel: Any = None
        self._arrived: asyncio.Queue[Any] = asyncio.Queue()
        self._unacked = 0
        self._news = asyncio.Event()  # something arrived, or the connection ended
        self._ended = False
        self._timers: set[asyncio.TimerHandle] = set()

    async def open(self) -> None:
        config = self._config
        server = random.choice(config.servers)  # nodes of one cluster
        self._connection = aiormq.Connection(
            _address(config, server),
            context=ssl.create_default_context(cafile=config.ca) if config.tls else None,
        )
        try:
            await self._ask(self._connection.connect({"connection_name": "alarminati"}))
            self._connection.closing.add_done_callback(lambda _: self._end())
            self._channel = await self._ask(self._connection.channel())
            self._channel.closing.add_done_callback(lambda _: self._end())
            await self._ask(self._channel.basic_qos(prefetch_count=self._prefetch))
            await self._ask(self._channel.basic_consume(config.queue, self._arrive))
        except QueueLost:
            await self.close()
            raise

    async def _arrive(self, message: Any) -> None:
        if message.delivery_tag is None:  # the server cancelled the consumer: its queue is gone
            self._end()
            return
        self._unacked += 1
        self._arrived.put_nowait(message)
        self._news.set()

    def _end(self) -> None:
        self._ended = True
        self._news.set()

    async def fetch(self, most: int, patience: float) -> Sequence[Message]:
        if self._arrived.empty():
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), patience)
            except TimeoutError:
                return []
        if self._ended:
            raise QueueLost("RabbitMQ: the connection, or the queue, is gone")
        found: list[Any] = []
        while len(found) < most and not self._arrived.empty():
            found.append(self._arrived.get_nowait())
        return [_message(each) for each in found]

    async def ack(self, messages: Sequence[Message]) -> None:
        for message in messages:
            await self._ask(self._channel.basic_ack(message.handle, wait=False))
        self._unacked -= len(messages)
        # Acknowledgements have no answer; this one comes behind them.
        await self._ask(self._channel.basic_qos(prefetch_count=self._prefetch))

    @property
    def _prefetch(self) -> int:
        return min(self._config.in_flight * 2, 65_535)

    async def again(self, messages: Sequence[Message], delay: float) -> None:
        """Return messages to the queue after `delay`; a lost connection does so at once."""
        for message in messages:
            self._timers.add(call_later(delay, self._reject, message.handle))

    def _reject(self, tag: int) -> None:
        if self._channel is not None and not self._channel.is_closed:
            self._unacked -= 1
            attend(self._give_back(tag), f"giving a message back to {self._config.name}")

    async def _give_back(self, tag: int) -> None:
        try:
            await self._ask(self._channel.basic_reject(tag, requeue=True))
        except QueueLost:
            pass  # so it is delivered again at once

    async def hold(self, messages: Sequence[Message]) -> None:
        """Do nothing: messages are ours as long as the connection lives."""

    async def bury(self, message: Message, reason: str) -> bool:
        if not self._config.dead_letter:
            return False
        properties = aiormq.spec.Basic.Properties(
            headers={"alarminati-reason": reason[:500]}, message_id=message.id, delivery_mode=2
        )
        answer = await self._ask(
            self._channel.basic_publish(
                message.body,
                routing_key=self._config.dead_letter,
                properties=properties,
                mandatory=True,
            )
        )
        if not isinstance(answer, aiormq.spec.Basic.Ack):
            raise QueueLost(f"RabbitMQ: there is no queue {self._config.dead_letter}")
        return True

    async def backlog(self) -> Backlog:
        found = await self._ask(self._channel.queue_declare(self._config.queue, passive=True))
        return Backlog(found.message_count + max(self._unacked, 0))

    async def close(self) -> None:
        for timer in self._timers:
            timer.cancel()
        if self._connection is not None:
            connection, self._connection = self._connection, None
            try:
                await asyncio.wait_for(connection.close(), TIMEOUT)
            except _LOST:
                pass  # it is gone already

    async def _ask(self, call: Awaitable[Any]) -> Any:
        try:
            return await asyncio.wait_for(call, TIMEOUT)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():  # we are cancelled, not the library's own task
                raise
            raise QueueLost("RabbitMQ: the connection is gone") from None
        except _LOST as error:
            raise QueueLost(f"RabbitMQ: {_said(error)}"[:500]) from None


def _address(config: QueueConfig, server: str) -> str:
    scheme = "amqps" if config.tls else "amqp"
    user = quote(config.username or "guest", safe="")
    password = quote(config.password.reveal() if config.password else "guest", safe="")
    vhost = quote(config.vhost or "/", safe="")
    return f"{scheme}://{user}:{password}@{server}/{vhost}?heartbeat={HEARTBEAT}"


def _message(message: Any) -> Message:
    properties = message.header.properties
    time = properties.timestamp
    if properties.message_id:
        id = str(properties.message_id)
    elif message.redelivered:
        id = hashlib.sha256(message.body).hexdigest()[:32]
    else:
        id = uuid.uuid4().hex
    return Message(
        id,
        message.body,
        int(time.timestamp() * 1000) if time is not None else 0,
        {str(name).lower(): str(value) for name, value in (properties.headers or {}).items()},
        message.delivery_tag,
    )


def _said(error: BaseException) -> str:
    # The library's texts hold no password, but may hold the address that does.
    said = str(error) or type(error).__name__
    return type(error).__name__ if "://" in said else said
