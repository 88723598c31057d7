"""Compressed bodies: taken, and never larger in memory than the bound."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.edge.connection import Bounds
from alarminati.edge.unpacking import Damaged, TooLarge, Unpacker
from tests.edge.conftest import World
from tests.edge.test_connection import MEBI

SMALL = b'{"message":"m"}'


def raw(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


PACKERS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "gzip": ("gzip", gzip.compress),
    "x-gzip": ("x-gzip", gzip.compress),
    "joined": ("gzip", lambda body: gzip.compress(body[:4]) + gzip.compress(body[4:])),
    "deflate": ("deflate", zlib.compress),
    "raw deflate": ("deflate", raw),
    "capitals": ("GZIP", gzip.compress),
    "identity": ("identity", lambda body: body),
}


@pytest.mark.parametrize("kind", PACKERS)
async def test_a_compressed_body_is_read(world: World, kind: str) -> None:
    encoding, pack = PACKERS[kind]
    client = await world.client()
    for _ in range(2):
        reply = await client.ask(pack(SMALL), content_encoding=encoding)
        assert reply.status == 200, reply.body
    assert [alarm.message for alarm in world.reception.alarms] == ["m", "m"]


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "compress", "x" * 90])
async def test_what_cannot_be_unpacked_says_what_can(world: World, encoding: str) -> None:
    reply = await (await world.client()).ask(b"x", content_encoding=encoding)
    assert (reply.status, reply.json()["field"]) == (415, "content-encoding")
    assert reply.headers["accept-encoding"] == "gzip, deflate"
    assert len(reply.json()["error"]) < 120


@pytest.mark.parametrize(
    ("encoding", "body", "said"),
    [
        ("gzip", SMALL, "the body is not gzip, though its Content-Encoding says so"),
        ("deflate", b"\xff" * 20, "the body is not deflate, though its Content-Encoding says so"),
        ("gzip", gzip.compress(SMALL)[:-3], "the gzip body ends before it is complete"),
        ("gzip", gzip.compress(SMALL) + b"x" * 20, "the body is not gzip, though its"),
        ("gzip", gzip.compress(b"") * 100, "the body is not gzip, though its"),
    ],
    ids=["plain", "neither", "cut", "followed", "a hundred"],
)
async def test_a_damaged_body(world: World, encoding: str, body: bytes, said: str) -> None:
    reply = await (await world.client()).ask(body, content_encoding=encoding)
    assert reply.status == 400
    assert reply.json()["error"].startswith(said)
    assert world.turned["compressed"] == 1


async def test_g8_a_bomb_goes_off_nowhere(world: World) -> None:
    """4 MiB is where it ends, however much it would be; and it all is given back."""
    await world.serve(Bounds(body=4 * MEBI, bodies=9 * MEBI))
    bomb = gzip.compress(b" " * 200 * MEBI, 9)
    tracemalloc.start()  # what a process holds in all says little beside thousands of other tests
    try:
        for _ in range(8):
            reply = await (await world.client()).ask(bomb, content_encoding="gzip")
            assert reply.status == 413
        left, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 24 * MEBI and left < 4 * MEBI
    assert world.servers[0]._door.held == 0
    assert world.turned["large"] == 8


async def test_the_bound_is_that_of_the_unpacked_body(world: World) -> None:
    await world.serve(Bounds(body=1000))
    client = await world.client()
    fits = SMALL + b" " * (1000 - len(SMALL))
    assert (await client.ask(gzip.compress(fits), content_encoding="gzip")).status == 200
    assert (await client.ask(gzip.compress(fits + b" "), content_encoding="gzip")).status == 413


@given(
    st.binary(max_size=400),
    st.integers(1, 50),
    st.sampled_from(["gzip", "deflate"]),
    st.booleans(),
)
def test_pieces_of_any_length(body: bytes, size: int, encoding: str, zlibbed: bool) -> None:
    packed = (
        gzip.compress(body) if encoding == "gzip" else (zlib.compress if zlibbed else raw)(body)
    )
    unpacker = Unpacker(encoding)
    made = b"".join(
        unpacker.unpack(packed[at : at + size], 400) for at in range(0, len(packed), size)
    )
    unpacker.end()
    assert made == body


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate"]))
def test_g8_any_bytes_are_refused_in_the_same_way(body: bytes, encoding: str) -> None:
    unpacker = Unpacker(encoding)
    try:
        assert len(unpacker.unpack(body, 100)) <= 100
        unpacker.end()
    except (Damaged, TooLarge):
        pass
