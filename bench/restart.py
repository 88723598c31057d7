"""How soon an agent with a long journal is ready, and may deliver, after a restart.

The journal is made here: alarms that fired, were told of on one channel, and are over, but for one
in a hundred. They spread over a month, as at a user's who keeps that many; retention is raised to
let them be.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alarminati.agent.store import Store
from alarminati.agent.store.checkpoints import make
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import USUAL
from alarminati.core.delivery.attempts import Limits
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.journal.alive import AliveEntries
from alarminati.core.journal.checkpoint import CheckpointMaker
from alarminati.core.model.entries import (
    Alarm,
    Body,
    DeliveryAttempt,
    Entry,
    Notification,
    NotificationItem,
    Result,
    Severity,
)
from alarminati.core.routing.routes import Route, Router
from alarminati.wire import codec
from bench import alarms
from bench.cluster import Cluster
from bench.figure import Figure
from bench.poster import Poster
from bench.process import HERE, until
from bench.setting import Setting
from bench.sink import Sink

MONTH = 30 * 86_400_000  # milliseconds
PER_ALARM = 6  # entries: two reports, two notices, two outcomes
FIRING = 100  # one alarm of so many still fires
LENGTHS = {200_000: (1.2, 68.0), 600_000: (1.5, None), 2_000_000: (2.5, None)}
"""Entries: seconds until it may deliver, and MiB of memory then."""


async def measure(setting: Setting) -> list[Figure]:
    """Restarts by length of the journal, with a checkpoint and without one."""
    figures: list[Figure] = []
    for length, (seconds, memory) in LENGTHS.items():
        if setting.quick and length > min(LENGTHS):
            continue
        entries = length if not setting.quick else length // 10
        figures += await _restarts(setting, entries, seconds, memory)
    return figures


async def _restarts(
    setting: Setting, entries: int, seconds: float, memory: float | None
) -> list[Figure]:
    keys: dict[str, Any] = {"retention": {"max_entries": 10_000_000, "max_age": "400d"}}
    async with Sink() as sink:
        room = setting.room(f"restart-{entries}")
        cluster = Cluster(room, setting.certificates, places=[HERE], sink=sink.url, **keys)
        await _journal(cluster.replicas[0].folder / "data", entries)
        with cluster:
            runs = [await _restart(cluster, sink, n) for n in range(setting.times(3, 1))]
    what = f"restart with {entries:,} entries:"
    return [
        Figure(f"{what} ready", tuple(ready for ready, _, _ in runs), "s"),
        Figure(f"{what} first delivery", tuple(told for _, told, _ in runs), "s", seconds),
        Figure(f"{what} memory", tuple(rss for *_, rss in runs), "MiB", memory),
    ]


async def _restart(cluster: Cluster, sink: Sink, number: int) -> tuple[float, float, float]:
    """Seconds until ready and until the first webhook, and MiB of memory."""
    came = sink.expect(b"restarted-%d" % number)
    cluster.start()
    replica = cluster.replicas[0]
    await until(replica.ready, "it is ready", 120)
    ready = time.monotonic() - replica.running.started
    poster = Poster(replica.http, "/v1/alarms")
    assert await poster.post(alarms.document(f"restarted-{number}")) in (200, 202)
    told = await asyncio.wait_for(came, 300) - replica.running.started
    poster.close()
    memory = replica.running.memory()
    replica.stop()
    return ready, told, memory


async def _journal(folder: Path, length: int) -> None:
    """Write a journal, and the checkpoint that an agent would have written."""
    store = Store.open(folder)
    book = AlarmBook()
    limits = {"ops": Limits(rate=100.0, burst=100)}
    outbox = Outbox(book, Router(Route(("ops",))), limits, random.Random(1), "a1", "w-sharing")
    batch: list[Entry] = []
    for entry in _entries(store.origin, length):
        batch.append(entry)
        book.apply(entry)
        outbox.apply(entry, 0.0)
        if len(batch) == 3000:
            await store.append(batch)
            batch = []
    if batch:
        await store.append(batch)
    horizon = outbox.horizon
    parts = (*outbox.alive_parts(), *outbox.recent.parts(horizon))
    alive = AliveEntries(iter(parts), outbox.ledger)
    while alive.gather():
        pass
    last = store.position - USUAL.fresh
    channels = (outbox.recent.used, outbox.recent.configured)
    made = await make(store.headers, CheckpointMaker(horizon, last, *channels, alive.__contains__))
    if made is not None:
        await store.note_checkpoint(made)
    await store.close()


def _entries(origin: str, length: int) -> Iterator[Entry]:
    """Alarms one after the other, until a second ago."""
    count = length // PER_ALARM
    begin = time.time_ns() // 1_000_000 - MONTH - 1000
    sequence = 0

    def entry(moment: float, body: Body) -> Entry:
        nonlocal sequence
        sequence += 1
        stamp = round(moment) << 16 | sequence & 0xFFFF
        return Entry(origin, sequence, stamp, body, codec.encode(body))

    for number in range(count):
        at = begin + number * MONTH / count
        labels = (("host", f"node-{number % 50}"), ("namespace", "shop"))
        for resolved in (False, True)[: 1 if number % FIRING == 0 else 2]:
            moment = at + resolved * 30
            report = entry(moment, Alarm(f"disk {number} is full", Severity.ERROR, round(moment),
                                         resolved, labels, source="http"))  # fmt: skip
            yield report
            item = NotificationItem(report.id, _print(report.body), resolved)
            notice = entry(moment + 2, Notification("ops", (item,), f"{number}-{resolved}"))
            yield notice
            yield entry(moment + 4, DeliveryAttempt(notice.id, Result.DELIVERED, 1, "a1", 3))


def _print(body: Body | None) -> str:
    assert isinstance(body, Alarm)
    return body.fingerprint()
