"""Bodies that come compressed (RFC 9110 section 8.4.1), unpacked as they come and within a bound.

A kilobyte may stand for a megabyte, so what it takes is counted as it is unpacked, not as it is
sent, and unpacking ends where the bound does.
"""

from __future__ import annotations

import zlib
from typing import Final

TAKEN: Final = "gzip, deflate"
"""What is taken, as Accept-Encoding has it."""

MEMBERS: Final = 16  # of one gzip body; senders make one, and each costs a copy of what follows
_GZIP: Final = 31  # zlib's window bits: with the head and tail of gzip
_ZLIB: Final = 15
_RAW: Final = -15  # what some senders mean by deflate


class Damaged(Exception):
    """It is not what its Content-Encoding says. One sentence."""


class TooLarge(Exception):
    """Unpacked, it is larger than the bound."""


class Unpacker:
    """One body."""

    def __init__(self, encoding: str) -> None:
        """`encoding` is one that `known` knows."""
        self._encoding = encoding
        self._gzip = encoding != "deflate"
        self._members = 1
        self._begun = False
        self._inflate = zlib.decompressobj(_GZIP if self._gzip else _ZLIB)
        self._first = not self._gzip  # of a deflate body: which of the two it is, two bytes show
        self._early = b""  # one byte that waits for the second

    def unpack(self, piece: bytes, room: int) -> bytes:
        """What a piece comes to. Raises Damaged, and TooLarge when it is more than `room` bytes."""
        made: list[bytes] = []
        if self._first:
            piece = self._early + piece
            self._early = piece if len(piece) < 2 else b""
            self._begun |= bool(piece)
            piece = piece[len(self._early) :]
        while piece:
            if self._inflate.eof:
                self._next()
            self._begun = True
            part = self._some(piece, room + 1)
            room -= len(part)
            if room < 0:
                raise TooLarge
            made.append(part)
            piece = self._inflate.unconsumed_tail or self._inflate.unused_data
        return b"".join(made)

    def end(self) -> None:
        """Nothing more comes. Raises Damaged when something is missing."""
        if self._begun and not self._inflate.eof:
            raise Damaged(f"the {self._encoding} body ends before it is complete")

    def _some(self, piece: bytes, most: int) -> bytes:
        first, self._first = self._first, False
        try:
            return self._inflate.decompress(piece, most)
        except zlib.error:
            if not first:
                raise self._damaged() from None
        self._inflate = zlib.decompressobj(_RAW)
        try:
            return self._inflate.decompress(piece, most)
        except zlib.error:
            raise self._damaged() from None

    def _next(self) -> None:
        """Another member follows, as when gzip files are joined."""
        self._members += 1
        if not self._gzip or self._members > MEMBERS:
            raise self._damaged()
        self._inflate = zlib.decompressobj(_GZIP)

    def _damaged(self) -> Damaged:
        return Damaged(f"the body is not {self._encoding}, though its Content-Encoding says so")


def known(encoding: str) -> bool:
    """Can a body of that Content-Encoding, in lower case, be unpacked?"""
    return encoding in ("gzip", "x-gzip", "deflate")
