"""How soon after its start an agent takes alarms, and how soon a cluster delivers one."""

from __future__ import annotations

import asyncio
import time

from bench import alarms, alertmanager
from bench.alertmanager import Alertmanagers
from bench.cluster import Cluster, page
from bench.figure import Figure
from bench.poster import Poster
from bench.process import HERE, until
from bench.setting import Setting
from bench.sink import Sink


async def measure(setting: Setting) -> list[Figure]:
    """One agent until ready; three until the first webhook; the same for Alertmanager."""
    await _ready(setting, -1)  # modules are compiled at the very first start
    rounds = range(setting.times(7, 1))
    ready = [await _ready(setting, number) for number in rounds]
    first = [await _first(setting, number) for number in rounds]
    figures = [
        Figure("start to ready", tuple(ready), "s", 0.7),
        Figure("start of three to first delivery", tuple(first), "s", 1.5),
    ]
    if not setting.compared:
        return figures
    theirs = [await _alertmanager(setting, number) for number in range(setting.times(2, 1))]
    return [
        *figures,
        Figure("Alertmanager HA: start to ready", tuple(ready for ready, _ in theirs), "s"),
        Figure("Alertmanager HA: start to first delivery", tuple(d for _, d in theirs), "s"),
    ]


async def _ready(setting: Setting, number: int) -> float:
    room = setting.room(f"ready-{number}")
    with Cluster(room, setting.certificates, places=[HERE]) as cluster:
        cluster.start()
        replica = cluster.replicas[0]
        await until(replica.ready, "it is ready")
        return time.monotonic() - replica.running.started


async def _first(setting: Setting, number: int) -> float:
    """An alarm is posted to the first agent as soon as its port takes it."""
    async with Sink() as sink:
        room = setting.room(f"first-{number}")
        with Cluster(room, setting.certificates, sink=sink.url) as cluster:
            came = sink.expect(b"first")
            cluster.start()
            replica = cluster.replicas[0]
            await _post(Poster(replica.http, "/v1/alarms"), alarms.document("first"))
            return await asyncio.wait_for(came, 20) - replica.running.started


async def _alertmanager(setting: Setting, number: int) -> tuple[float, float]:
    async with Sink() as sink:
        with Alertmanagers(setting.room(f"start-am-{number}"), sink.url) as nodes:
            nodes.start()
            node = nodes.nodes[0]
            await until(lambda: page(f"http://{node.http}/-/ready") is not None, "it is ready")
            ready = time.monotonic() - node.running.started
            came = sink.expect(b"first")
            for each in nodes.nodes:
                await _post(Poster(each.http, "/api/v2/alerts"), alertmanager.alert("first"))
            return ready, await asyncio.wait_for(came, 60) - node.running.started


async def _post(poster: Poster, document: object) -> None:
    end = time.monotonic() + 20
    while True:
        try:
            status = await poster.post(document)
        except OSError:
            assert time.monotonic() < end, "nobody listens"
            await asyncio.sleep(0.005)
            continue
        assert status in (200, 202), f"refused with {status}"
        poster.close()
        return
