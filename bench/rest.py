"""Clusters that have nothing to do: every packet of three replicas, and their memory.

Each runs in a network of its own, all at once, since they do next to nothing: three ways to find
each other with beats of 15 s, one with beats of 1 s, and Alertmanager. A day is the measured time
made longer, and what zeroconf asks once in 56 minutes (its records live 75) is added.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

from bench import alarms, name_server
from bench.alertmanager import Alertmanagers
from bench.cluster import SIZE, Cluster
from bench.figure import Figure
from bench.network import Network, Traffic, possible
from bench.poster import Poster
from bench.process import Process
from bench.setting import Setting
from bench.sink import Sink

DAY = 86_400.0
SETTLE = 330.0  # seconds until what starting causes is over; a channel keeps its connection for 300
MEASURE = 240.0  # seconds, a multiple of the beat
ZEROCONF_DAY = 25.6 * 566  # bytes; one round of questions is 566 B for all three
MB = 1e6
MEMORY = {"static": 50.0, "dns": 52.0, "zeroconf": 54.0}  # MiB


@dataclass(slots=True)
class Subject:
    """Some processes in a network that are left alone."""

    name: str
    network: Network
    processes: list[Process]
    beats: float = 0.0  # a second, on all links
    before: Traffic = field(default_factory=Traffic)
    took: Traffic = field(default_factory=Traffic)


async def measure(setting: Setting) -> list[Figure]:
    """Traffic and memory."""
    if not possible():
        return []
    async with AsyncExitStack() as stack:
        sink = await stack.enter_async_context(Sink("0.0.0.0"))
        port = sink.url.rpartition(":")[2]
        subjects = [
            await _agents(stack, setting, name, port, keys) for name, keys in _variants().items()
        ]
        if setting.compared:
            subjects.append(await _alertmanagers(stack, setting, port))
        await asyncio.sleep(setting.times(int(SETTLE), 2))
        began = time.monotonic()
        for subject in subjects:
            subject.before = subject.network.traffic()
        await asyncio.sleep(setting.times(int(MEASURE), 15))
        for subject in subjects:
            subject.took = subject.network.traffic() - subject.before
        seconds = time.monotonic() - began
        return [figure for subject in subjects for figure in _figures(subject, seconds)]


def _variants() -> dict[str, dict[str, Any]]:
    return {
        "static": {},
        "beats of 1 s": {"keepalive_interval": "1s"},
        "zeroconf": {"discovery": {"mode": "zeroconf"}},
        "dns": {"discovery": {"mode": "dns", "service": f"{name_server.NAME}:7443"}},
    }


async def _agents(
    stack: AsyncExitStack, setting: Setting, name: str, port: str, keys: dict[str, Any]
) -> Subject:
    network = stack.enter_context(Network(SIZE))
    if name == "dns":
        await stack.enter_async_context(name_server.serving(network))
    room = setting.room(f"rest-{name.replace(' ', '-')}")
    cluster = stack.enter_context(
        Cluster(
            room,
            setting.certificates,
            places=network.places,
            sink=f"http://{network.gateway}:{port}",
            **keys,
        )
    )
    await cluster.up()
    poster = Poster(cluster.replicas[0].http, "/v1/alarms")  # at rest, but it has worked
    assert await poster.post(alarms.document(name)) in (200, 202)
    poster.close()
    beat = 1.0 if "keepalive_interval" in keys else 15.0
    processes = [replica.running for replica in cluster.replicas]
    return Subject(name, network, processes, beats=(SIZE - 1) / beat)


async def _alertmanagers(stack: AsyncExitStack, setting: Setting, port: str) -> Subject:
    network = stack.enter_context(Network(SIZE))
    url = f"http://{network.gateway}:{port}"
    nodes = Alertmanagers(setting.room("rest-am"), url, network.places)
    stack.enter_context(nodes)
    nodes.start()
    return Subject("Alertmanager", network, [node.running for node in nodes.nodes])


def _figures(subject: Subject, seconds: float) -> list[Figure]:
    name, took = subject.name, subject.took
    memory = tuple(process.memory() for process in subject.processes)
    if name == "beats of 1 s":
        beats = subject.beats * seconds
        return [
            Figure("bytes a beat", (took.ip.bytes / beats,), "B", 142.0),
            Figure("packets a beat", (took.ip.packets / beats,), "packets", 2.0),
        ]
    daily = took.ip.bytes / seconds * DAY + (ZEROCONF_DAY if name == "zeroconf" else 0.0)
    arp = took.arp.bytes / seconds * DAY
    ours = name != "Alertmanager"
    return [
        Figure(
            f"idle traffic a day, {name}",
            (daily / MB,),
            "MB",
            1.7 if ours else None,
            note=f"and {arp / MB:.2f} MB of ARP within the network",
        ),
        Figure(f"memory at rest, {name}", memory, "MiB", MEMORY.get(name)),
    ]
