"""Troubles of the laboratory: each is begun, lasts, and is undone."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.laboratory.machine import DiskFault, Machine
from tests.support.cluster import AgentProcess, Cluster
from tests.support.networks import Network

LOSS = 20  # percent of packets
RATE = 60  # packets a second
HOURS = 2.0  # by which a clock is wrong at most


@dataclass(frozen=True, slots=True)
class Bench:
    """What troubles work on."""

    cluster: Cluster
    network: Network
    machines: dict[str, Machine]  # by agent

    def number(self, agent: AgentProcess) -> int:
        """Return the number of an agent's namespace."""
        return self.cluster.agents.index(agent) + 1

    def filter(self, agent: AgentProcess, *rule: str) -> None:
        """Add a packet filter between an agent and the others."""
        space = self.network.namespace(self.number(agent))
        table = ("table", "inet", "lab")
        for words in (
            ("add", *table),
            ("add", "chain", *table[1:], "in", "{ type filter hook input priority 0 ; }"),
            ("add", "rule", *table[1:], "in", "iifname", "mesh", *rule, "drop"),
        ):
            _run("ip", "netns", "exec", space, "nft", *words)

    def unfilter(self, agent: AgentProcess) -> None:
        """Let every packet through again."""
        space = self.network.namespace(self.number(agent))
        _run("ip", "netns", "exec", space, "nft", "delete", "table", "inet", "lab")


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=20)


Act = Callable[[Bench, AgentProcess, random.Random], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of trouble. `seconds` bound how long it lasts."""

    name: str
    begin: Act
    end: Act
    seconds: tuple[float, float] = (1.0, 8.0)
    # The process ends with it: no other trouble of this agent may be under way.
    alone: bool = False


async def _nothing(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    pass


async def _kill(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    agent.kill()


async def _start(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    if not agent.running:
        agent.start()


async def _wipe(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    agent.kill()
    shutil.rmtree(agent.data, ignore_errors=True)


async def _stop(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    agent.terminate()


async def _pause(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    agent.pause()


async def _resume(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    agent.resume()


async def _cut(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    bench.network.cut(bench.number(agent))


async def _heal(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    bench.network.heal(bench.number(agent))


async def _deafen(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    bench.filter(agent)


async def _lose(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    bench.filter(agent, "numgen", "random", "mod", "100", "<", str(LOSS))


async def _throttle(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    bench.filter(agent, "limit", "rate", "over", f"{RATE}/second")


async def _unfilter(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    bench.unfilter(agent)


async def _slow_disk(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    machine = bench.machines[agent.name]
    machine.fsync_delay = dice.uniform(0.05, 1.5)
    machine.apply()


async def _io_error(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    machine = bench.machines[agent.name]
    machine.disk_fault = DiskFault.EIO_ON_FSYNC
    machine.apply()


async def _full_disk(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    machine = bench.machines[agent.name]
    machine.disk_fault = DiskFault.ENOSPC_ON_WRITE
    machine.apply()


async def _wrong_clock(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    machine = bench.machines[agent.name]
    machine.clock_offset = dice.uniform(-HOURS, HOURS) * 3600
    machine.apply()


async def _cure(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    bench.machines[agent.name].cure()


async def _answer_500(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    await bench.cluster.sink.misbehave(kind="status", status=500, seconds=dice.uniform(1, 6))


async def _hang(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    await bench.cluster.sink.misbehave(kind="hang", count=2)


async def _reset(bench: Bench, agent: AgentProcess, dice: random.Random) -> None:
    await bench.cluster.sink.misbehave(kind="reset", count=2)


KINDS: tuple[Kind, ...] = (
    Kind("kill -9", _kill, _start, (0.1, 5.0), alone=True),
    Kind("stop", _stop, _start, (2.0, 6.0), alone=True),
    Kind("disk wiped", _wipe, _start, (0.1, 3.0), alone=True),
    Kind("stands still", _pause, _resume, (0.5, 8.0), alone=True),
    Kind("cut", _cut, _heal),
    Kind("hears nothing", _deafen, _unfilter),
    Kind("loses packets", _lose, _unfilter, (3.0, 12.0)),
    Kind("thin line", _throttle, _unfilter, (3.0, 12.0)),
    Kind("slow disk", _slow_disk, _cure, (2.0, 10.0)),
    Kind("disk errors", _io_error, _cure, (0.5, 3.0)),
    Kind("disk full", _full_disk, _cure, (1.0, 5.0)),
    Kind("wrong clock", _wrong_clock, _cure, (2.0, 15.0)),
    Kind("channel answers 500", _answer_500, _nothing),
    Kind("channel hangs", _hang, _nothing),
    Kind("channel resets", _reset, _nothing),
)
