"""Kafka: a consumer group that commits an offset once all messages before it are safe.

Kafka knows no message that is acknowledged by itself, and none that is delivered later: both are
kept here, by partition, and forgotten when the partition goes to another consumer.
https://kafka.apache.org/documentation/#design_consumerposition
"""

from __future__ import annotations

import asyncio
import heapq
import logging
import ssl
from collections.abc import Awaitable, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from alarminati.config.queues import QueueConfig
from alarminati.queues.port import Backlog, Message, QueueLost

TIMEOUT = 6.0  # seconds for one answer of the servers
SESSION = 12_000  # milliseconds until messages of a master that died go to the next one
HEARTBEAT = 4_000
LONG_POLL = 3_000  # milliseconds; other requests wait behind it, on the same connection
STUCK = 86_400_000  # a master that waits for a disk keeps its partitions
_LOST = (KafkaError, OSError, TimeoutError)

# It says several times a second that a server is away, which the caller says once.
logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def open_queue(config: QueueConfig) -> KafkaQueue:
    """Return the driver; nothing is connected yet."""
    return KafkaQueue(config)


class _Partition:
    """Messages of one partition that were delivered and not acknowledged."""

    def __init__(self) -> None:
        self.waiting: set[int] = set()
        self.next = 0  # offset behind the last one that was delivered

    @property
    def safe(self) -> int:
        """Offset up to which everything is acknowledged."""
        return min(self.waiting, default=self.next)


class KafkaQueue(ConsumerRebalanceListener):  # type: ignore[misc]
    """One topic; a group divides its partitions among masters that cannot see each other."""

    def __init__(self, config: QueueConfig) -> None:
        self._config = config
        self._consumer: Any = None
        self._producer: Any = None
        self._partitions: dict[Any, _Partition] = {}
        self._floors: dict[Any, int] = {}  # offsets up to which losses were told
        self._later: list[tuple[float, int, Message]] = []
        self._turns = 0

    async def open(self) -> None:
        config = self._config
        self._consumer = AIOKafkaConsumer(
            **self._access(),
            group_id=config.group,
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            session_timeout_ms=SESSION,
            heartbeat_interval_ms=HEARTBEAT,
            max_poll_interval_ms=STUCK,
            fetch_max_wait_ms=LONG_POLL,
            request_timeout_ms=LONG_POLL + int(TIMEOUT * 1000),
        )
        try:
            self._consumer.subscribe([config.topic], listener=self)
            await self._ask(self._consumer.start(), TIMEOUT + SESSION / 1000)
            if not self._consumer.partitions_for_topic(config.topic):
                raise QueueLost(f"Kafka: there is no topic {config.topic}")
        except QueueLost:
            await self.close()
            raise

    def _access(self) -> dict[str, Any]:
        config = self._config
        security = ("SASL_" if config.username else "") + ("SSL" if config.tls else "PLAINTEXT")
        return {
            "bootstrap_servers": list(config.servers),
            "client_id": "alarminati",
            "security_protocol": security,
            "ssl_context": ssl.create_default_context(cafile=config.ca) if config.tls else None,
            "sasl_mechanism": config.sasl or "PLAIN",
            "sasl_plain_username": config.username or None,
            "sasl_plain_password": config.password.reveal() if config.password else None,
        }

    def on_partitions_revoked(self, revoked: Any) -> None:
        """Forget what another consumer gets; what is safe was committed with its receipt."""
        for place in revoked:
            self._partitions.pop(place, None)
        gone = set(revoked)
        self._later = [each for each in self._later if each[2].handle[0] not in gone]
        heapq.heapify(self._later)

    def on_partitions_assigned(self, assigned: Any) -> None:
        """Do nothing: a partition begins with its first message."""

    async def fetch(self, most: int, patience: float) -> Sequence[Message]:
        loop = asyncio.get_running_loop()
        due = self._due(loop.time(), most)
        if due:
            return due
        if self._later:
            patience = min(patience, max(self._later[0][0] - loop.time(), 0.0))
        # A delivery that comes again must not wait behind a partition that is idle.
        found = await self._ask(
            self._consumer.getmany(timeout_ms=int(patience * 1000), max_records=most),
            patience + TIMEOUT,
        )
        taken = []
        for place, records in found.items():
            for record in records:
                taken.append(self._message(place, record))
        return taken or self._due(loop.time(), most)

    def _due(self, now: float, most: int) -> list[Message]:
        found: list[Message] = []
        while self._later and self._later[0][0] <= now and len(found) < most:
            found.append(heapq.heappop(self._later)[2])
        return found

    def _message(self, place: Any, record: Any) -> Message:
        partition = self._partitions.setdefault(place, _Partition())
        partition.waiting.add(record.offset)
        partition.next = record.offset + 1
        return Message(
            f"{record.topic}-{record.partition}-{record.offset}",
            record.value or b"",
            max(record.timestamp or 0, 0),
            {name.lower(): (value or b"").decode(errors="replace")
             for name, value in record.headers or ()},
            (place, record.offset),
        )  # fmt: skip

    async def ack(self, messages: Sequence[Message]) -> None:
        touched = set()
        for message in messages:
            place, offset = message.handle
            if (partition := self._partitions.get(place)) is not None:
                partition.waiting.discard(offset)
                touched.add(place)
        offsets = {place: self._partitions[place].safe for place in touched}
        if offsets:
            await self._ask(self._consumer.commit(offsets))

    async def again(self, messages: Sequence[Message], delay: float) -> None:
        due = asyncio.get_running_loop().time() + delay
        for message in messages:
            self._turns += 1
            heapq.heappush(self._later, (due, self._turns, message))

    async def hold(self, messages: Sequence[Message]) -> None:
        """Do nothing: the library sends heartbeats, and partitions stay ours meanwhile."""

    async def bury(self, message: Message, reason: str) -> bool:
        if not self._config.dead_letter:
            return False
        if self._producer is None:
            producer = AIOKafkaProducer(**self._access(), acks="all")
            await self._ask(producer.start())
            self._producer = producer
        await self._ask(
            self._producer.send_and_wait(
                self._config.dead_letter,
                message.body,
                headers=[("alarminati-reason", reason[:500].encode())],
            )
        )
        return True

    async def backlog(self) -> Backlog:
        """Return what waits in our partitions, and what retention removed from them unseen."""
        consumer = self._consumer
        numbers = sorted(consumer.partitions_for_topic(self._config.topic) or ())
        places = [TopicPartition(self._config.topic, number) for number in numbers]
        if not places:
            raise QueueLost(f"Kafka: there is no topic {self._config.topic}")
        begins = await self._ask(consumer.beginning_offsets(places))
        ends = await self._ask(consumer.end_offsets(places))
        pending = lost = 0
        for place in places:
            committed = await self._committed(place)
            partition = self._partitions.get(place)
            known = max(
                committed or 0, self._floors.get(place, 0), partition.next if partition else 0
            )
            # A new group owes nothing to what was removed before it existed.
            if (committed is not None or place in self._floors) and begins[place] > known:
                lost += begins[place] - known
            self._floors[place] = known = max(begins[place], known)
            pending += max(ends[place] - known, 0) + len(partition.waiting if partition else ())
        return Backlog(pending, lost)

    async def _committed(self, place: Any) -> int | None:
        if place not in self._consumer.assignment():
            return None
        found: int | None = await self._ask(self._consumer.committed(place))
        return found

    async def close(self) -> None:
        for client in (self._producer, self._consumer):
            if client is not None:
                try:
                    await asyncio.wait_for(client.stop(), TIMEOUT)
                except _LOST:
                    pass  # it is gone already
        self._producer = self._consumer = None

    async def _ask(self, call: Awaitable[Any], timeout: float = TIMEOUT) -> Any:
        try:
            return await asyncio.wait_for(call, timeout)
        except _LOST as error:
            said = str(error) or type(error).__name__
            raise QueueLost(f"Kafka: {said}"[:500]) from None
