"""What folding costs: time for one alarm, memory for many. Prints JSON.

Entries are made from bytes as a replica gets them, so that nothing is shared beforehand.
"""

from __future__ import annotations

import gc
import json
import random
import sys
import time
from pathlib import Path
from statistics import median

from alarminati.core.alarms import AlarmBook
from alarminati.core.entries import Alarm, Body, Entry, Severity
from alarminati.core.outbox import Outbox
from alarminati.core.routing import Matcher, Route, Router
from alarminati.core.sending import Limits, Verdict
from alarminati.wire import codec


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

    def entry(self, body: Body) -> Entry:
        """A body as it comes off the wire."""
        self.sequence += 1
        raw = codec.encode(body)
        stamp = int(1_760_000_000_000 + self.now * 1000) << 16 | self.sequence & 0xFFFF
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
            for notice in self.outbox.plan(self.now):
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
        severity=Severity(1 + number % 4),
        timestamp=1_760_000_000_000 + number,
        labels=(
            ("alertname", "PodNotReady"),
            ("namespace", "w-sharing-prod"),
            ("pod", f"ws-api-{number:06d}"),
            ("service", "ws-api"),
        ),
        project="w-sharing",
        source="alertmanager",
    )


def timing(count: int) -> dict[str, float]:
    """Microseconds for one alarm: reported, routed, told alone, and resolved."""
    branches = tuple(Route(("ops",), (Matcher("pod", "=~", f"x{n}.*"),)) for n in range(5))
    tree = Route(("ops",), routes=branches)
    figures: dict[str, list[float]] = {"fold": [], "fold_tree": [], "rest": [], "repeat": []}
    for _ in range(5):
        for name, route in (("fold", Route(("ops",))), ("fold_tree", tree)):
            bench = Bench(Limits(rate=1e6, burst=1_000_000), route)
            bench.outbox.lead(0.0)
            figures[name].append(bench.time(count))
        figures["repeat"].append(bench.time(count))
        figures["rest"].append(Bench(Limits(), Route(("ops",))).time(count))
    return {f"{name}_us": round(median(times), 2) for name, times in figures.items()}


def memory(count: int, limits: Limits) -> dict[str, float]:
    """Bytes for one open alarm, before and after it was told, and how long taking over takes."""
    gc.collect()
    bench = Bench(limits, Route(("ops",)))
    before = rss()
    for number in range(count):
        bench.fold(bench.entry(alarm(number)))
    gc.collect()
    folded = rss() - before
    began = time.process_time()
    bench.outbox.lead(0.0)
    lead = time.process_time() - began
    sends = bench.settle()
    gc.collect()
    told = rss() - before
    began = time.process_time()
    bench.outbox.rest(bench.now)
    bench.outbox.lead(bench.now)
    again = time.process_time() - began
    return {
        "alarms": count,
        "folded_mb": round(folded / 1e6, 1),
        "told_mb": round(told / 1e6, 1),
        "sends": sends,
        "lead_untold_ms": round(lead * 1000, 1),
        "lead_told_ms": round(again * 1000, 1),
        "alive_ids": len(set(bench.outbox.alive_ids())),
    }


def main() -> None:
    """Run one part: `timing`, or `digests` or `singles` with a number of alarms."""
    part = sys.argv[1] if len(sys.argv) > 1 else "timing"
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 20_000
    if part == "timing":
        print(json.dumps(timing(count)))
        return
    storm = Limits(rate=100.0, burst=200, max_items=500)
    limits = storm if part == "digests" else Limits(rate=1e6, burst=1_000_000)
    print(json.dumps({"limits": part, **memory(count, limits)}))


if __name__ == "__main__":
    main()
