"""What systemd hears of an agent, over a socket as its own."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from alarminati.agent.systemd import ServiceManager
from tests.support.process import Process


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """The socket that NOTIFY_SOCKET names."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(str(tmp_path / "notify"))
        bound.settimeout(30)
        yield bound


def test_outside_of_systemd_nothing_is_sent() -> None:
    manager = ServiceManager({})
    manager.tell("READY=1")
    assert manager.interval == 0


def test_a_socket_that_is_gone_stops_nothing(tmp_path: Path) -> None:
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "none")}).tell("READY=1")


def test_a_name_without_a_file_is_reached() -> None:
    name = f"alarminati-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as bound:
        bound.bind(f"\0{name}")
        ServiceManager({"NOTIFY_SOCKET": f"@{name}"}).tell("READY=1", "STATUS=well")
        assert bound.recv(100) == b"READY=1\nSTATUS=well"


@pytest.mark.parametrize(
    ("environ", "interval"),
    [
        ({"WATCHDOG_USEC": "30000000"}, 12.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 12.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, 0.0),  # of a child of another
        ({"WATCHDOG_USEC": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_the_watchdog_hears_of_us_in_time(environ: dict[str, str], interval: float) -> None:
    manager = ServiceManager({"NOTIFY_SOCKET": "/run/notify"} | environ, pid=7)
    assert manager.interval == pytest.approx(interval)


async def test_an_agent_says_that_it_is_ready_alive_and_stopping(
    listener: socket.socket, tmp_path: Path
) -> None:
    flags = ["--tls-mode", "insecure", "--data", str(tmp_path / "data")]
    ports = ["--listen-grpc", "127.0.0.1:0", "--listen-http", "off", "--listen-health", "off"]
    environ = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "100000"}
    command = [sys.executable, "-m", "alarminati", "agent", *flags, *ports]
    agent = Process(command, tmp_path / "log", environ)
    agent.start()
    try:
        heard = [await asyncio.to_thread(listener.recv, 100) for _ in range(3)]
        assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1"], agent.said
        os.kill(agent.pid, signal.SIGTERM)
        while (word := await asyncio.to_thread(listener.recv, 100)) == b"WATCHDOG=1":
            pass
        assert word == b"STOPPING=1"
        assert agent.wait() == 0
    finally:
        agent.kill()
