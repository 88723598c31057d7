"""Real queue servers on free ports of the loopback, ended when the test is over."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.support.patience import until
from tests.support.ports import free_port
from tests.support.process import Process

START = 60.0  # seconds for a server to listen


def listens(port: int) -> bool:
    """Somebody accepts connections on that port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Server:
    """A server that can be killed and started again on its port, with its disk."""

    def __init__(
        self,
        name: str,
        port: int,
        command: list[str],
        folder: Path,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.address = f"127.0.0.1:{port}"
        self.port = port
        self._name = name
        self._process = Process(command, folder / f"{name}.log", environment)

    async def start(self) -> None:
        """Start it and wait until it listens."""
        self._process.start()
        await until(f"{self._name} listens", lambda: listens(self.port), START)

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


@contextlib.contextmanager
def sqs(folder: Path) -> Iterator[Server]:
    """A server that answers as SQS does; it keeps its queues in memory."""
    port = free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = Server("sqs", port, command, folder)
    try:
        yield server
    finally:
        server.kill()


@contextlib.contextmanager
def rabbitmq(program: str, mapper: str, folder: Path) -> Iterator[Server]:
    """RabbitMQ, and the mapper of ports that its Erlang asks."""
    port, mapped = free_port(), free_port()
    environment = {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(mapped),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_ALLOW_INPUT": "1",  # so that no shell stays in front of the server
        "RABBITMQ_SERVER_START_ARGS": "-noinput",
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+sbwt none",
        "RABBITMQ_NODENAME": "alarms@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(port),
        "RABBITMQ_DIST_PORT": str(free_port()),
        "RABBITMQ_CONFIG_FILE": str(folder / "none"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_FEATURE_FLAGS_FILE": str(folder / "features"),
        "RABBITMQ_MNESIA_BASE": str(folder / "rabbitmq"),
        "RABBITMQ_LOG_BASE": str(folder),
    }
    names = Process([mapper, "-port", str(mapped), "-address", "127.0.0.1"], folder / "epmd.log")
    server = Server("rabbitmq", port, [program], folder, environment)
    names.start()
    try:
        yield server
    finally:
        server.kill()
        names.kill()


@contextlib.contextmanager
def kafka(program: str, folder: Path) -> Iterator[Server]:
    """One Kafka that is broker and controller."""
    port, controller = free_port(), free_port()
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@127.0.0.1:{controller}",
        "listeners": f"PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}",
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(folder / "kafka"),
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
        "log.retention.check.interval.ms": "500",
        "log.initial.task.delay.ms": "500",
    }
    file = folder / "kafka.properties"
    file.write_text("".join(f"{key}={value}\n" for key, value in settings.items()))
    cluster = "AAAAAAAAAAAAAAAAAAAAAA"
    made = [program, "kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(file)]
    subprocess.run(made, check=True, capture_output=True, timeout=START)
    server = Server("kafka", port, [program, "kafka.Kafka", str(file)], folder)
    try:
        yield server
    finally:
        server.kill()
