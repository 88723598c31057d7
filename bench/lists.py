"""Lists and single alarms at an agent with 150,000 that fire, and what others wait meanwhile.

One replica, mutual TLS. The worst case is a filter that no alarm fits: it looks at all of them, in
slices. Beside it somebody else asks for one alarm again and again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from alarminati.v1 import alarm_service_pb2 as rpc
from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceStub
from bench.cluster import Cluster
from bench.figure import Figure, percentile
from bench.grpc_client import Batches, channel
from bench.ingest import batches
from bench.process import HERE
from bench.setting import Setting

if TYPE_CHECKING:
    from alarminati.v1.alarm_service_pb2_grpc import AlarmServiceAsyncStub

FIRING = 150_000
AHEAD = 32  # batches without an answer
PAGE = 100  # alarms
GOAL = 20.0  # milliseconds


async def measure(setting: Setting) -> list[Figure]:
    """Calls by themselves, then the wait beside the longest one."""
    firing = setting.times(FIRING, 2_000)
    with Cluster(setting.room("lists"), setting.certificates, places=[HERE]) as cluster:
        await cluster.up()
        address, operator = cluster.replicas[0].grpc, setting.certificates.operator
        viewer = setting.certificates.viewer  # calls of one name wait for each other
        async with channel(address, operator) as first, channel(address, viewer) as second:
            await Batches(batches(0, firing, labels=True), AHEAD).send(first)
            stub = AlarmServiceStub(first)
            return await _figures(setting, stub, AlarmServiceStub(second), firing)


async def _figures(
    setting: Setting, stub: AlarmServiceAsyncStub, other: AlarmServiceAsyncStub, firing: int
) -> list[Figure]:
    listed = await stub.ListAlarms(rpc.ListAlarmsRequest(page_size=PAGE))
    assert len(listed.alarms) == PAGE and listed.total_size == firing
    one = rpc.GetAlarmRequest(id=listed.alarms[-1].id)
    fitting = rpc.ListAlarmsRequest(page_size=PAGE)
    fitting.filter.projects.append("w-bank")
    none = rpc.ListAlarmsRequest(page_size=PAGE)
    none.filter.projects.append("w-none")
    assert not (await stub.ListAlarms(none)).alarms
    times = setting.times(200, 3)

    async def plain() -> object:
        return await stub.ListAlarms(rpc.ListAlarmsRequest(page_size=PAGE))

    async def fits() -> object:
        return await stub.ListAlarms(fitting)

    async def get() -> object:
        return await stub.GetAlarm(one)

    found = f"with {firing:,} firing"
    waits, whole = await _beside(lambda: stub.ListAlarms(none), lambda: other.GetAlarm(one))
    return [
        Figure(f"a page of {PAGE} {found}", tuple(await _took(plain, times)), "ms", GOAL),
        Figure(f"a page with a filter {found}", tuple(await _took(fits, times)), "ms", GOAL),
        Figure(f"one alarm {found}", tuple(await _took(get, times)), "ms", GOAL),
        Figure(f"a filter that nothing fits {found}", tuple(whole), "ms"),
        Figure("one alarm meanwhile, p50", (percentile(waits, 0.5),), "ms"),
        Figure("one alarm meanwhile, p99", (percentile(waits, 0.99),), "ms", GOAL),
    ]


async def _took(call: Callable[[], Awaitable[object]], times: int) -> list[float]:
    """Milliseconds of each call."""
    took = []
    for _ in range(times):
        began = time.monotonic()
        await call()
        took.append((time.monotonic() - began) * 1000)
    return took


async def _beside(
    long: Callable[[], Awaitable[object]], short: Callable[[], Awaitable[object]]
) -> tuple[list[float], list[float]]:
    """Milliseconds of each short call while a long one is under way, and of each long one."""
    waits: list[float] = []
    whole: list[float] = []
    for _ in range(10):
        began = time.monotonic()
        running = asyncio.ensure_future(long())
        while not running.done():
            waits += await _took(short, 1)
        await running
        whole.append((time.monotonic() - began) * 1000)
    return waits, whole
