"""Latency under other conditions: 1 to 7 replicas, a slow disk, a new TLS connection each time.

As in `latency`, one alarm at a time. A slow disk is this one with a wait before each fsync; it is
left out where there is no C compiler. A new TLS connection is what an alarm pays that comes an hour
after the one before.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from typing import Any

from bench import alarms
from bench.cluster import SIZE, Certificates, Cluster
from bench.figure import Figure, percentile
from bench.latency import report_each
from bench.poster import Poster
from bench.process import HERE
from bench.setting import Setting
from bench.sink import Sink
from tests.laboratory.machine import Machine, build
from tests.vendors.certificates import server_tls

SIZES = (1, 2, 3, 5, 7)  # replicas
SLOW_FSYNC = 3.0  # milliseconds more
SLOW_GOAL = 5.5  # milliseconds, p50


async def measure(setting: Setting) -> list[Figure]:
    """All three."""
    return [*await _sizes(setting), *await _slow(setting), *await _new_connections(setting)]


async def _sizes(setting: Setting) -> list[Figure]:
    largest = max(SIZES)
    certificates = Certificates(setting.room("seven-replicas") / "tls", largest)
    figures = []
    for size in (1, 3) if setting.quick else SIZES:
        runs = await _runs(setting, f"size-{size}", certificates, size)
        figures.append(_p50(f"HTTP report -> webhook, {size} replicas, p50", runs))
    return figures


async def _slow(setting: Setting) -> list[Figure]:
    if shutil.which("cc") is None:
        print("no C compiler: nothing is measured on a slow disk", file=sys.stderr)
        return []
    folder = setting.room("slow-disk")
    machine = Machine(build(folder), folder / "machine", fsync_delay=SLOW_FSYNC / 1000)
    runs = await _runs(setting, "slow", setting.certificates, SIZE, machine.variables)
    what = f"HTTP report -> webhook, fsyncs {SLOW_FSYNC:g} ms slower, p50"
    return [_p50(what, runs, SLOW_GOAL)]


async def _new_connections(setting: Setting) -> list[Figure]:
    """Kept TLS connections and new ones, in turns on two clusters."""
    folder = setting.room("sink-tls")
    tls = server_tls(folder)
    authority = (folder / "ca.crt").read_text()
    figures = []
    for name, keep in (("a kept", True), ("a new", False)):
        async with Sink(tls=tls, keep=keep) as sink:
            channel = {"name": "ops", "type": "webhook", "url": sink.url, "ca": authority}
            room = setting.room(f"tls-{name.split()[1]}")
            with Cluster(room, setting.certificates, channels=[channel]) as cluster:
                await cluster.up()
                runs = await _report(setting, cluster, sink)
        what = f"HTTP report -> webhook over {name} TLS connection, p50"
        figures.append(_p50(what, runs))
    return figures


async def _runs(
    setting: Setting,
    name: str,
    certificates: Certificates,
    size: int,
    variables: dict[str, str] | None = None,
) -> list[list[float]]:
    async with Sink() as sink:
        keys: dict[str, Any] = {"places": (HERE,) * size, "sink": sink.url}
        room = setting.room(name)
        with Cluster(room, certificates, variables=variables, **keys) as cluster:
            await cluster.up()
            return await _report(setting, cluster, sink)


async def _report(setting: Setting, cluster: Cluster, sink: Sink) -> list[list[float]]:
    poster = Poster(cluster.master.http, "/v1/alarms")
    rounds = range(setting.times(3, 1))
    runs = [await report_each(setting, poster, sink, alarms.document) for _ in rounds]
    poster.close()
    return runs


def _p50(what: str, runs: Sequence[Sequence[float]], goal: float | None = None) -> Figure:
    return Figure(what, tuple(percentile(run, 0.5) for run in runs), "ms", goal)
