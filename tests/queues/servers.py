"""Real queue servers on free ports of the loopback, ended when the test is over."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

from tests.support.patience import until
from tests.support.ports import free_port
from tests.support.process import Process


def listens(port: int) -> bool:
    """Somebody accepts connections on that port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Server:
    """A server that can be killed and started again on its port, with its disk."""

    def __init__(self, name: str, port: int, command: list[str], folder: Path) -> None:
        self.address = f"127.0.0.1:{port}"
        self.port = port
        self._name = name
        self._process = Process(command, folder / f"{name}.log")

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self._process.start()
        await until(f"{self._name} listens", lambda: listens(self.port))

    def kill(self) -> None:
        """End it as a crash does."""
        self._process.kill()


@contextlib.contextmanager
def nats(program: str, folder: Path) -> Iterator[Server]:
    """NATS with JetStream on disk."""
    port = free_port()
    command = [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", str(folder / "nats")]
    server = Server("nats", port, command, folder)
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def redis(program: str, folder: Path) -> Iterator[Server]:
    """Redis that appends to a file with an fsync for each command."""
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder),
               "--appendonly", "yes", "--appendfsync", "always", "--save", ""]  # fmt: skip
    server = Server("redis", port, command, folder)
    try:
        yield server
    finally:
        server.kill()
