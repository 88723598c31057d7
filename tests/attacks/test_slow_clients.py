"""Clients that hold connections: real reports go on (G8)."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from tests.attacks.conftest import TOKEN
from tests.support.cluster import AgentProcess
from tests.support.patience import until
from tests.support.process import Process

SOCKETS = 500
REPORTS = 200
WITHIN = 3.0  # seconds for 99 of 100 reports; the goal is 1, on a machine that does nothing else


@pytest.fixture
def attackers() -> Iterator[list[Process]]:
    processes: list[Process] = []
    yield processes
    for process in processes:
        process.kill()


async def report(agent: AgentProcess, number: int) -> float:
    """Report over a connection of its own, as a newcomer must; how long it took in seconds."""
    start = time.perf_counter()
    reader, writer = await asyncio.open_connection(agent.place.host, agent.place.ports[1])
    body = msgspec.json.encode({"message": "real", "key": f"real-{number % 10}"})
    head = f"POST /v1/alarms HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {TOKEN}\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    status = (await reader.readline()).split()[1]
    took = time.perf_counter() - start
    writer.close()
    await writer.wait_closed()
    assert status == b"200"
    return took


def held(process: Process) -> int:
    """How many connections the attacker holds, as it last said."""
    lines = process.said.split()
    return int(lines[-1]) if lines else 0


@pytest.mark.parametrize("way", ["silence", "head", "body", "unread"])
async def test_g8_slow_clients_do_not_slow_down_reports(
    siege: AgentProcess, attackers: list[Process], tmp_path: Path, way: str
) -> None:
    """Each lost connection is made anew at once, from a process of its own."""
    before = siege.memory
    script = str(Path(__file__).with_name("slow.py"))
    host, port = siege.place.host, siege.place.ports[1]
    command = [sys.executable, script, way, host, str(port), str(SOCKETS), TOKEN]
    attackers.append(Process(command, tmp_path / f"{way}.log"))
    attackers[0].start()
    await until("the attackers are there", lambda: held(attackers[0]) >= SOCKETS)
    took = sorted([await report(siege, number) for number in range(REPORTS)])
    p50, p99 = took[REPORTS // 2] * 1000, took[REPORTS * 99 // 100] * 1000
    print(f"{SOCKETS} by {way}: p50 {p50:.1f} ms, p99 {p99:.1f} ms, worst {took[-1] * 1000:.1f} ms")
    assert attackers[0].running, attackers[0].said
    assert p99 < WITHIN * 1000
    assert siege.memory - before < 48 * 2**20


async def test_g8_more_attackers_than_room_lock_nobody_out(
    small: AgentProcess, attackers: list[Process], tmp_path: Path
) -> None:
    """There is room for 100 connections, and 500 are made again and again: newcomers get in."""
    script = str(Path(__file__).with_name("slow.py"))
    host, port = small.place.host, small.place.ports[1]
    command = [sys.executable, script, "head", host, str(port), str(SOCKETS), TOKEN]
    attackers.append(Process(command, tmp_path / "crowd.log"))
    attackers[0].start()
    await until("the door is full", lambda: held(attackers[0]) >= 90)
    took = []
    lost = 0
    for number in range(REPORTS):
        try:
            took.append(await report(small, number))
        except (ConnectionError, IndexError):  # pushed out before it had sent its request
            lost += 1
    print(f"{len(took)} of {REPORTS} got in at once, worst {max(took) * 1000:.0f} ms")
    assert len(took) > REPORTS * 0.9


async def test_g8_an_agent_has_files_enough_for_all_who_may_come(siege: AgentProcess) -> None:
    """The usual limit of 1024 is below what its doors let in."""
    limits = Path(f"/proc/{siege.pid}/limits").read_text()
    (line,) = [line for line in limits.splitlines() if line.startswith("Max open files")]
    soft, hard = line.split()[3:5]
    assert int(soft) >= min(int(hard), 16_384)
