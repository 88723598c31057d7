"""The real program, run against agents that live in the test."""

from __future__ import annotations

import asyncio
import io
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from alarminati.cli.main import main
from tests.client.conftest import StartAgents, start_agents

__all__ = ["Ended", "Run", "Start", "StartAgents", "start_agents"]


@dataclass(frozen=True)
class Ended:
    """How a command line ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Run = Callable[..., Awaitable[Ended]]
Start = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
def environ(tmp_path: Path) -> Mapping[str, str]:
    """As of a person who has a home of their own and reads English."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ALARMINATI")}
    return kept | {"HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "TZ": "Asia/Seoul"}


@pytest.fixture
async def start(environ: Mapping[str, str]) -> AsyncIterator[Start]:
    """Start `alarminati ...`; it is gone when the test is over."""
    started: list[asyncio.subprocess.Process] = []

    async def begin(
        *arguments: str, stderr: int = asyncio.subprocess.PIPE, **variables: str
    ) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "alarminati",
            *arguments,
            env={**environ, **variables},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.communicate()


@pytest.fixture
def run(
    environ: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Iterator[Run]:
    """Run `alarminati ...` to its end, in a thread: a process each would cost most of the time."""

    async def through(*arguments: str, input: str = "", **variables: str) -> Ended:
        with monkeypatch.context() as patched:
            for name in [name for name in os.environ if name.startswith("ALARMINATI")]:
                patched.delenv(name)
            for name, value in {**environ, **variables}.items():
                patched.setenv(name, value)
            patched.setattr(sys, "stdin", io.StringIO(input))
            time.tzset()
            async with asyncio.timeout(30):
                code = await asyncio.to_thread(main, arguments)
        return Ended(code, *capfd.readouterr())

    yield through
    time.tzset()
