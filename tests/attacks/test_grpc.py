"""Damaged and oversized messages, bombs, and floods of frames, from people with a certificate."""

from __future__ import annotations

import asyncio
import gzip
import os
import random
import struct
import time
from collections.abc import Callable
from typing import Any

import grpc
import pytest

from alarminati.agent.rpc.authorization import TABLE
from alarminati.v1 import alarm_pb2
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.wire.identity import Role
from tests.attacks import frames
from tests.attacks.frames import Line, frame, head
from tests.attacks.raw import close
from tests.attacks.test_certificates import call, issued, open_channel
from tests.support.cluster import AgentProcess, Cluster

MEBI = 2**20
FLAT = 32 * MEBI  # what an agent may keep after it was sent far more
LIMIT = 4 * MEBI  # of one message, gRPC's own
PING = "/alarminati.v1.ClusterService/Ping"
REPORT = "/alarminati.v1.AlarmService/Report"
SUBSCRIBE = "/alarminati.v1.AlarmService/Subscribe"
SEED = 20_260_301


async def tell(channel: Any, path: str, message: bytes, **more: Any) -> grpc.StatusCode:
    """Call with one message; how it ends. What is served without end is left after a second."""
    stream = channel.unary_stream(path)(message, timeout=1, **more)
    try:
        async for _ in stream:
            pass
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


def allowed(role: Role) -> list[str]:
    """The calls that would be read: whoever may not call is refused before."""
    return [path for path, roles in TABLE.items() if role in roles]


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AGENT])
async def test_g8_damaged_messages_to_every_call_are_refused(
    fortress: Cluster, target: AgentProcess, role: Role
) -> None:
    """Bytes that are no message at all: a field without end, a number without end, no UTF-8."""
    dice = random.Random(SEED)
    damaged = [b"\x0a\xff\xff\xff\xff\x07x", b"\xff" * 11, b"\x0a\x02\xff\xfe\x07", b"\x0f"]
    damaged += [b"\xff" + dice.randbytes(50) for _ in range(5)]
    pair = issued(fortress.authority, role)
    async with open_channel(target, fortress.authority.certificate, pair) as channel:
        for path in allowed(role):
            for message in damaged[:3] + damaged[4:]:
                code = await tell(channel, path, message)
                assert code is not grpc.StatusCode.OK, (path, message)
                assert code is not grpc.StatusCode.UNKNOWN, (path, message)
                assert code is not grpc.StatusCode.DEADLINE_EXCEEDED, (path, message)


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.AGENT])
async def test_g8_oversized_messages_to_every_call_are_refused(
    fortress: Cluster, target: AgentProcess, role: Role
) -> None:
    before = target.memory
    pair = issued(fortress.authority, role)
    huge = b"\x7a" + b"\x80\x80\x80\x08" + bytes(LIMIT * 4)  # field 15, 16 MiB
    async with open_channel(target, fortress.authority.certificate, pair) as channel:
        for path in allowed(role):
            code = await tell(channel, path, huge)
            assert code is grpc.StatusCode.RESOURCE_EXHAUSTED, path
    assert target.memory - before < FLAT


async def test_g8_a_bomb_does_not_go_off(fortress: Cluster, target: AgentProcess) -> None:
    """1 GiB in 1 MB: what it becomes counts, and it is not unpacked further than that."""
    packer = gzip.compress(bytes(64 * MEBI), 9)
    bomb = packer * 16  # members of one gzip file, as RFC 1952 allows, for 1 GiB
    single = gzip.compress(bytes(256 * MEBI), 9)
    line = await Line.open(target, fortress.tls)
    before = target.memory
    peak = before
    encoded = frames.field(b"grpc-encoding", b"gzip")
    for number in range(20):
        stream = 2 * number + 1
        message = single if number % 2 else bomb
        body = b"\x01" + struct.pack(">I", len(message)) + message
        pieces = [body[at : at + 16_384] for at in range(0, len(body), 16_384)]
        said = frame(frames.HEADERS, frames.END_HEADERS, stream, head(REPORT, encoded))
        said += b"".join(frame(frames.DATA, 0, stream, piece) for piece in pieces)
        said += frame(frames.DATA, frames.END_STREAM, stream)
        if not await line.say(said):
            break
        await pinged(fortress, target)
        peak = max(peak, target.memory)
    await line.close()
    print(f"memory rose by {(peak - before) / MEBI:.1f} MiB")
    assert peak - before < FLAT


async def test_g8_a_bomb_of_an_ordinary_client(fortress: Cluster, target: AgentProcess) -> None:
    before = target.memory
    huge = rpc.ReportRequest(alarm=alarm_pb2.Alarm(message="x" * (64 * MEBI))).SerializeToString()
    packed = grpc.Compression.Gzip
    async with fortress.dial(target) as channel:
        assert await tell(channel, REPORT, huge[:1000], compression=packed) is not None
        code = await tell(channel, REPORT, huge, compression=packed)
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert target.memory - before < FLAT


async def pinged(cluster: Cluster, agent: AgentProcess) -> float:
    """How long somebody else's new connection and call take, in seconds."""
    start = time.perf_counter()
    async with cluster.dial(agent) as channel:
        await call(channel, PING, b"")
    return time.perf_counter() - start


def pings(number: int) -> bytes:
    return frame(frames.PING, 0, 0, os.urandom(8)) * 100


def settings(number: int) -> bytes:
    return frame(frames.SETTINGS, 0, 0, struct.pack(">HI", 4, 65_535)) * 100


def resets(number: int) -> bytes:
    first = 200 * number + 1
    calls = range(first, first + 200, 2)
    cancel = struct.pack(">I", 8)
    return b"".join(
        frame(frames.HEADERS, frames.END_HEADERS, stream, head(PING))
        + frame(frames.RST_STREAM, 0, stream, cancel)
        for stream in calls
    )


def openings(number: int) -> bytes:
    """Calls that are begun and never go on."""
    first = 200 * number + 1
    return b"".join(
        frame(frames.HEADERS, frames.END_HEADERS, stream, head(SUBSCRIBE))
        for stream in range(first, first + 200, 2)
    )


def continuations(number: int) -> bytes:
    """A head that never ends."""
    start = frame(frames.HEADERS, 0, 1, head(PING)) if not number else b""
    return start + frame(frames.CONTINUATION, 0, 1, frames.field(b"x", b"y" * 100)) * 100


def windows(number: int) -> bytes:
    return frame(frames.WINDOW_UPDATE, 0, 0, struct.pack(">I", 1)) * 100


def nothings(number: int) -> bytes:
    """Data without data."""
    start = frame(frames.HEADERS, frames.END_HEADERS, 1, head(REPORT)) if not number else b""
    return start + frame(frames.DATA, 0, 1) * 100


def garbage(number: int) -> bytes:
    return random.Random(SEED + number).randbytes(5000)


FLOODS: list[Callable[[int], bytes]] = [
    *(pings, settings, resets, openings, continuations, windows, nothings, garbage),
]
ROUNDS = 300  # of 100 frames each


@pytest.mark.parametrize("flood", FLOODS, ids=lambda flood: str(flood.__name__))
async def test_g8_floods_of_frames_do_not_lock_others_out(
    fortress: Cluster, target: AgentProcess, flood: Callable[[int], bytes]
) -> None:
    """From three people at once; each comes again once it is cut off."""
    before = target.memory
    lines = 0
    sent = 0

    async def attack() -> None:
        nonlocal lines, sent
        line: Line | None = None
        try:
            for _ in range(ROUNDS):
                if line is None:
                    line, lines, place = await Line.open(target, fortress.tls), lines + 1, 0
                alive = await line.say(flood(place))
                place += 1
                sent += 100
                if not alive:
                    await line.close()
                    line = None
        finally:
            if line is not None:
                await line.close()

    attackers = asyncio.gather(*(attack() for _ in range(3)))
    took: list[float] = []
    while not attackers.done() or not took:
        took.append(await pinged(fortress, target))
    await attackers
    peak = target.memory
    print(
        f"{sent} {flood.__name__} on {lines} connections: others waited {max(took) * 1000:.0f} ms"
        f" at most, memory rose by {(peak - before) / MEBI:.1f} MiB"
    )
    assert max(took) < 5
    assert peak - before < FLAT


HANDSHAKE = 10.0  # seconds, see wire.options


async def test_g8_who_never_shakes_hands_locks_nobody_out_and_is_cut_off(
    fortress: Cluster, target: AgentProcess
) -> None:
    host, _, port = target.grpc.rpartition(":")
    start = time.perf_counter()
    opened = [await asyncio.open_connection(host, int(port)) for _ in range(500)]
    for _, writer in opened[::2]:
        writer.write(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")  # and nothing after it
    took = [await pinged(fortress, target) for _ in range(20)]
    ends = await asyncio.gather(*(reader.read() for reader, _ in opened), return_exceptions=True)
    cut = time.perf_counter() - start
    for _, writer in opened:
        await close(writer)
    print(f"{len(ends)} half-open connections: others waited {max(took) * 1000:.0f} ms at most,"
          f" all were cut off after {cut:.1f} s")  # fmt: skip
    assert max(took) < 5
    assert cut < HANDSHAKE * 3
