"""Cursors come back as they went, or not at all."""

from __future__ import annotations

from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.agent.subscriptions.start import STRANGE, _believed
from alarminati.wire.cursor import CHECK, HIGHEST, BadCursor, decode, encode

POSITIONS = st.dictionaries(
    st.text(st.characters(codec="ascii"), max_size=20), st.integers(0, HIGHEST), max_size=20
)


@given(POSITIONS)
def test_what_is_encoded_is_decoded(position: dict[str, int]) -> None:
    assert decode(encode(position)) == position
    assert encode(dict(reversed(position.items()))) == encode(position)


@given(POSITIONS, st.data())
def test_any_damage_is_noticed(position: dict[str, int], data: st.DataObject) -> None:
    cursor = bytearray(encode(position))
    at = data.draw(st.integers(0, len(cursor) - 1))
    cursor[at] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadCursor):
        decode(bytes(cursor))
    with pytest.raises(BadCursor):
        decode(encode(position)[:at])


@given(st.binary(max_size=60))
def test_nonsense_is_refused_or_means_something(cursor: bytes) -> None:
    with pytest.raises(BadCursor):
        decode(cursor)


@given(st.binary(max_size=60))
def test_nonsense_with_a_right_checksum(body: bytes) -> None:
    """From a program that makes cursors up."""
    cursor = b"\x01" + body
    cursor += crc32(cursor).to_bytes(CHECK, "little")
    try:
        position = decode(cursor)
    except BadCursor:
        return
    assert all(0 <= sequence <= HIGHEST for sequence in position.values())


def test_it_is_small() -> None:
    assert len(encode({"a0000000": 1, "b0000000": 100, "c0000000": 10_000})) == 5 + 3 * 9 + 4


def test_other_versions_are_told_from_damage() -> None:
    cursor = b"\x02later"
    with pytest.raises(BadCursor, match="version 2"):
        decode(cursor + crc32(cursor).to_bytes(CHECK, "little"))


def test_g8_a_cursor_full_of_made_up_origins_is_cut_down_to_some() -> None:
    """Every answer repeats them: 20 readers with 9,990 each slowed reports a hundredfold."""
    known = {f"known{n:03}": n + 1 for n in range(200)}
    made_up = {f"zz{n:06}": 5 for n in range(9_000)}
    believed = _believed(known | made_up, known)
    assert {origin: believed[origin] for origin in known} == known
    assert len(believed) == len(known) + STRANGE
    few = {f"zz{n:06}": 5 for n in range(STRANGE)}
    assert _believed(known | few, known) == known | few
