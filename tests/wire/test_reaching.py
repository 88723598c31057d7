"""Connecting tries the families in turns and says in the end what was wrong."""

from __future__ import annotations

import socket
import time

import pytest

from alarminati.wire.reaching import connect, in_turns

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
