"""A copy of the journal on NATS JetStream: one subject for each origin, batches of entries.

The stream is its own cursor: the last message of a subject says how far an origin goes. Each
message names the one before it on its subject, so two writers cannot leave a hole.
https://docs.nats.io/nats-concepts/jetstream/headers
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from zlib import crc32

import nats.js.errors
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    StorageType,
    StreamConfig,
)

from alarminati.config.copies import ENOUGH, CopyConfig
from alarminati.core.journal.replication import Frame
from alarminati.core.model.entries import Entry
from alarminati.mesh.v1 import mesh_service_pb2 as pb
from alarminati.queues.nats import LOST, TIMEOUT, closed, connected
from alarminati.queues.port import Place, QueueLost
from alarminati.wire.frames import FrameCodec

DUPLICATES = 3600.0  # seconds for which the server knows the ids of messages
MESSAGE_LIMIT = 768 * 1024  # bytes of one message; the server's own limit is 1 MiB
FETCH = 200  # messages
_ID, _CRC, _EXPECTED = "Nats-Msg-Id", "Alarminati-Crc", "Nats-Expected-Last-Subject-Sequence"
_STREAM = "Nats-Expected-Stream"


class JournalStream:
    """One stream. Every method raises QueueLost, and gives up in bounded time."""

    def __init__(self, config: CopyConfig, project: str, cluster: str) -> None:
        self._config = config
        self._owner = {"project": project, "cluster": cluster}
        self._subject = f"alarminati.{cluster.replace('.', '_')}"
        self._connection: Any = None
        self._stream: Any = None
        self._created: Any = None
        self.places: dict[str, Place] = {}
        self.damaged = 0  # messages that were read and are not sound

    async def open(self) -> None:
        """Connect, create the stream if it is absent, and learn how far each origin goes."""
        config = self._config
        self._connection = await connected(config)
        self._stream = self._connection.jetstream(timeout=TIMEOUT)
        try:
            try:
                info = await self._stream.stream_info(config.stream)
            except nats.js.errors.NotFoundError:
                await self._stream.add_stream(self._settings())
                info = await self._stream.stream_info(config.stream)
            self._require_ours(info)
            self._created = info.created
            if info.state.messages:
                await self._learn()
        except LOST as error:
            await self.close()
            raise _lost(error) from None
        except QueueLost:
            await self.close()
            raise

    def _settings(self) -> StreamConfig:
        config = self._config
        return StreamConfig(
            name=config.stream,
            subjects=[f"{self._subject}.*"],
            storage=StorageType.FILE,
            num_replicas=config.replicas,
            discard=DiscardPolicy.OLD,
            max_age=float(config.max_age),
            duplicate_window=min(DUPLICATES, float(config.max_age)),
            allow_direct=True,
            metadata={**self._owner, "format": "1"},
        )

    def _require_ours(self, info: Any) -> None:
        found = info.config.metadata or {}
        for key, value in self._owner.items():
            if found.get(key) != value:
                raise QueueLost(
                    f"NATS: the stream {self._config.stream} belongs to {key}"
                    f" {str(found.get(key))[:80]!r}, not {value!r}; name another stream"
                )
        if self._config.counts and (info.config.num_replicas or 1) < ENOUGH:
            raise QueueLost(
                f"NATS: the stream {self._config.stream} has {info.config.num_replicas} replicas;"
                f" counts: true needs {ENOUGH}"
            )
        limit = self._connection.max_payload
        if limit < 2**20:
            raise QueueLost(f"NATS: max_payload is {limit} bytes; set 1 MiB or more")

    async def _learn(self) -> None:
        async for message in self._each(DeliverPolicy.LAST_PER_SUBJECT, headers_only=True):
            origin, last = _id_of(message)
            self.places[origin] = Place(last, message.metadata.sequence.stream)

    async def _each(self, policy: DeliverPolicy, headers_only: bool) -> AsyncIterator[Any]:
        """Yield messages up to what is the last one now."""
        config = ConsumerConfig(
            deliver_policy=policy,
            ack_policy=AckPolicy.NONE,
            headers_only=headers_only,
            inactive_threshold=60.0,
        )
        reading = await self._stream.pull_subscribe(
            f"{self._subject}.*", stream=self._config.stream, config=config
        )
        left = (await reading.consumer_info()).num_pending
        while left > 0:
            for message in await reading.fetch(min(left, FETCH), timeout=TIMEOUT):
                left -= 1
                yield message
        await reading.unsubscribe()

    async def read(self) -> AsyncIterator[tuple[Entry, ...]]:
        """Yield all batches in the order of the stream, each of one origin."""
        try:
            async for message in self._each(DeliverPolicy.ALL, headers_only=False):
                if (batch := _entries(message)) is None:
                    self.damaged += 1
                else:
                    yield batch
        except LOST as error:
            raise _lost(error) from None

    async def publish(self, entries: Sequence[Entry]) -> None:
        """Append entries of one origin, in their order."""
        for batch in _portions(entries):
            await self._publish(batch)

    async def _publish(self, entries: Sequence[Entry]) -> None:
        origin, last = entries[-1].id
        place = self.places.get(origin, Place(0, 0))
        payload = FrameCodec().frame_to_proto(Frame(entries=tuple(entries))).SerializeToString()
        headers = {
            _ID: f"{origin}-{last}",
            _CRC: str(crc32(payload)),
            _EXPECTED: str(place.message),
            _STREAM: self._config.stream,
        }
        subject = f"{self._subject}.{origin}"
        try:
            answer = await self._stream.publish(subject, payload, TIMEOUT, headers=headers)
            if answer.duplicate:  # the server remembers an id whose message may be removed
                del headers[_ID]
                headers["Alarminati-Id"] = f"{origin}-{last}"
                answer = await self._stream.publish(subject, payload, TIMEOUT, headers=headers)
        except LOST as error:
            raise _lost(error) from None
        self.places[origin] = Place(last, answer.seq)

    async def check(self) -> None:
        """Raise QueueLost when the stream is not the one that was opened, or goes less far."""
        try:
            info = await self._stream.stream_info(self._config.stream)
        except LOST as error:
            raise _lost(error) from None
        newest = max((place.message for place in self.places.values()), default=0)
        if info.created != self._created or info.state.last_seq < newest:
            raise QueueLost(f"NATS: the stream {self._config.stream} lost entries")
        if newest and not info.state.messages:
            raise QueueLost(f"NATS: the stream {self._config.stream} was purged")

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await closed(connection)


def _id_of(message: Any) -> tuple[str, int]:
    headers: Mapping[str, str] = message.headers or {}
    origin, _, last = headers.get("Alarminati-Id", headers.get(_ID, "")).rpartition("-")
    if not origin or not last.isdecimal():
        raise QueueLost("NATS: the stream holds a message that is not of a journal")
    return origin, int(last)


def _entries(message: Any) -> tuple[Entry, ...] | None:
    """Return the entries of a message; None when it is damaged."""
    try:
        if int((message.headers or {})[_CRC]) != crc32(message.data):
            return None
        frame = FrameCodec().frame_from_proto(pb.Frame.FromString(message.data))
    except (KeyError, ValueError, TypeError):
        return None
    except Exception:
        return None
    return frame.entries or None


def _portions(entries: Sequence[Entry]) -> list[list[Entry]]:
    portions: list[list[Entry]] = [[]]
    size = 0
    for entry in entries:
        if portions[-1] and size + len(entry.raw) > MESSAGE_LIMIT:
            portions.append([])
            size = 0
        portions[-1].append(entry)
        size += len(entry.raw) + 32
    return portions


def _lost(error: BaseException) -> QueueLost:
    said = str(error).removeprefix("nats: ") or type(error).__name__
    return QueueLost(f"NATS: {said}"[:500])
