"""Frames and election messages between replicas, to proto and back.

On a link an origin is spelled once and is a small number from then on, and a sequence is left out
when it follows the previous one. So each direction of a link has a FrameCodec on either side.
"""

from __future__ import annotations

from alarminati.core.election.messages import ElectionMessage, Kind
from alarminati.core.journal.extents import Extent
from alarminati.core.journal.replication import Frame, Handshake
from alarminati.core.model.entries import Entry
from alarminati.mesh.v1 import mesh_service_pb2 as pb
from alarminati.wire import codec


def word_to_proto(word: ElectionMessage) -> pb.ElectionMessage:
    """Return the proto message for an election message."""
    return pb.ElectionMessage(
        kind=word.kind.value,  # type: ignore[arg-type]
        name=word.name,
        rank=word.rank,
        epoch=word.epoch,
        master=word.master,
        master_rank=word.master_rank,
        master_address=word.master_address,
        hops=word.hops,
        address=word.address,
        peers=word.peers,
        successor=word.successor,
        instance=word.instance,
        start_time_ms=word.started,
        given_name=word.given,
    )


def word_from_proto(message: pb.ElectionMessage) -> ElectionMessage:
    """Return the election message of a proto message.

    Raises ValueError for an unknown kind or a missing name.
    """
    if not message.name:
        raise ValueError("a word without a name")
    return ElectionMessage(
        kind=Kind(message.kind),
        name=message.name,
        rank=message.rank,
        epoch=message.epoch,
        master=message.master,
        master_rank=message.master_rank,
        master_address=message.master_address,
        hops=message.hops,
        address=message.address,
        peers=tuple(message.peers),
        successor=message.successor,
        instance=message.instance,
        started=message.start_time_ms,
        given=message.given_name,
    )


class FrameCodec:
    """State of one direction of one link."""

    def __init__(self) -> None:
        self._indexes: dict[str, int] = {}
        self._names: dict[int, str] = {}
        self._lasts: dict[str, int] = {}
        self._origin = ""

    def frame_to_proto(self, frame: Frame) -> pb.Frame:
        """Return the message for the next frame in this direction."""
        message = pb.Frame(stored=frame.stored, caught_up=frame.caught_up)
        if frame.hello is not None:
            message.handshake.name = frame.hello.name
            message.handshake.origin = frame.hello.origin
            for origin, extent in sorted(frame.hello.have.items()):
                message.handshake.have.add(origin=origin, sequence=extent.last, floor=extent.floor)
        for origin, floor in sorted(frame.floors.items()):
            message.origins.add(index=self._index(origin), origin=origin, floor=floor)
        for entry in frame.entries:
            self._spell(message, entry)
        return message

    def _index(self, origin: str) -> int:
        return self._indexes.setdefault(origin, len(self._indexes) + 1)

    def _spell(self, message: pb.Frame, entry: Entry) -> None:
        out = message.entries.add(stamp=entry.stamp, entry=entry.raw)
        if entry.origin != self._origin:
            if entry.origin not in self._indexes:
                message.origins.add(index=self._index(entry.origin), origin=entry.origin)
            out.origin = self._indexes[entry.origin]
            self._origin = entry.origin
        if entry.sequence != self._lasts.get(entry.origin, 0) + 1:
            out.sequence = entry.sequence
        self._lasts[entry.origin] = entry.sequence

    def frame_from_proto(self, message: pb.Frame) -> Frame:
        """Return the next frame in this direction. Raises ValueError when it is malformed."""
        hello = None
        if message.HasField("handshake"):
            have = {h.origin: Extent(h.sequence, h.floor) for h in message.handshake.have}
            hello = Handshake(message.handshake.name, message.handshake.origin, have)
        floors = {}
        for origin in message.origins:
            self._names[origin.index] = origin.origin
            if origin.floor:
                floors[origin.origin] = origin.floor
        entries = tuple(self._read(entry) for entry in message.entries)
        return Frame(hello, entries, message.stored, message.caught_up, floors)

    def _read(self, message: pb.ReplicatedEntry) -> Entry:
        if message.origin:
            if message.origin not in self._names:
                raise ValueError("an entry of an origin that was never named")
            self._origin = self._names[message.origin]
        if not self._origin:
            raise ValueError("an entry without an origin")
        sequence = message.sequence or self._lasts.get(self._origin, 0) + 1
        self._lasts[self._origin] = sequence
        return codec.decode(self._origin, sequence, message.stamp, message.entry)
