"""Bytes that a copy on another replica costs: an alarm told to one channel, on each standby's wire.

A standby's network carries nothing else: reporter and receiver talk to the master. One alarm at a
time, so none shares a packet; keepalives of the same seconds are taken off.
"""

from __future__ import annotations

import asyncio
import time

from bench import alarms
from bench.cluster import Cluster
from bench.figure import Figure
from bench.network import Network, both_ways, possible
from bench.poster import Poster
from bench.setting import Setting
from bench.sink import Sink

ALARMS = 200
PACE = 0.05  # seconds between alarms
KEEPALIVE = 140 / 15  # bytes a second


async def measure(setting: Setting) -> list[Figure]:
    """Bytes for each alarm and standby, all packets both ways."""
    if not possible():
        return []
    rounds = [await _round(setting, number) for number in range(setting.times(3, 1))]
    return [Figure("an alarm and its delivery, on the link to each standby", tuple(rounds), "B")]


async def _round(setting: Setting, number: int) -> float:
    count = setting.times(ALARMS, 10)
    with Network(3) as network:
        async with Sink("0.0.0.0") as sink:
            url = f"http://{network.gateway}:{sink.url.rpartition(':')[2]}"
            room = setting.room(f"replication-{number}")
            with Cluster(room, setting.certificates, places=network.places, sink=url) as cluster:
                await cluster.up()
                standbys = [replica.place for replica in cluster.standbys]
                poster = Poster(cluster.master.http, "/v1/alarms")
                await _told(poster, sink, "first")
                before = sum(both_ways(place).bytes for place in standbys)
                began = time.monotonic()
                for index in range(count):
                    await _told(poster, sink, f"{number}-{index}")
                    await asyncio.sleep(PACE)
                took = sum(both_ways(place).bytes for place in standbys) - before
                poster.close()
                seconds = time.monotonic() - began
                return (took - len(standbys) * KEEPALIVE * seconds) / count / len(standbys)


async def _told(poster: Poster, sink: Sink, mark: str) -> None:
    heard = sink.expect(mark.encode())
    assert await poster.post(alarms.document(mark)) in (200, 202)
    await asyncio.wait_for(heard, 10)
