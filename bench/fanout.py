"""Alarms reported one by one, each read by followers with a connection of their own.

100 followers with alarms as fast as they go, then 1,000 with a single alarm now and then. Followers
are in two processes and the reporter in a third; with the agent they share two processors. One
replica, so that replication is not measured again; mutual TLS on every connection.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from alarminati.v1 import alarm_pb2 as pb
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceStub
from bench import alarms
from bench.cluster import Cluster
from bench.figure import Figure, percentile
from bench.grpc_client import channel
from bench.process import HERE, ROOT
from bench.setting import Setting

READERS = 100
MANY = 1_000
PROCESSES = 2
AT_ONCE = 8  # reports without an answer
SINGLE = 40  # alarms, one at a time
PAUSE = 0.25  # seconds between two of them
LINE = 64 * 2**20  # bytes of a reader's answer
MARK = "the-last-one"


async def measure(setting: Setting) -> list[Figure]:
    """Deliveries a second, then how long one alarm takes to reach a thousand."""
    rates = [await _rate(setting, number) for number in range(setting.times(5, 1))]
    what = f"fan-out to {READERS} followers, one by one"
    rate = Figure(what, tuple(rates), "deliveries/s", 25_000, more=True)
    return [rate, *await _many(setting)]


async def _rate(setting: Setting, number: int) -> float:
    """From the first report to the last follower's last alarm."""
    count, readers = setting.times(1_000, 50), setting.times(READERS, 10)
    with Cluster(setting.room(f"fanout-{number}"), setting.certificates, places=[HERE]) as cluster:
        await cluster.up()
        address, operator = cluster.replicas[0].grpc, setting.certificates.operator
        async with _followers(address, operator, readers) as followers:
            began = time.monotonic()
            await _report(address, operator, count)
            moments = await followers.moments()
    _check(moments, readers, count)
    return count * readers / (max(max(each) for each in moments) - began)


async def _many(setting: Setting) -> list[Figure]:
    count, readers = setting.times(SINGLE, 3), setting.times(MANY, 20)
    with Cluster(setting.room("followers"), setting.certificates, places=[HERE]) as cluster:
        await cluster.up()
        replica = cluster.replicas[0]
        operator = setting.certificates.operator
        async with _followers(replica.grpc, operator, readers) as followers:
            sent = await _report_singly(replica.grpc, operator, count)
            moments = await followers.moments()
            memory = replica.running.memory()
    _check(moments, readers, count)
    took = [(at - begun) * 1000 for each in moments for at, begun in zip(each, sent, strict=True)]
    what = f"one alarm to {readers:,} followers"
    return [
        Figure(f"{what}, p50", (percentile(took, 0.5),), "ms"),
        Figure(f"{what}, p99", (percentile(took, 0.99),), "ms", 50.0),
        Figure(f"memory with {readers:,} followers", (memory,), "MiB", 130.0),
    ]


def _check(moments: list[list[float]], readers: int, count: int) -> None:
    counts = [len(each) for each in moments]
    assert counts == [count] * readers, f"not everybody got {count}: {sorted(set(counts))}"


@dataclass(slots=True)
class _Followers:
    """Processes full of followers that have caught up."""

    processes: list[asyncio.subprocess.Process]

    async def moments(self) -> list[list[float]]:
        """Wait for the last alarm; return for each follower when its alarms came."""
        told: list[list[float]] = []
        for process in self.processes:
            assert process.stdout is not None
            told += json.loads(await process.stdout.readline())
        return told


@asynccontextmanager
async def _followers(address: str, operator: Path, many: int) -> AsyncIterator[_Followers]:
    share = str(many // PROCESSES)
    command = (sys.executable, "-m", "bench.readers", address, str(operator), share, MARK)
    processes = [
        await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE, limit=LINE
        )
        for _ in range(PROCESSES)
    ]
    try:
        for process in processes:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"ready\n"
        yield _Followers(processes)
    finally:
        for process in processes:
            if process.returncode is None:
                process.terminate()
            await process.wait()


async def _report(address: str, operator: Path, count: int) -> None:
    """Report as fast as it goes."""
    wall = time.time_ns() // 1_000_000
    numbers = iter(range(count - 1))
    async with channel(address, operator) as warm:
        stub = AlarmServiceStub(warm)

        async def reporter() -> None:
            for number in numbers:
                await stub.Report(rpc.ReportRequest(alarm=alarms.alarm(number, wall)))

        await asyncio.gather(*(reporter() for _ in range(AT_ONCE)))
        await stub.Report(rpc.ReportRequest(alarm=pb.Alarm(message=MARK)))


async def _report_singly(address: str, operator: Path, count: int) -> list[float]:
    """Report one alarm now and then; return when."""
    wall = time.time_ns() // 1_000_000
    sent = []
    async with channel(address, operator) as warm:
        stub = AlarmServiceStub(warm)
        for number in range(count):
            last = number == count - 1
            alarm = pb.Alarm(message=MARK) if last else alarms.alarm(number, wall)
            await asyncio.sleep(PAUSE)
            sent.append(time.monotonic())
            await stub.Report(rpc.ReportRequest(alarm=alarm))
    return sent
