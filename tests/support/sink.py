"""The demo's sink as a process of its own: what it received has its own clock's times."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpcore
import msgspec

from tests.support.patience import until
from tests.support.ports import free_port
from tests.support.process import Process


@dataclass(frozen=True, slots=True)
class Arrival:
    """One request that reached the sink."""

    wall: float  # seconds since 1970
    status: int  # answered
    key: str  # Idempotency-Key
    body: Any

    @property
    def accepted(self) -> bool:
        """The sender was told that all is well."""
        return 200 <= self.status < 300

    def tells(self, text: str) -> bool:
        """Is `text` somewhere in it?"""
        return text in msgspec.json.encode(self.body).decode()


class Sink:
    """A receiver that may be stopped, started again, and told to misbehave."""

    def __init__(self, folder: Path, host: str = "127.0.0.1", options: Sequence[str] = ()) -> None:
        self.host = host
        self.port = free_port()
        command = [sys.executable, "-m", "alarminati.demo.sink", "--host", host]
        command += ["--port", str(self.port), *options]
        self.process = Process(command, folder / "sink.log")

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"http://{self.host}:{self.port}/hook"

    async def start(self) -> None:
        """Listen."""
        before = self.process.said.count('{"port"')
        self.process.start()
        await until("the sink listens", lambda: self.process.said.count('{"port"') > before)

    def stop(self) -> None:
        """Listen no more: connections are refused."""
        self.process.kill()

    async def misbehave(self, **fault: object) -> None:
        """Order a fault: see `alarminati.demo.sink.Fault`."""
        async with httpcore.AsyncConnectionPool() as pool:
            url = f"http://{self.host}:{self.port}/-/faults"
            answer = await pool.request("POST", url, content=msgspec.json.encode(fault))
        assert answer.status == 200, answer.content

    def arrivals(self, text: str = "") -> list[Arrival]:
        """Every request that tells `text`, in order."""
        found = []
        for line in self.process.said.splitlines():
            if line.startswith('{"at"') and line.endswith("}"):
                said = msgspec.json.decode(line)
                key = said["headers"].get("idempotency-key", "")
                found.append(Arrival(said["wall"], said["status"], key, said["body"]))
        return [arrival for arrival in found if arrival.tells(text)]

    def delivered(self, text: str) -> list[Arrival]:
        """What was accepted and tells `text`."""
        return [arrival for arrival in self.arrivals(text) if arrival.accepted]

    def count(self) -> Counter[str]:
        """How often each alarm was delivered, alone or in a digest."""
        count: Counter[str] = Counter()
        for arrival in self.delivered(""):
            count.update(alarm["message"] for alarm in arrival.body["alarms"])
        return count

    async def first(self, text: str, within: float = 15.0) -> Arrival:
        """The first delivery that tells `text`."""
        found = await until(f"{text!r} is delivered", lambda: self.delivered(text), within)
        return found[0]
