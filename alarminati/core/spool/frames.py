"""Frames of a spool: one message each, with its sequence and a checksum.

A frame is 16 bytes of head (length, CRC-32 of all that follows it, sequence; big endian), then the
message. A torn or damaged frame ends what can be read of a segment: what follows it was never
acknowledged, for a later message is acknowledged only after all before it are on disk.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import Final

_HEAD: Final = struct.Struct(">IIQ")
HEAD_SIZE: Final = _HEAD.size


@dataclass(frozen=True, slots=True)
class Scanned:
    """Good messages at the start of some bytes. `size` is the number of bytes they take."""

    messages: tuple[tuple[int, bytes], ...]
    size: int
    damaged: bool  # bytes follow that are no whole frame


def encode(sequence: int, message: bytes) -> bytes:
    """Return the frame of a message."""
    checksum = zlib.crc32(message, zlib.crc32(sequence.to_bytes(8)))
    return _HEAD.pack(len(message), checksum, sequence) + message


def scan(data: bytes, first: int, *, most: int = 0, last: int = 0) -> Scanned:
    """Read frames whose sequences count up from `first`.

    `most` stops after so many bytes of messages, `last` after that sequence; 0: neither does.
    """
    found: list[tuple[int, bytes]] = []
    place = taken = 0
    while place + HEAD_SIZE <= len(data) and (not most or taken < most):
        length, checksum, sequence = _HEAD.unpack_from(data, place)
        end = place + HEAD_SIZE + length
        if end > len(data) or sequence != first + len(found) or 0 < last < sequence:
            break
        message = data[place + HEAD_SIZE : end]
        if zlib.crc32(message, zlib.crc32(sequence.to_bytes(8))) != checksum:
            break
        found.append((sequence, message))
        taken += length
        place = end
    stopped = bool(most) and taken >= most
    return Scanned(tuple(found), place, place < len(data) and not stopped)
