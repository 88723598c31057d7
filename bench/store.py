"""What the journal on disk costs: rows a second, time to an acknowledgement, starting. Prints JSON.

Figures are of the disk that holds the folder (first argument; by default a temporary folder in the
working directory, for /tmp may be memory). `raw_fsync_ms` is what one fsync of 4 KiB takes there.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from alarminati.agent.store import Store
from alarminati.agent.store.retention import truncate
from alarminati.core.model.entries import Alarm, Entry, Severity
from alarminati.wire import codec

SECONDS = 1.0
ROUNDS = 3
STORED = 100_000
ALARM = Alarm("[WS-API] Health check failed", Severity.CRITICAL, 1_758_166_920_000, source="grpc")
RAW = codec.encode(ALARM)


def entry(store: Store, sequence: int) -> Entry:
    """The design's example."""
    stamp = (ALARM.timestamp + sequence) << 16
    return Entry(store.origin, sequence, stamp, ALARM, RAW)


def quantile(times: list[float], share: float) -> float:
    """Milliseconds."""
    return round(sorted(times)[int(len(times) * share)] * 1000, 3)


async def waiting(store: Store, waiters: int) -> dict[str, float]:
    """So many hand in one entry at a time and wait until it is on disk."""
    times: list[float] = []
    last = store.cursor().get(store.origin, 0)
    end = time.perf_counter() + SECONDS

    async def wait() -> None:
        nonlocal last
        while (began := time.perf_counter()) < end:
            last += 1
            await store.append((entry(store, last),))
            times.append(time.perf_counter() - began)

    began = time.perf_counter()
    await asyncio.gather(*(wait() for _ in range(waiters)))
    rows = len(times) / (time.perf_counter() - began)
    return {"rows_s": rows, "p50_ms": quantile(times, 0.5), "p99_ms": quantile(times, 0.99)}


async def busy(store: Store) -> dict[str, float]:
    """One waits while the event loop computes four fifths of the time, as under load."""
    going = True

    async def compute() -> None:
        while going:
            end = time.perf_counter() + 0.0008
            while time.perf_counter() < end:
                pass
            await asyncio.sleep(0.0002)

    task = asyncio.create_task(compute())
    figures = await waiting(store, 1)
    going = False
    await task
    return figures


def fsync(folder: Path) -> float:
    """Milliseconds."""
    times = []
    handle = os.open(folder / "fsync", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for _ in range(200):
        os.write(handle, bytes(4096))
        began = time.perf_counter()
        os.fsync(handle)
        times.append(time.perf_counter() - began)
    os.close(handle)
    return quantile(times, 0.5)


async def writing(folder: Path) -> dict[str, float]:
    """Medians over some rounds."""
    figures: dict[str, list[float]] = {}
    for number in range(ROUNDS):
        store = Store.open(folder / f"writing-{number}")
        for waiters in (1, 10, 100, 1000):
            for name, value in (await waiting(store, waiters)).items():
                figures.setdefault(f"waiters_{waiters}_{name}", []).append(value)
        for name, value in (await busy(store)).items():
            figures.setdefault(f"busy_loop_{name}", []).append(value)
        await store.close()
    return {name: round(median(values), 3) for name, values in figures.items()}


async def starting(folder: Path) -> dict[str, float]:
    """Opening, folding and cutting a journal of 100,000 entries."""
    store = Store.open(folder / "starting")
    for first in range(1, STORED, 1000):
        await store.append([entry(store, n) for n in range(first, first + 1000)])
    await store.close()
    figures: dict[str, float] = {
        "bytes_per_entry": round(folder_size(folder / "starting") / STORED, 1)
    }
    began = time.perf_counter()
    store = Store.open(folder / "starting")
    figures["open_s"] = time.perf_counter() - began
    began = time.perf_counter()
    assert sum(len(chunk) for chunk in store.load()) == STORED
    figures["load_s"] = time.perf_counter() - began
    began = time.perf_counter()
    await truncate(store, keep_after=0, max_entries=1000, alive=lambda id: False)
    figures["truncate_s"] = time.perf_counter() - began
    await store.close()
    return {name: round(value, 3) for name, value in figures.items()}


def folder_size(folder: Path) -> int:
    """Bytes."""
    return sum(path.stat().st_size for path in folder.iterdir())


async def run(folder: Path) -> dict[str, float]:
    """Everything."""
    return {"raw_fsync_ms": fsync(folder), **await writing(folder), **await starting(folder)}


def main() -> None:
    """Run in a folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else ".") as folder:
        print(json.dumps(asyncio.run(run(Path(folder)))))


if __name__ == "__main__":
    main()
