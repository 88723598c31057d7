"""Programs under test: started here or in a network of ours, ended for certain."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ALARMINATI = (sys.executable, "-m", "alarminati.cli.main")
PATIENCE = 20.0  # seconds for anything that is waited for


@dataclass(frozen=True, slots=True)
class Place:
    """Where a program runs: its address, and what puts it there."""

    host: str = "127.0.0.1"
    prefix: tuple[str, ...] = ()

    def ports(self, count: int) -> list[int]:
        """Free ports; each place of a network has them all to itself."""
        if self.prefix:
            return list(range(7443, 7443 + count))
        sockets = [socket.socket() for _ in range(count)]
        for each in sockets:
            each.bind((self.host, 0))
        ports = [each.getsockname()[1] for each in sockets]
        for each in sockets:
            each.close()
        return ports


HERE = Place()


def environment() -> dict[str, str]:
    """As at users': compiled modules are kept, for compiling at every start is another program."""
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "ALARMINATI_LANG": "en", "ALARMINATI_DEBUG": "1"}


class Process:
    """A running program. Its output goes to a file."""

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        place: Place = HERE,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        self.log = log
        self.started = time.monotonic()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [*place.prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=ROOT,
                env={**environment(), **(variables or {})},
            )

    @property
    def pid(self) -> int:
        """`ip netns exec` becomes the program, so this is the program itself."""
        return self._process.pid

    def memory(self, key: str = "VmRSS") -> float:
        """Megabytes (of 2^20) in memory; `VmHWM` for the most there ever were."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1]) / 1024
        raise RuntimeError(f"{key} is not told")

    def seconds(self) -> float:
        """Processor time it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def check(self) -> None:
        """Raise if it has ended."""
        if self._process.poll() is not None:
            tail = self.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"{self.log.stem} ended with {self._process.returncode}:\n{tail}")

    def stop(self) -> None:
        """End it, gently at first."""
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(8)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


async def until(true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    """Wait for a condition."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"{what}: not within {patience:g} s")
        await asyncio.sleep(0.002)
