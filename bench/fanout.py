"""Alarms reported one by one, each read by 100 followers with a connection of their own.

Followers are in two processes and the reporter in a third; with the agent they share two
processors. One replica, so that replication is not measured again; mutual TLS on every connection.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING

from alarminati.v1 import alarm_pb2 as pb
from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceStub
from bench import alarms
from bench.cluster import Cluster
from bench.figure import Figure
from bench.grpc_client import channel
from bench.process import HERE, ROOT
from bench.setting import Setting

if TYPE_CHECKING:
    from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceAsyncStub

READERS = 100
PROCESSES = 2
AT_ONCE = 8  # reports without an answer
MARK = "the-last-one"


async def measure(setting: Setting) -> list[Figure]:
    """Deliveries a second, from the first report to the last follower's last alarm."""
    rates = [await _rate(setting, number) for number in range(setting.times(5, 1))]
    what = f"fan-out to {READERS} followers, one by one"
    return [Figure(what, tuple(rates), "deliveries/s", 25_000, more=True)]


async def _rate(setting: Setting, number: int) -> float:
    count = setting.times(1_000, 50)
    readers = setting.times(READERS, 10)
    with Cluster(setting.room(f"fanout-{number}"), setting.certificates, places=[HERE]) as cluster:
        await cluster.up()
        address, operator = cluster.replicas[0].grpc, setting.certificates.operator
        share = str(readers // PROCESSES)
        command = (sys.executable, "-m", "bench.readers", address, str(operator), share, MARK)
        processes = [
            await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
            for _ in range(PROCESSES)
        ]
        try:
            outputs = [process.stdout for process in processes]
            for output in outputs:
                assert output is not None and await output.readline() == b"ready\n"
            async with channel(address, operator) as warm:
                began = time.monotonic()
                await _report(AlarmServiceStub(warm), count)
            told = [json.loads(await output.readline()) for output in outputs if output is not None]
        finally:
            for process in processes:
                if process.returncode is None:
                    process.terminate()
                await process.wait()
    counts = [many for each in told for many in each["counts"]]
    assert counts == [count] * readers, f"not everybody got {count}: {sorted(set(counts))}"
    last = max(float(each["last"]) for each in told)
    return count * readers / (last - began)


async def _report(stub: AlarmServiceAsyncStub, count: int) -> None:
    wall = time.time_ns() // 1_000_000
    numbers = iter(range(count - 1))

    async def reporter() -> None:
        for number in numbers:
            await stub.Report(rpc.ReportRequest(alarm=alarms.alarm(number, wall)))

    await asyncio.gather(*(reporter() for _ in range(AT_ONCE)))
    await stub.Report(rpc.ReportRequest(alarm=pb.Alarm(message=MARK)))
