"""Bytes made from good ones by mistakes, at random from a seed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

LONGEST = 4096  # bytes of what is made

PIECES = (
    b"",
    b"\x00",
    b"\xff" * 9,
    b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  # the longest varint
    b"\x80" * 12,  # one that never ends
    b"-9223372036854775809",
    b"18446744073709551616",
    b"9" * 400,
    b"9" * 4400,  # Python reads no number with so many digits
    b"NaN",
    b"1e999",
    b"null",
    b"{}",
    b"[]",
    b"[" * 300,
    b'{"a":' * 200,
    b"\\ud800",
    b"\xed\xa0\x80",  # half a surrogate pair
    b"\xc0\xaf",
    b"\r\n",
    b"\r\n\r\n",
    b"\t",
    b'"',
    b"\\",
    b"${x}",
    b"%00",
    b"../" * 8,
    "🔥가\u202e".encode(),
)


class Mutator:
    """Makes inputs out of `seeds`, in an order that `dice` decides."""

    def __init__(self, seeds: Sequence[bytes], dice: random.Random) -> None:
        self._seeds = seeds
        self._dice = dice
        self._ways: tuple[Callable[[bytearray], None], ...] = (
            self._flip,
            self._set,
            self._cut,
            self._repeat,
            self._insert,
            self._splice,
            self._truncate,
        )

    def make(self) -> bytes:
        """The next input: now and then noise, mostly a seed with one to eight mistakes."""
        if self._dice.random() < 0.02:
            return self._dice.randbytes(self._dice.randrange(200))
        data = bytearray(self._dice.choice(self._seeds))
        for _ in range(self._dice.choice((0, 1, 1, 1, 2, 2, 3, 5, 8))):
            self._dice.choice(self._ways)(data)
        return bytes(data[: max(LONGEST, len(self._seeds[0]))])

    def _place(self, data: bytearray) -> int:
        return self._dice.randrange(len(data) + 1)

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._dice.randrange(len(data))] ^= 1 << self._dice.randrange(8)

    def _set(self, data: bytearray) -> None:
        if data:
            data[self._dice.randrange(len(data))] = self._dice.choice((0, 1, 0x7F, 0x80, 0xFF))

    def _cut(self, data: bytearray) -> None:
        at = self._place(data)
        del data[at : at + self._dice.choice((1, 2, 8, 64))]

    def _repeat(self, data: bytearray) -> None:
        at = self._place(data)
        piece = data[at : at + self._dice.choice((1, 4, 32))]
        data[at:at] = piece * self._dice.choice((1, 2, 50))

    def _insert(self, data: bytearray) -> None:
        at = self._place(data)
        data[at:at] = self._dice.choice(PIECES)

    def _splice(self, data: bytearray) -> None:
        other = self._dice.choice(self._seeds)
        at, start = self._place(data), self._dice.randrange(len(other) + 1)
        data[at:] = other[start:]

    def _truncate(self, data: bytearray) -> None:
        del data[self._place(data) :]
