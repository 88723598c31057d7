"""Connecting tries the families in turns and says in the end what was wrong."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from alarminati.wire.reaching import connect, in_turns, reach

V4, V6 = socket.AF_INET, socket.AF_INET6


def test_families_take_turns_beginning_with_the_first() -> None:
    places = [(V6, 1), (V6, 2), (V6, 3), (V4, 4)]
    assert in_turns(places) == [(V6, 1), (V4, 4), (V6, 2), (V6, 3)]
    assert in_turns([(V4, 1)]) == [(V4, 1)]
    assert in_turns([]) == []


def test_a_server_is_reached_and_reads_have_the_time() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with connect("localhost", server.getsockname()[1], 3.0) as line:
            assert line.gettimeout() == 3.0
            line.sendall(b"x")
            with server.accept()[0] as other:
                assert other.recv(1) == b"x"


def test_what_refuses_is_said_at_once() -> None:
    began = time.monotonic()
    with pytest.raises(ConnectionRefusedError):
        connect("localhost", 1, 5.0)
    with pytest.raises(OSError, match=r"nreachable|denied|refused"):
        connect("255.255.255.255", 1, 5.0)
    with pytest.raises(socket.gaierror):
        connect("nowhere.invalid", 1, 5.0)
    assert time.monotonic() - began < 4


async def test_the_same_in_the_loop() -> None:
    with pytest.raises(ConnectionRefusedError):
        await reach("localhost", 1)
    with pytest.raises(OSError, match=r"nreachable|denied|refused"):
        await reach("255.255.255.255", 1)
    with pytest.raises(socket.gaierror):
        await reach("nowhere.invalid", 1)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        with await reach("localhost", server.getsockname()[1]) as line:
            assert line.getpeername() == server.getsockname()


async def test_a_dead_address_delays_for_a_moment_and_leaves_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        dead = (V4, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 9))  # RFC 5737: led nowhere
        alive = (V4, socket.SOCK_STREAM, 6, "", server.getsockname())

        async def found(*of: object, **more: object) -> list[object]:
            return places

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", found)
        places: list[object] = [dead, alive]
        with await reach("both", 9) as line:
            assert line.getpeername() == server.getsockname()
        places = [dead]
        with pytest.raises((TimeoutError, OSError)):
            async with asyncio.timeout(0.05):
                await reach("none", 9)
