"""Reads a compact stream: counts sequences, names origins, and lets nothing through twice.

A compact answer leaves out what follows from the answers before it: the sequence when it is one
more than that origin's last, the origin when it is the record's before. So every answer of a stream
must be read, in order, by one `CompactDecoder`, which belongs to that stream alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alarminati.core.model.entries import Body, EntryId
from alarminati.v1 import record_pb2 as pb
from alarminati.v1 import subscription_pb2 as service
from alarminati.wire import cursor as cursors
from alarminati.wire.codec import Unreadable, record_body


class ProtocolViolation(Exception):
    """The stream breaks its own rules; only a new one helps."""


@dataclass(frozen=True, slots=True)
class DecodedRecord:
    """One record, whole again."""

    id: EntryId
    body: Body | None
    """None: of a later version; kept, but not told."""
    raw: bytes
    """The serialised record with nothing but its body."""
    time: int = 0
    """Milliseconds since 1970 UTC at which the cluster stored it; 0: left out."""


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer says."""

    records: tuple[DecodedRecord, ...]
    position: Mapping[str, int]
    """Where the reader stands after it: origins to their last sequence. Only what moved."""
    missed: int | None
    """Not None: a gap of at most so many records lies before the first record."""
    caught_up: bool


class CompactDecoder:
    """The state of one compact stream."""

    def __init__(self, position: Mapping[str, int]) -> None:
        """`position` is what the reader holds already: none of that is let through."""
        self._position = dict(position)
        self._names: dict[int, str] = {}
        self._last: dict[int, int] = {}
        self._index = 0

    def read(self, answer: service.SubscribeResponse) -> Page:
        """Take in the next answer. Raises Garbled."""
        for origin in answer.origins:
            self._names[origin.index] = origin.origin
        moved: dict[str, int] = {}
        records: list[DecodedRecord] = []
        for message in answer.records:
            name, sequence = self._place(message)
            if sequence <= self._position.get(name, 0):
                continue
            self._position[name] = moved[name] = sequence
            records.append(_whole(EntryId(name, sequence), message))
        if answer.cursor:
            moved.update(self._jump(answer.cursor))
        missed = answer.gap.missed if answer.HasField("gap") else None
        return Page(tuple(records), moved, missed, answer.caught_up)

    def _place(self, message: pb.Record) -> tuple[str, int]:
        self._index = index = message.origin or self._index
        name = self._names.get(index)
        if name is None:
            raise ProtocolViolation(f"a record of an origin (index {index}) that was never named")
        sequence = message.sequence or self._last.get(index, 0) + 1
        if sequence == 1 and not message.sequence and index not in self._last:
            raise ProtocolViolation(f"the first record of origin {name} has no sequence")
        self._last[index] = sequence
        return name, sequence

    def _jump(self, cursor: bytes) -> dict[str, int]:
        """The agent's own cursor is ahead of the count where records were filtered out."""
        try:
            told = cursors.decode(cursor)
        except ValueError as error:
            raise ProtocolViolation(f"a cursor that cannot be read: {error}") from error
        ahead = {name: at for name, at in told.items() if at > self._position.get(name, 0)}
        self._position.update(ahead)
        return ahead


def _whole(id: EntryId, message: pb.Record) -> DecodedRecord:
    time = message.time_ms
    for envelope in ("origin", "sequence", "id", "time_ms"):
        message.ClearField(envelope)
    try:
        body = record_body(message)
    except Unreadable:
        body = None
    return DecodedRecord(id, body, message.SerializeToString(), time)
