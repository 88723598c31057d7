"""From an alarm posted over HTTP to its webhook received, three replicas, durable on two of them.

One at a time, on a kept connection, fifty a second: below what a webhook channel lets through by
default, so no digest is measured. Reporter and receiver are this process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from typing import Any

from bench import alarms, alertmanager
from bench.alertmanager import Alertmanagers
from bench.cluster import Cluster
from bench.figure import Figure, percentile
from bench.poster import Poster
from bench.setting import Setting
from bench.sink import Sink

PACE = 0.02  # seconds between two alarms
WARM = 50  # alarms before it counts
MASTER = {0.5: 2.2, 0.99: 3.5}  # part of the alarms: milliseconds
STANDBY = {0.5: 3.5, 0.99: 6.0}
CPU_GOAL = 9.5  # milliseconds of processor time for each alarm, on all three


async def measure(setting: Setting) -> list[Figure]:
    """Ours at the master and at a standby, and Alertmanager's."""
    figures = await _ours(setting)
    if not setting.compared:
        return figures
    async with Sink() as sink:
        with Alertmanagers(setting.room("latency-am"), sink.url) as nodes:
            await nodes.up()
            poster = Poster(nodes.first.http, "/api/v2/alerts")
            runs = [
                await report_each(setting, poster, sink, alertmanager.alert)
                for _ in _rounds(setting)
            ]
            poster.close()
    return figures + _figures("Alertmanager: alert -> webhook", runs, dict.fromkeys(MASTER))


async def _ours(setting: Setting) -> list[Figure]:
    figures: list[Figure] = []
    async with Sink() as sink:
        with Cluster(setting.room("latency"), setting.certificates, sink=sink.url) as cluster:
            await cluster.up()
            standby = cluster.standbys[0]
            for who, replica, goals in (
                ("master", cluster.master, MASTER),
                ("standby", standby, STANDBY),
            ):
                poster = Poster(replica.http, "/v1/alarms")
                runs, costs = [], []
                for _ in _rounds(setting):
                    before, told = cluster.seconds(), len(sink.bodies)
                    runs.append(await report_each(setting, poster, sink, alarms.document))
                    alarms_told = len(sink.bodies) - told
                    costs.append((cluster.seconds() - before) * 1000 / alarms_told)
                poster.close()
                figures += _figures(f"HTTP report to the {who} -> webhook", runs, goals)
                what = f"processor time of three replicas, report to the {who}"
                figures.append(Figure(what, tuple(costs), "ms/alarm", CPU_GOAL))
    return figures


def _rounds(setting: Setting) -> range:
    return range(setting.times(3, 1))


async def report_each(
    setting: Setting, poster: Poster, sink: Sink, document: Callable[[str], Any]
) -> list[float]:
    """Report one alarm after the other; return the milliseconds of each."""
    took: list[float] = []
    warm = setting.times(WARM, 5)
    for number in range(warm + setting.times(500, 20)):
        mark = f"m{time.monotonic_ns()}x"
        came = sink.expect(mark.encode())
        began = time.monotonic()
        status = await poster.post(document(mark))
        assert status in (200, 202), f"refused with {status}"
        moment = await asyncio.wait_for(came, 10)
        if number >= warm:
            took.append((moment - began) * 1000)
        await asyncio.sleep(PACE)
    return took


def _figures(
    what: str, runs: list[list[float]], goals: Mapping[float, float | None]
) -> list[Figure]:
    return [
        Figure(
            f"{what}, p{part * 100:.0f}", tuple(percentile(run, part) for run in runs), "ms", goal
        )
        for part, goal in goals.items()
    ]
