"""The processes of the demo: started on a leash, told apart by name, all ended at the end."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from alarminati.wire.background import awaited

PATIENCE = 8.0  # seconds for a clean end
KEPT = {"ALARMINATI_LANG", "ALARMINATI_DEBUG"}  # variables of ours that mean the same to a child
LINE_LIMIT = 16 * 1024 * 1024  # bytes; the sink repeats whole bodies


def _environment() -> dict[str, str]:
    """The environment of a child: settings that were meant for other agents are left out."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("ALARMINATI_") or name in KEPT
    }


class Port(msgspec.Struct):
    """What the helpers print first."""

    port: int


class Child:
    """One process."""

    def __init__(self, name: str, log: Path, process: asyncio.subprocess.Process) -> None:
        self.name = name
        self.log = log
        self._process = process

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not been seen to end."""
        return self._process.returncode is None

    async def ended(self) -> int:
        """Wait for its end; the exit code, negative for a signal."""
        return await self._process.wait()

    async def line(self) -> bytes:
        """The next line it prints; empty when there is none to come."""
        assert self._process.stdout is not None
        return await self._process.stdout.readline()

    async def port(self) -> int:
        """Where it listens, which is the first that a helper prints. Raises EOFError."""
        line = await self.line()
        if not line:
            raise EOFError(f"{self.name} printed nothing")
        return msgspec.json.decode(line, type=Port).port

    async def kill(self) -> None:
        """What `kill -9` does; returns when it is gone."""
        if self.running:
            self._process.kill()
        await self.ended()

    async def stop(self) -> None:
        """Ask it to end, and kill it when it does not."""
        if self.running:
            self._process.terminate()
        try:
            async with asyncio.timeout(PATIENCE):
                await self.ended()
        except TimeoutError:
            await self.kill()


class Crew:
    """All processes that run, by name."""

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}

    async def start(self, name: str, log: Path, *arguments: str, helper: bool = False) -> Child:
        """Run a module of this interpreter; what it logs is added to `log`.

        A helper prints lines for us to read.
        """
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *("-m", "alarminati.demo.leash", *arguments),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE if helper else errors,
                stderr=errors,
                env=_environment(),
                limit=LINE_LIMIT,
                start_new_session=True,  # Ctrl-C is for us; we end them in order
            )
        child = self.children[name] = Child(name, log, process)
        return child

    async def kill(self, name: str) -> None:
        """End one at once; it is missed no longer."""
        await self.children.pop(name).kill()

    async def first_end(self) -> str:
        """Wait until one of those that ought to run has ended; its name."""
        if not self.children:
            await asyncio.Event().wait()
        waits = {awaited(one.ended()): one.name for one in self.children.values()}
        try:
            done, _ = await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            return min(waits[task] for task in done)
        finally:
            for task in waits:
                task.cancel()
            await asyncio.wait(waits)

    async def stop(self) -> None:
        """End all, agents first: they have deliveries to finish."""
        children = list(self.children.values())
        agents = [child for child in children if child.name not in ("sink", "app")]
        await asyncio.gather(*(child.stop() for child in agents))
        await asyncio.gather(*(child.kill() for child in children))


@asynccontextmanager
async def crew() -> AsyncIterator[Crew]:
    """A crew that is ended when the block is, however that comes about."""
    made = Crew()
    try:
        yield made
    finally:
        await made.stop()
