"""Relays and masters for the tests: processes, senders, and intakes that share a journal."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from pathlib import Path

from alarminati.agent.master_tasks.queue_intake import PrepareWebhook, QueueIntake, no_webhooks
from alarminati.agent.relayed import Prepared
from alarminati.config.queues import QueueConfig
from alarminati.core.model.severity_words import SeverityWords
from alarminati.edge.shapes.auto import read_any
from alarminati.edge.shapes.inbound import Inbound
from alarminati.edge.tokens import hashed
from alarminati.queues.port import Message
from alarminati.queues.table import driver
from tests.queues.test_intake import Journal

NOW = 1_760_000_000_000
TOKEN = "alm_" + "t" * 40
OTHER = "alm_" + "o" * 40


def written(
    folder: Path, http: int = 0, pull: int = 0, room: int = 1 << 20, more: str = ""
) -> Path:
    """Write the file of a relay for one cluster with two sources."""
    path = folder / "relay.yaml"
    path.write_text(
        f"""name: edge-1
data: {folder / "data"}
room: {room}
body_size: 65536
http: {{listen: "127.0.0.1:{http}"}}
clusters:
  - name: seoul-1
    listen: 127.0.0.1:{pull}
    sources:
      - {{name: shop, token: "{hashed(TOKEN)}", rate: 10000, burst: 10000}}
      - {{name: mail, token: "{hashed(OTHER)}", rate: 1, burst: 2}}
{more}"""
    )
    return path


class RelayProcess:
    """A relay; `kill_at` is the step at which it kills itself, 0 for none."""

    def __init__(self, config: Path, kill_at: int = 0) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.relay.process", str(config), str(kill_at)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline().split()
        self.http, self.pull = (int(line[0]), int(line[1])) if line else (0, 0)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self.process.poll() is None

    def kill(self) -> None:
        """End it with SIGKILL."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


async def post(
    port: int, path: str, body: bytes, headers: str = "", method: str = "POST"
) -> tuple[int, str]:
    """Send one request; return its status and everything that came. Raises OSError."""
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            head = f"{method} {path} HTTP/1.1\r\nhost: relay\r\nconnection: close\r\n{headers}"
            writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
            answer = (await reader.read()).decode()
        finally:
            writer.close()
    if not answer:
        raise ConnectionError("no answer")
    return int(answer.split()[1]), answer


async def plain(message: Message) -> Prepared:
    """Believe every webhook."""
    inbound = Inbound(message.body, message.time, message.headers, source=message.source)
    return Prepared(read_any, inbound)


def master(
    journal: Journal, pull: int, webhook: PrepareWebhook = no_webhooks, seed: int = 1
) -> QueueIntake:
    """Return an intake of a master that pulls from a relay; not leading yet."""

    async def report(alarm: object) -> None:
        return None

    intake = QueueIntake(
        journal,
        report,
        lambda: NOW,
        random.Random(seed),
        open_queue=driver,
        read_as=lambda _: (read_any, SeverityWords()),
        webhook=webhook,
    )
    intake.use([QueueConfig(name="relay", type="relay", servers=(f"127.0.0.1:{pull}",))])
    return intake
