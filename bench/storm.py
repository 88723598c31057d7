"""100,000 alarms in a minute over five channels whose vendors hold us to their limits.

A webhook and four chats (Slack, Discord, Telegram, Google Chat), each behind a fake vendor that
refuses what its documentation refuses, by form and by pace. Every alarm must be told on each: in a
message, or counted by group in a digest. Then: one channel in trouble, and what others feel of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from alarminati.v1 import alarm_service_pb2 as rpc
from bench import alarms
from bench.cluster import Cluster
from bench.figure import Figure, percentile
from bench.grpc_client import Batches, channel
from bench.poster import Poster
from bench.process import until
from bench.setting import Setting
from bench.sink import Sink
from tests.storm.chats import Chat, chats, opened
from tests.vendors.faults import FAULTS, trouble

ALARMS = 100_000
SECONDS = 60.0
BATCH = 100
AHEAD = 64  # batches without an answer
DRAIN = 900.0  # seconds for the slowest chat
PACE = 0.02  # seconds between two alarms while one channel is in trouble
ROUNDS = 3  # for each trouble
WARM, REPORTS = 30, 300  # alarms that do not count, and that do, in one round
WELL = 4  # channels beside the one in trouble
MEMORY = 150e6 / 2**20  # MiB


async def measure(setting: Setting) -> list[Figure]:
    """The storm, then each trouble."""
    return [*await _storm(setting), *await _troubles(setting)]


# The storm


async def _storm(setting: Setting) -> list[Figure]:
    count, seconds = setting.times(ALARMS, 2_000), float(setting.times(int(SECONDS), 2))
    all_ = chats()
    async with Sink() as sink, opened(all_) as configured:
        channels = [{"name": "ops", "type": "webhook", "url": sink.url}, *configured]
        with Cluster(setting.room("storm"), setting.certificates, channels=channels) as cluster:
            await cluster.up()
            master, standby = cluster.master.running, cluster.standbys[0].running
            before = master.memory()
            began = time.monotonic()
            async with channel(cluster.master.grpc, setting.certificates.operator) as warm:
                await _Paced(_batches(count), seconds).send(warm)
            took = time.monotonic() - began
            await until(lambda: _told(sink) >= count, "the webhook got all", DRAIN)
            drained = {"webhook": sink.bodies[-1][0] - began}
            drained |= await _drain(all_, count, began)
            most, other = master.memory("VmHWM"), standby.memory("VmHWM")
            after = master.memory()
    _check(sink, all_, count)
    what = f"{count:,} distinct alarms in {seconds:g} s over five channels"
    return [
        Figure(f"{what}: most memory of the master", (most,), "MiB", MEMORY),
        Figure("the same, a standby", (other,), "MiB", MEMORY),
        Figure("the same, the master before", (before,), "MiB"),
        Figure("the same, the master afterwards, all still firing", (after,), "MiB"),
        Figure("the same, until the last was acknowledged", (took,), "s"),
        Figure("the same, sent faster than a vendor allows", (_too_fast(all_),), "messages", 0.5),
        *(
            Figure(f"the same, until {name} had all", (seconds_,), "s", note=_note(all_, name))
            for name, seconds_ in drained.items()
        ),
    ]


class _Paced(Batches):
    """Batches spread over so many seconds."""

    def __init__(self, batches: list[rpc.ReportStreamRequest], seconds: float) -> None:
        super().__init__(batches, AHEAD)
        self._pause = seconds / len(batches)

    async def _requests(self) -> AsyncIterator[rpc.ReportStreamRequest]:
        due = time.monotonic()
        async for batch in super()._requests():
            yield batch
            due += self._pause
            await asyncio.sleep(max(0.0, due - time.monotonic()))


def _batches(count: int) -> list[rpc.ReportStreamRequest]:
    wall = time.time_ns() // 1_000_000
    made = []
    for first in range(0, count, BATCH):
        batch = rpc.ReportStreamRequest()
        for number in range(first, min(first + BATCH, count)):
            alarm = alarms.alarm(number, wall, labels=True)
            alarm.message = f"t{number:06d} {alarm.message}"
            batch.alarms.append(alarm)
        made.append(batch)
    return made


async def _drain(all_: list[Chat], count: int, began: float) -> dict[str, float]:
    """When each chat had every alarm."""
    done: dict[str, float] = {}
    end = time.monotonic() + DRAIN
    while len(done) < len(all_) and time.monotonic() < end:
        for chat in all_:
            if chat.name not in done and chat.look() >= count:
                done[chat.name] = time.monotonic() - began
        await asyncio.sleep(0.2)
    missing = {chat.name: count - chat.look() for chat in all_ if chat.name not in done}
    assert not missing, f"not told within {DRAIN:g} s: {missing}"
    return done


def _told(sink: Sink) -> int:
    return sum(body.count(b'"fingerprint"') for _, body in sink.bodies)


def _too_fast(all_: list[Chat]) -> int:
    return sum(chat.paced.too_fast for chat in all_)


def _note(all_: list[Chat], name: str) -> str:
    chat = next((chat for chat in all_ if chat.name == name), None)
    if chat is None:
        return "each listed"
    return f"{chat.messages} messages, {len(chat.told):,} listed, {chat.counted:,} counted"


def _check(sink: Sink, all_: list[Chat], count: int) -> None:
    told = [alarm["id"] for _, body in sink.bodies for alarm in json.loads(body)["alarms"]]
    assert len(told) == len(set(told)) == count, "the webhook got every alarm once"
    for chat in all_:
        assert chat.look() == count, f"{chat.name}: {chat.look()} told of {count}"
        assert not chat.unnamed, f"{chat.name}: {chat.unnamed} counted under no group"


# One channel in trouble


async def _troubles(setting: Setting) -> list[Figure]:
    calm: list[float] = []
    figures = []
    for kind in FAULTS:
        pairs = [await _pair(setting, kind, n) for n in range(setting.times(ROUNDS, 1))]
        calm += [well for well, _ in pairs]
        what = f"webhooks, while another channel {kind}, p99 to that of all well"
        note = f"{median(ill for _, ill in pairs):.1f} ms"
        factors = tuple(ill / well for well, ill in pairs)
        figures.append(Figure(what, factors, "x", 1.5, note=note))
    return [Figure("webhooks, all channels well, p99", tuple(calm), "ms"), *figures]


async def _pair(setting: Setting, kind: str, round_: int) -> tuple[float, float]:
    """The p99 over `WELL` channels, milliseconds: all well, and one more that is `kind`.

    Two clusters get their alarms in turns, so that whatever else the machine does meets both.
    """
    room = setting.room(f"trouble-{kind.replace(' ', '-')}-{round_}")
    async with contextlib.AsyncExitStack() as stack:
        well = await _side(stack, setting, room / "well", "")
        ill = await _side(stack, setting, room / "ill", kind)
        for number in range(setting.times(WARM, 5) + setting.times(REPORTS, 20)):
            for side in (well, ill):
                await side.report(counts=number >= setting.times(WARM, 5))
                await asyncio.sleep(PACE)
        return percentile(well.took, 0.99), percentile(ill.took, 0.99)


@dataclass(slots=True)
class _Side:
    """One cluster, the receivers of the channels that are well, and how long those waited."""

    poster: Poster
    sinks: list[Sink]
    took: list[float] = field(default_factory=list)  # milliseconds from report to webhook

    async def report(self, *, counts: bool) -> None:
        """One alarm; returns when it was told on each."""
        mark = f"m{time.monotonic_ns()}x"
        came = [sink.expect(mark.encode()) for sink in self.sinks]
        began = time.monotonic()
        assert await self.poster.post(alarms.document(mark)) == 200
        moments = await asyncio.wait_for(asyncio.gather(*came), 10)
        if counts:
            self.took += [(moment - began) * 1000 for moment in moments]


async def _side(stack: contextlib.AsyncExitStack, setting: Setting, room: Path, kind: str) -> _Side:
    """A cluster that is up until the stack is closed."""
    sinks = [await stack.enter_async_context(Sink()) for _ in range(WELL)]
    fifth = (await stack.enter_async_context(Sink())).url
    if kind:
        fifth, _ = await stack.enter_async_context(trouble(kind, room / "tls"))
    urls = [*(sink.url for sink in sinks), fifth]
    channels: list[dict[str, Any]] = [
        {"name": f"c{n}", "type": "webhook", "url": url} for n, url in enumerate(urls)
    ]
    cluster = stack.enter_context(Cluster(room, setting.certificates, channels=channels))
    await cluster.up()
    poster = Poster(cluster.master.http, "/v1/alarms")
    stack.callback(poster.close)
    return _Side(poster, sinks)
