"""NATS JetStream: a durable pull consumer, acknowledged message by message.

https://docs.nats.io/nats-concepts/jetstream/consumers
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from typing import Any

import nats
import nats.errors
import nats.js.errors
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from alarminati.config.copies import CopyConfig
from alarminati.config.queues import QueueConfig
from alarminati.queues.port import Backlog, Message, QueueLost

ACK_WAIT = 10.0  # seconds until a message of a master that died is delivered again
TIMEOUT = 5.0  # seconds for one answer of the server
LOST = (nats.errors.Error, nats.js.errors.Error, OSError, TimeoutError, asyncio.TimeoutError)


def open_queue(config: QueueConfig) -> NatsQueue:
    """Return the driver; nothing is connected yet."""
    return NatsQueue(config)


class NatsQueue:
    """One stream, or one subject of it."""

    def __init__(self, config: QueueConfig) -> None:
        self._config = config
        self._connection: Any = None
        self._stream: Any = None
        self._subscription: Any = None
        self._seen = 0  # sequence of the stream up to which losses were told

    async def open(self) -> None:
        config = self._config
        self._connection = await connected(config)
        try:
            self._stream = self._connection.jetstream(timeout=TIMEOUT)
            self._subscription = await self._stream.pull_subscribe(
                config.subject,
                durable=config.group,
                stream=config.stream,
                config=ConsumerConfig(
                    ack_policy=AckPolicy.EXPLICIT,
                    deliver_policy=DeliverPolicy.ALL,
                    ack_wait=ACK_WAIT,
                    max_ack_pending=max(config.in_flight, 1) * 2,
                ),
            )
        except LOST as error:
            await self.close()
            raise _lost(error) from None

    async def fetch(self, most: int, patience: float) -> Sequence[Message]:
        try:
            found = await self._subscription.fetch(most, timeout=patience)
        except (TimeoutError, nats.errors.TimeoutError):
            if self._connection.is_closed:
                raise QueueLost("the connection to NATS was closed") from None
            return []
        except LOST as error:
            raise _lost(error) from None
        return [self._message(each) for each in found]

    def _message(self, message: Any) -> Message:
        place = message.metadata
        return Message(
            f"{place.stream}.{place.sequence.stream}",
            message.data,
            int(place.timestamp.timestamp() * 1000),
            {name.lower(): value for name, value in (message.headers or {}).items()},
            message,
        )

    async def ack(self, messages: Sequence[Message]) -> None:
        await _each(message.handle.ack_sync(timeout=TIMEOUT) for message in messages)

    async def again(self, messages: Sequence[Message], delay: float) -> None:
        await _each(message.handle.nak(delay=delay or None) for message in messages)

    async def hold(self, messages: Sequence[Message]) -> None:
        await _each(message.handle.in_progress() for message in messages)

    async def bury(self, message: Message, reason: str) -> bool:
        if not self._config.dead_letter:
            return False
        try:
            await self._stream.publish(
                self._config.dead_letter,
                message.body,
                headers={"Alarminati-Reason": reason[:500], "Nats-Msg-Id": f"dead-{message.id}"},
            )
        except LOST as error:
            raise _lost(error) from None
        return True

    async def backlog(self) -> Backlog:
        try:
            info = await self._subscription.consumer_info()
            stream = await self._stream.stream_info(self._config.stream)
        except LOST as error:
            raise _lost(error) from None
        floor = max(info.ack_floor.stream_seq, info.delivered.stream_seq, self._seen)
        lost = stream.state.first_seq - floor - 1
        self._seen = max(self._seen, stream.state.first_seq - 1)
        # A new consumer owes nothing to what was removed before it existed.
        begun = info.delivered.stream_seq > 0
        return Backlog(info.num_pending + info.num_ack_pending, lost if begun and lost > 0 else 0)

    async def close(self) -> None:
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await closed(connection)


async def connected(config: QueueConfig | CopyConfig) -> Any:
    """Return a connection to one of the servers. Raises QueueLost."""
    scheme = "tls" if config.tls else "nats"
    try:
        return await nats.connect(
            [f"{scheme}://{server}" for server in config.servers],
            name="alarminati",
            user=config.username or None,
            password=config.password.reveal() if config.password else None,
            token=config.token.reveal() if config.token else None,
            tls=ssl.create_default_context(cafile=config.ca) if config.tls else None,
            connect_timeout=TIMEOUT,
            allow_reconnect=False,  # the caller does, with its own pauses
            max_reconnect_attempts=1,
            reconnect_time_wait=0,
            error_cb=_quiet,
        )
    except LOST as error:
        raise _lost(error) from None


async def closed(connection: Any) -> None:
    """Close a connection that may be gone already."""
    try:
        await asyncio.wait_for(connection.close(), TIMEOUT)
    except LOST:
        pass


async def _quiet(error: Exception) -> None:
    """Take errors that the caller hears of anyway, which the library would print."""


async def _each(calls: Any) -> None:
    for result in await asyncio.gather(*calls, return_exceptions=True):
        if isinstance(result, LOST):
            raise _lost(result)
        if isinstance(result, BaseException):
            raise result


def _lost(error: BaseException) -> QueueLost:
    said = str(error).removeprefix("nats: ") or type(error).__name__
    return QueueLost(f"NATS: {said}"[:500])
