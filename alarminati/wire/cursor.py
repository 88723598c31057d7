"""Cursors in their wire form: `{origin: sequence}` as opaque bytes.

Layout: version (1 byte), then for each origin, sorted, its length (1 byte), its characters and the
sequence as a varint; at the end CRC-32 of all that, 4 bytes, little-endian. Readers keep the bytes
and hand them back; only this module decodes them.
"""

from __future__ import annotations

from collections.abc import Mapping
from zlib import crc32

VERSION = 1
CHECK = 4  # bytes
MOST_ORIGINS = 10_000
HIGHEST = 2**63 - 1


class BadCursor(ValueError):
    """Bytes that are no cursor of ours, or no longer; the text says what is wrong."""


def encode(position: Mapping[str, int]) -> bytes:
    """Serialise a cursor."""
    out = bytearray((VERSION,))
    for origin in sorted(position):
        name = origin.encode("ascii")
        out.append(len(name))
        out += name
        rest = position[origin]
        while rest > 0x7F:
            out.append(rest & 0x7F | 0x80)
            rest >>= 7
        out.append(rest)
    return bytes(out + crc32(out).to_bytes(CHECK, "little"))


def decode(cursor: bytes) -> dict[str, int]:
    """Return the cursor in these bytes. Raises BadCursor."""
    body, check = cursor[:-CHECK], cursor[-CHECK:]
    if not body or crc32(body).to_bytes(CHECK, "little") != check:
        raise BadCursor("it was damaged on its way")
    if body[0] != VERSION:
        raise BadCursor(f"it is of version {body[0]}, this replica reads {VERSION}")
    position: dict[str, int] = {}
    at = 1
    try:
        while at < len(body):
            end = at + 1 + body[at]
            origin = body[at + 1 : end].decode("ascii")
            position[origin], at = _varint(body, end)
    except (IndexError, UnicodeDecodeError) as error:
        raise BadCursor("it makes no sense") from error
    if len(position) > MOST_ORIGINS:
        raise BadCursor(f"it names {len(position)} origins, more than {MOST_ORIGINS}")
    return position


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """Return a number and where it ends. Raises IndexError and BadCursor."""
    number = shift = 0
    while body[at] & 0x80:
        number |= (body[at] & 0x7F) << shift
        shift += 7
        at += 1
    number |= body[at] << shift
    if number > HIGHEST:
        raise BadCursor("it makes no sense")
    return number, at + 1
