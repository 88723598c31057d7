"""What following costs on the wire: whole IP packets both ways, mutual TLS, in a network of ours.

The follower is `alarminati.client` with a new cache; its handshake is part of the replay.
"""

from __future__ import annotations

import asyncio
import sys
import time

from bench.cluster import Cluster
from bench.figure import Figure
from bench.grpc_client import Batches, channel
from bench.ingest import batches
from bench.network import Network, both_ways, possible
from bench.poster import Poster
from bench.process import ROOT, Place
from bench.setting import Setting

ALARMS = 10_000
LIVE = 60
REST = 30  # seconds without an alarm, with a keepalive every 5 s
PACE = 0.25  # seconds between live alarms, so that none shares a packet


async def measure(setting: Setting) -> list[Figure]:
    """Bytes an alarm: replayed, replayed with labels, and live; and bytes of a keepalive."""
    if not possible():
        return []
    count = setting.times(ALARMS, 1_000)
    plain = [await _bytes(setting, count, n, labels=False) for n in range(setting.times(3, 1))]
    labelled = [await _bytes(setting, count, n, labels=True) for n in range(setting.times(3, 1))]
    return [
        Figure(f"replay of {count:,} alarms", tuple(r for r, _, _ in plain), "B/alarm", 21.0),
        Figure("the same with three labels each", tuple(r for r, _, _ in labelled), "B/alarm"),
        Figure("one live alarm on an open subscription", tuple(v for _, v, _ in plain), "B", 190.0),
        Figure("one keepalive on an open subscription", tuple(k for _, _, k in plain), "B", 142.0),
    ]


async def _bytes(
    setting: Setting, count: int, number: int, labels: bool
) -> tuple[float, float, float]:
    room = setting.room(f"wire-{labels}-{number}")
    with (
        Network(2) as network,
        Cluster(room, setting.certificates, places=network.places[:1]) as cluster,
    ):
        await cluster.up()
        agent = cluster.replicas[0]
        async with channel(agent.grpc, setting.certificates.operator) as warm:
            await Batches(batches(0, count, labels=labels), 16).send(warm)
        there = network.places[1]
        before = both_ways(there).bytes
        operator, cache = str(setting.certificates.operator), str(room / "cache")
        live = setting.times(LIVE, 5)
        command = (*there.prefix, sys.executable, "-m", "bench.follower",
                   agent.grpc, operator, cache, str(live))  # fmt: skip
        follower = await asyncio.create_subprocess_exec(
            *command, cwd=ROOT, stdout=asyncio.subprocess.PIPE
        )
        try:
            assert follower.stdout is not None
            said = await follower.stdout.readline()
            assert said == f"caught up {count}\n".encode(), f"the follower said {said!r}"
            await _quiet(there)
            replayed = both_ways(there).bytes - before
            each = await _live(Poster(agent.http, "/v1/alarms"), there, live)
            assert await follower.stdout.readline() == b"seen\n"
            keepalive = await _at_rest(there, setting.times(REST, 6))
        finally:
            follower.terminate()
            await follower.wait()
    return replayed / count, each, keepalive


async def _live(poster: Poster, there: Place, count: int) -> float:
    """Post the smallest alarm of the documents again and again."""
    before = both_ways(there).bytes
    for _ in range(count):
        document = {
            "project": "w-sharing",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "message": "[WS-API] Health check failed",
            "severity": "CRITICAL",
        }
        assert await poster.post(document) in (200, 202)
        await asyncio.sleep(PACE)
    poster.close()
    await _quiet(there)
    return (both_ways(there).bytes - before) / count


async def _at_rest(there: Place, seconds: float) -> float:
    """Wait, and return the bytes of a keepalive: a packet with its acknowledgement."""
    before = both_ways(there)
    await asyncio.sleep(seconds)
    await _quiet(there)
    passed = both_ways(there) - before
    return passed.bytes / (passed.packets / 2)


async def _quiet(there: Place) -> None:
    """Wait until nothing moves: acknowledgements come up to 40 ms late."""
    last = -1
    while (now := both_ways(there).bytes) != last:
        last = now
        await asyncio.sleep(0.5)
