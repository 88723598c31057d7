"""Alarms in batches of 100 on one ReportStream, each durable on two replicas before its answer.

The sender, in this process, makes its batches beforehand; it shares two processors with the agents.
Fsyncs are counted by strace in a run of its own, one alarm at a time: it slows what it watches.
"""

from __future__ import annotations

import asyncio
import shutil
import time
from asyncio.subprocess import DEVNULL

from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceStub
from bench import alarms
from bench.cluster import Cluster
from bench.figure import Figure
from bench.grpc_client import Batches, channel
from bench.process import HERE
from bench.setting import Setting

BATCH = 100
AHEAD = 32  # batches without an answer
SINGLES = 200  # alarms whose fsyncs are counted
CALLS = ("fsync", "fdatasync")


async def measure(setting: Setting) -> list[Figure]:
    """Throughput with two and with three replicas, then fsyncs."""
    count = setting.times(40_000, 2_000)
    rounds = range(setting.times(5, 1))
    two = [await _rate(setting, 2, count, n) for n in rounds]
    three = [await _rate(setting, 3, count, n) for n in rounds]
    figures = [
        Figure(
            "durable on two replicas, batches of 100", tuple(two), "alarms/s", 20_000, more=True
        ),
        Figure("the same, three replicas on the two processors", tuple(three), "alarms/s"),
    ]
    if shutil.which("strace") is None:
        return figures
    syncs, acks = await _fsyncs(setting)
    return [
        *figures,
        Figure("fsyncs per alarm, all three replicas", (syncs / acks,), "fsyncs", 3.0),
    ]


async def _rate(setting: Setting, size: int, count: int, number: int) -> float:
    room = setting.room(f"ingest-{size}-{number}")
    with Cluster(room, setting.certificates, places=[HERE] * size) as cluster:
        await cluster.up()
        async with channel(cluster.master.grpc, setting.certificates.operator) as warm:
            await Batches(batches(0, 1_000), AHEAD).send(warm)
            all_of_them = Batches(batches(1_000, count), AHEAD)
            took = await all_of_them.send(warm)
        assert min(all_of_them.replicas) >= 2, "answered before it was durable on two replicas"
        return count / took


def batches(first: int, count: int, *, labels: bool = False) -> list[rpc.ReportStreamRequest]:
    """So many alarms from that number on."""
    wall = time.time_ns() // 1_000_000
    return [
        rpc.ReportStreamRequest(
            alarms=[alarms.alarm(at + n, wall, labels=labels) for n in range(BATCH)]
        )
        for at in range(first, first + count, BATCH)
    ]


async def _fsyncs(setting: Setting) -> tuple[int, int]:
    """How many, for how many alarms reported one after the other."""
    room = setting.room("fsyncs")
    with Cluster(room, setting.certificates) as cluster:
        await cluster.up()
        pids = [str(replica.running.pid) for replica in cluster.replicas]
        count = setting.times(SINGLES, 20)
        async with channel(cluster.master.grpc, setting.certificates.operator) as warm:
            stub = AlarmServiceStub(warm)
            out = room / "strace"
            command = ["strace", "-c", "-f", "-e", ",".join(CALLS), "-o", str(out)]
            attach = (word for pid in pids for word in ("-p", pid))
            tracer = await asyncio.create_subprocess_exec(*command, *attach, stderr=DEVNULL)
            try:
                await asyncio.sleep(1.0)  # until it is attached to all threads
                wall = time.time_ns() // 1_000_000
                for number in range(count):
                    await stub.Report(rpc.ReportRequest(alarm=alarms.alarm(number, wall)))
                await asyncio.sleep(1.0)  # the third copy is behind the answer
            finally:
                tracer.terminate()
                await tracer.wait()
        lines = (line.split() for line in out.read_text().splitlines())
        calls = [int(words[3]) for words in lines if words and words[-1] in CALLS]
        return sum(calls), count
