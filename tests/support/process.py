"""A child process that is always ended, with what it said kept in a file."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

END = 15.0  # seconds for a process to end


class Process:
    """One program, which may be started again after it has ended."""

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """Output of every run is appended to `log`; `environment` adds to ours."""
        self.command = list(command)
        self.log = log
        self._environment = dict(environment or {})
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Of the running process."""
        assert self._running is not None, f"{self.log.stem} does not run"
        return self._running.pid

    @property
    def running(self) -> bool:
        """It was started and has not ended."""
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """Start it; it must not run."""
        assert not self.running, f"{self.log.stem} runs already"
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self._environment,
            )

    def wait(self, within: float = END) -> int:
        """Its exit code, once it has ended."""
        assert self._running is not None
        return self._running.wait(within)

    def kill(self) -> None:
        """End it as a crash does, and wait for that."""
        if self._running is not None:
            self._running.kill()
            self._running.wait(END)

    def terminate(self) -> None:
        """Ask it to end."""
        os.kill(self.pid, signal.SIGTERM)

    def pause(self) -> None:
        """Let it stand still."""
        os.kill(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    @property
    def said(self) -> str:
        """Everything it wrote."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def memory(self) -> int:
        """Resident memory in bytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise AssertionError(f"{self.log.stem} has ended")
