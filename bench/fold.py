"""What folding costs: time for one alarm, memory for many.

Entries are made from bytes as a replica gets them, so that nothing is shared beforehand.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import sys
import time
from asyncio.subprocess import PIPE
from pathlib import Path

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import Alarm, Body, Entry, Severity
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.routes import Route, Router
from alarminati.wire import codec
from bench.figure import Figure
from bench.process import ROOT
from bench.setting import Setting

WALL = 1_760_000_000_000  # milliseconds since 1970, when it begins


def rss() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


class Bench:
    """A book and an outbox fed as a single replica feeds them."""

    def __init__(self, limits: Limits, route: Route) -> None:
        self.book = AlarmBook()
        channels = dict.fromkeys(route.channels, limits)
        self.outbox = Outbox(
            self.book, Router(route), channels, random.Random(1), "a1", "w-sharing"
        )
        self.sequence = 0
        self.now = 0.0

    @property
    def wall(self) -> int:
        """Milliseconds since 1970."""
        return WALL + int(self.now * 1000)

    def entry(self, body: Body) -> Entry:
        """A body as it comes off the wire."""
        self.sequence += 1
        raw = codec.encode(body)
        stamp = self.wall << 16 | self.sequence & 0xFFFF
        return codec.decode("k3v9x1ab", self.sequence, stamp, raw)

    def fold(self, entry: Entry) -> None:
        self.book.apply(entry)
        self.outbox.apply(entry, self.now)

    def time(self, count: int) -> float:
        """Microseconds to fold one of `count` alarms, which come in batches."""
        took = 0.0
        for first in range(0, count, 500):
            entries = [self.entry(alarm(first + n)) for n in range(500)]
            began = time.process_time()
            for entry in entries:
                self.fold(entry)
            took += time.process_time() - began
        return took / count * 1e6

    def settle(self) -> int:
        """Plan and send until nothing is left; how many sends."""
        sends = 0
        while True:
            for notice in self.outbox.plan(self.now, self.wall):
                self.fold(self.entry(notice))
            for attempt in self.outbox.attempts(self.now):
                sends += 1
                outcome = self.outbox.finished(self.now + 0.005, attempt, Verdict.delivered())
                self.fold(self.entry(outcome))
            due = self.outbox.next_due(self.now)
            if due is None:
                return sends
            self.now = max(self.now + 0.005, due)


def alarm(number: int) -> Alarm:
    """One of many pods in trouble."""
    return Alarm(
        message=f"[WS-API] Pod ws-api-{number:06d} is not ready for 5 minutes",
        severity=Severity(50 - 10 * (number % 4)),
        timestamp=WALL + number,
        labels=(
            ("alertname", "PodNotReady"),
            ("namespace", "w-sharing-prod"),
            ("pod", f"ws-api-{number:06d}"),
            ("service", "ws-api"),
        ),
        project="w-sharing",
        source="alertmanager",
    )


def timing(count: int, rounds: int) -> dict[str, list[float]]:
    """Microseconds for one alarm, by what is done with it."""
    branches = tuple(Route(("ops",), (Matcher("pod", "=~", f"x{n}.*"),)) for n in range(5))
    tree = Route(("ops",), routes=branches)
    took: dict[str, list[float]] = {
        "on the master": [],
        "on the master, five exceptions in the route": [],
        "reported again": [],
        "on a standby": [],
    }
    on_master, with_tree, again, on_standby = took.values()
    for _ in range(rounds):
        for times, route in ((on_master, Route(("ops",))), (with_tree, tree)):
            bench = Bench(Limits(rate=1e6, burst=1_000_000), route)
            bench.outbox.lead(0.0, WALL)
            times.append(bench.time(count))
        again.append(bench.time(count))
        on_standby.append(Bench(Limits(), Route(("ops",))).time(count))
    return took


def memory(count: int, limits: Limits) -> tuple[float, float]:
    """Bytes for one open alarm, before and after it was told."""
    gc.collect()
    bench = Bench(limits, Route(("ops",)))
    before = rss()
    for number in range(count):
        bench.fold(bench.entry(alarm(number)))
    gc.collect()
    folded = rss() - before
    bench.outbox.lead(0.0, WALL)
    bench.settle()
    gc.collect()
    return folded / count, (rss() - before) / count


async def measure(setting: Setting) -> list[Figure]:
    """Time in this process; memory in one of its own, which starts small."""
    took = timing(setting.times(20_000, 2_000), setting.times(5, 1))
    figures = [Figure(f"fold an alarm {name}", tuple(each), "µs") for name, each in took.items()]
    command = (sys.executable, "-m", "bench.fold", str(setting.times(20_000, 2_000)))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE)
    out, _ = await process.communicate()
    folded, told = json.loads(out)
    return [
        *figures,
        Figure("memory of an open alarm, untold", (folded,), "B"),
        Figure("memory of an open alarm, told in digests", (told,), "B"),
    ]


if __name__ == "__main__":
    print(json.dumps(memory(int(sys.argv[1]), Limits(rate=100.0, burst=200, max_items=500))))
