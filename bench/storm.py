"""20,000 distinct alarms at once, with a webhook to deliver to: memory of the master."""

from __future__ import annotations

import asyncio
import json
import time

from bench import alertmanager
from bench.alertmanager import Alertmanagers
from bench.cluster import Cluster
from bench.figure import Figure
from bench.grpc_client import Batches, channel
from bench.ingest import batches
from bench.poster import Poster
from bench.process import until
from bench.setting import Setting
from bench.sink import Sink

ALARMS = 20_000
AHEAD = 64  # batches without an answer


async def measure(setting: Setting) -> list[Figure]:
    """Ours, and Alertmanager's with as many alerts."""
    count = setting.times(ALARMS, 1_000)
    rounds = range(setting.times(3, 1))
    ours = [await _ours(setting, count, number) for number in rounds]
    what = f"{count:,} distinct alarms at once"
    figures = [
        Figure(f"{what}: most memory of the master", tuple(m for m, _, _ in ours), "MiB", 120.0),
        Figure(f"{what}: memory of a standby", tuple(m for _, m, _ in ours), "MiB"),
        Figure(f"{what}: first report to the last delivered", tuple(t for _, _, t in ours), "s"),
    ]
    if not setting.compared:
        return figures
    theirs = await _alertmanager(setting, count)
    return [*figures, Figure(f"{what}: most memory of an Alertmanager", (max(theirs),), "MiB")]


async def _ours(setting: Setting, count: int, number: int) -> tuple[float, float, float]:
    async with Sink() as sink:
        room = setting.room(f"storm-{number}")
        with Cluster(room, setting.certificates, sink=sink.url) as cluster:
            await cluster.up()
            master, standby = cluster.master, cluster.standbys[0]
            began = time.monotonic()
            async with channel(master.grpc, setting.certificates.operator) as warm:
                await Batches(batches(0, count, labels=True), AHEAD).send(warm)
            await until(lambda: _told(sink) >= count, "all are delivered", 120)
            took = sink.bodies[-1][0] - began
            await asyncio.sleep(1)
            most, other = master.running.memory("VmHWM"), standby.running.memory("VmHWM")
            told = [alarm["id"] for _, body in sink.bodies for alarm in json.loads(body)["alarms"]]
            assert len(told) == len(set(told)) == count, "every alarm is told once"
            return most, other, took


def _told(sink: Sink) -> int:
    """How many alarms were told, nearly for free."""
    return sum(body.count(b'"fingerprint"') for _, body in sink.bodies)


async def _alertmanager(setting: Setting, count: int) -> list[float]:
    async with Sink() as sink:
        with Alertmanagers(setting.room("storm-am"), sink.url) as nodes:
            await nodes.up()
            poster = Poster(nodes.first.http, "/api/v2/alerts")
            for first in range(0, count, 500):
                alerts = [alertmanager.alert(f"a{first + n}")[0] for n in range(500)]
                assert await poster.post(alerts) == 200
            poster.close()
            await until(lambda: len(sink.bodies) >= count, "all are delivered", 180)
            await asyncio.sleep(5)
            return [node.running.memory("VmHWM") for node in nodes.nodes]
