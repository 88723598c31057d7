"""Redis Streams: a consumer group; what is not acknowledged is claimed again after a while.

https://redis.io/docs/latest/develop/data-types/streams/
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

from alarminati.config.queues import QueueConfig
from alarminati.queues.port import Backlog, Message, QueueLost

# Two masters that are cut off from each other must not take each other's entries.
CONSUMER = f"master-{uuid4().hex[:12]}"
CLAIM_AFTER = 10.0  # seconds until an entry of a master that died is delivered to another
TIMEOUT = 5.0  # seconds for one answer of the server
_LOST = (RedisError, OSError, TimeoutError)


def open_queue(config: QueueConfig) -> RedisQueue:
    """Return the driver; nothing is connected yet."""
    return RedisQueue(config)


class RedisQueue:
    """One stream of one server."""

    def __init__(self, config: QueueConfig) -> None:
        self._config = config
        self._redis: Any = None
        self._next_claim = 0.0  # loop time
        self._own: bytes | None = None  # own entries up to here were delivered again; None: all
        self._later: dict[bytes, float] = {}  # loop time until which an entry is not wanted

    async def open(self) -> None:
        config = self._config
        host, _, port = config.servers[0].rpartition(":")
        self._redis = Redis(
            host=host.strip("[]"),
            port=int(port),
            username=config.username or None,
            password=config.password.reveal() if config.password else None,
            ssl=config.tls,
            ssl_ca_certs=str(config.ca) if config.ca else None,
            retry=Retry(NoBackoff(), 0),  # the caller tries again, with its own pauses
            socket_timeout=None,
            socket_connect_timeout=TIMEOUT,
            client_name="alarminati",
        )
        try:
            await self._ask(
                self._redis.xgroup_create(config.stream, config.group, id="0", mkstream=True)
            )
        except QueueLost as error:
            if not isinstance(error.__cause__, ResponseError) or "BUSYGROUP" not in str(error):
                await self.close()
                raise
        self._next_claim, self._own = 0.0, b"0"

    async def fetch(self, most: int, patience: float) -> Sequence[Message]:
        config, now = self._config, asyncio.get_running_loop().time()
        if self._own is not None:
            left = await self._ask(
                self._redis.xreadgroup(
                    config.group, CONSUMER, {config.stream: self._own}, count=most
                )
            )
            entries = left[0][1] if left else []
            self._own = entries[-1][0] if entries else None
            if entries:
                return self._messages(entries)
        if now >= self._next_claim:
            self._next_claim = now + CLAIM_AFTER / 2
            claimed = await self._ask(
                self._redis.xautoclaim(
                    *(config.stream, config.group, CONSUMER, int(CLAIM_AFTER * 1000), "0-0"),
                    count=most,
                )
            )
            self._later = {id: due for id, due in self._later.items() if due > now}
            wanted = [each for each in claimed[1] if each[0] not in self._later]
            if wanted:
                return self._messages(wanted)
            patience = min(patience, CLAIM_AFTER / 2)
        found = await self._ask(
            self._redis.xreadgroup(
                config.group,
                CONSUMER,
                {config.stream: ">"},
                count=most,
                block=max(int(patience * 1000), 1),
            ),
            patience + TIMEOUT,
        )
        return self._messages(found[0][1]) if found else []

    def _messages(self, entries: Any) -> list[Message]:
        return [self._message(id, fields) for id, fields in entries if fields]

    def _message(self, id: bytes, fields: dict[bytes, bytes]) -> Message:
        name = self._config.field.encode()
        body = fields.get(name)
        if body is None and len(fields) == 1:
            body = next(iter(fields.values()))
        headers = {key.decode(errors="replace").lower(): value.decode(errors="replace")
                   for key, value in fields.items() if key != name}  # fmt: skip
        text = id.decode()
        return Message(text, body or b"", int(text.partition("-")[0]), headers, id)

    async def ack(self, messages: Sequence[Message]) -> None:
        ids = [message.handle for message in messages]
        await self._ask(self._redis.xack(self._config.stream, self._config.group, *ids))

    async def again(self, messages: Sequence[Message], delay: float) -> None:
        """Leave them: they are claimed once they were idle for long enough."""
        due = asyncio.get_running_loop().time() + delay
        self._later |= {message.handle: due for message in messages}

    async def hold(self, messages: Sequence[Message]) -> None:
        ids = [message.handle for message in messages]
        await self._ask(
            self._redis.xclaim(
                self._config.stream, self._config.group, CONSUMER, 0, ids, justid=True
            )
        )

    async def bury(self, message: Message, reason: str) -> bool:
        if not self._config.dead_letter:
            return False
        entry = {self._config.field: message.body, "reason": reason[:500], "id": message.id}
        await self._ask(self._redis.xadd(self._config.dead_letter, entry))
        return True

    async def backlog(self) -> Backlog:
        groups = await self._ask(self._redis.xinfo_groups(self._config.stream))
        for group in groups:
            if group["name"] == self._config.group.encode():
                lag = group.get("lag")
                return Backlog(None if lag is None else lag + group["pending"])
        return Backlog()

    async def close(self) -> None:
        if self._redis is not None:
            client, self._redis = self._redis, None
            await client.aclose()

    async def _ask(self, call: Any, timeout: float = TIMEOUT) -> Any:
        try:
            return await asyncio.wait_for(call, timeout)
        except _LOST as error:
            raise QueueLost(f"Redis: {str(error) or type(error).__name__}"[:500]) from error
