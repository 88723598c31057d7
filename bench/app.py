"""The app on a person's PC with 100,000 alarms of three clusters, and a storm of 100,000 more.

Opened by the command line as people open it, over one real agent that three profiles lead to. Rows
are read as the page reads them: an event, then a window of the list.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import re
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, Final

from alarminati.client.history import authority_of
from alarminati.client.profile import Profiles
from alarminati.ui.offline import opened
from alarminati.ui.server.serving import DIST
from alarminati.ui.store.listing import Listing, Query
from alarminati.wire.credentials import Tls
from bench import alarms
from bench.app_store import CLUSTERS, fill
from bench.cluster import Cluster
from bench.figure import Figure, percentile
from bench.grpc_client import Batches, channel
from bench.ingest import AHEAD, BATCH, batches
from bench.poster import Poster
from bench.process import ALARMINATI, HERE, Process, until
from bench.setting import Setting

KEPT: Final = 100_000
STORM: Final = 100_000
STORM_SECONDS: Final = 60.0
IDLE: Final = 60.0  # seconds
COMMITS: Final = 40
READS: Final = 30
_ADDRESS: Final = re.compile(r"http://alarminati\.localhost:(\d+)/\?token=(\S+)")


async def measure(setting: Setting) -> list[Figure]:
    """Lists, the start, rest, single alarms, then the storm."""
    kept = setting.times(KEPT, 3_000)
    room = setting.room("app")
    with Cluster(room / "cluster", setting.certificates, places=[HERE]) as cluster:
        await cluster.up()
        ca = Tls.load(setting.certificates.operator).ca
        profiles = Profiles(room / "config" / "alarminati")
        for name in CLUSTERS:
            folder = profiles.folder(f"w-sharing.{name}")
            shutil.copytree(setting.certificates.operator, folder)
            agents = [cluster.replicas[0].grpc]
            profiles.keep(folder.name, agents=agents, project="w-sharing", cluster=name)
        fill(room / "data", kept, authority_of(ca))
        figures = _lists(setting, room, kept) + _page_sizes()
        starts = []
        for number in range(setting.times(5, 1)):
            async with _app(room, number) as page:
                starts.append(page.first_row)
        figures.append(
            Figure(f"command to the first row, {kept:,} alarms", tuple(starts), "s", 0.5)
        )
        async with _app(room, 99) as page:
            return figures + await _live(setting, page, cluster)


def _lists(setting: Setting, room: Path, kept: int) -> list[Figure]:
    """Windows of the list as the server makes them, in this process."""
    profiles = Profiles(room / "config" / "alarminati")
    found = []
    with opened(room / "data", profiles) as app:
        for what, query, goal in (
            ("a window of the list", Query(), 20.0),
            ("a window of all alarms", Query(tab="all"), 20.0),
            ("a search for two syllables", Query(tab="all", q="결제"), 100.0),
            ("all alarms by a label", Query(tab="firing", group=("alertname",)), None),
        ):
            took = []
            for _ in range(setting.times(READS, 3)):
                began = time.perf_counter()
                answer = app.listing(partial(Listing.answer, query=query))
                took.append((time.perf_counter() - began) * 1000)
                assert answer.total
            found.append(Figure(f"{what}, {kept:,} alarms", tuple(took), "ms", goal))
    return found


def _page_sizes() -> list[Figure]:
    """Bytes of the page as they are compressed."""
    html = (DIST / "index.html").read_text()
    sizes = {
        path.name: len(gzip.compress(path.read_bytes(), 9)) / 1000
        for path in (DIST / "assets").iterdir()
    }
    first = sum(size for name, size in sizes.items() if name in html)
    return [
        Figure("the page, first load, gzip", (first,), "kB", 100.0),
        Figure("the page, all of it, gzip", (sum(sizes.values()),), "kB", 200.0),
    ]


class Page:
    """The app's process, asked as its page asks."""

    def __init__(self, process: Process, port: int, cookie: str, first_row: float) -> None:
        self.process = process
        self.first_row = first_row
        self._port = port
        self._cookie = cookie

    async def get(self, path: str) -> Any:
        """Return the answer of a call."""
        return json.loads(await _get(self._port, path, self._cookie))

    async def events(self) -> AsyncGenerator[str]:
        """Yield the names of events as they come."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            writer.write(_request(self._port, "/api/events", self._cookie))
            while line := await reader.readline():
                if line.startswith(b"event: "):
                    yield line[7:].decode().strip()
        finally:
            writer.close()

    def processor(self) -> float:
        """Return the seconds of processor time so far."""
        stat = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(stat[11]) + int(stat[12])) / 100


def _request(port: int, path: str, cookie: str) -> bytes:
    head = f"GET {path} HTTP/1.1\r\nHost: alarminati.localhost:{port}\r\nConnection: close\r\n"
    return f"{head}Cookie: {cookie}\r\n\r\n".encode()


async def _raw(port: int, path: str, cookie: str) -> tuple[str, bytes]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(_request(port, path, cookie))
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    return head.decode(), body


async def _get(port: int, path: str, cookie: str) -> bytes:
    head, body = await _raw(port, path, cookie)
    assert " 200 " in head.split("\r\n")[0], head
    return body


@asynccontextmanager
async def _app(room: Path, number: int) -> AsyncIterator[Page]:
    """Start the app, and read the first rows as soon as its address is there."""
    log = room / f"app-{number}.log"
    variables = {"XDG_CONFIG_HOME": str(room / "config")}
    command = (*ALARMINATI, "ui", "--no-browser", "--data", str(room / "data"))
    process = Process(command, log, HERE, variables)
    try:
        await until(lambda: _ADDRESS.search(log.read_text()) is not None, "the app is open")
        found = _ADDRESS.search(log.read_text())
        assert found is not None
        port = int(found[1])
        head, _ = await _raw(port, f"/?token={found[2]}", "")
        cookie = re.search(r"set-cookie: ([^;]+)", head, re.IGNORECASE)
        assert cookie is not None, head
        rows = json.loads(await _get(port, "/api/alarms", cookie[1]))["rows"]
        took = time.monotonic() - process.started
        assert rows
        yield Page(process, port, cookie[1], took)
    finally:
        process.stop()


async def _live(setting: Setting, page: Page, cluster: Cluster) -> list[Figure]:
    events = page.events()
    while {each["state"] for each in (await page.get("/api/summary"))["clusters"]} != {"live"}:
        await anext(events)
    await events.aclose()
    await asyncio.sleep(setting.times(10, 1))
    memory = page.process.memory("VmRSS")
    began, before = time.monotonic(), page.processor()
    await asyncio.sleep(setting.times(int(IDLE), 2))
    share = (page.processor() - before) / (time.monotonic() - began) * 100
    commits = await _commits(setting, page, cluster)
    return [
        Figure("the app with three clusters, resident", (memory,), "MiB", 80.0),
        Figure("the app at rest, of one processor", (share,), "%", 0.5),
        Figure("commit to row, p95", (percentile(commits, 0.95),), "ms", 250.0),
        Figure("commit to row, p50", (percentile(commits, 0.5),), "ms"),
        *await _storm(setting, page, cluster),
    ]


async def _commits(setting: Setting, page: Page, cluster: Cluster) -> list[float]:
    """Milliseconds from the answer to a report until a window of the list has the alarm."""
    poster, took = Poster(cluster.replicas[0].http, "/v1/alarms"), []
    events = page.events()
    await anext(events)  # hello
    for number in range(setting.times(COMMITS, 3)):
        mark = f"commit-{number}"
        status = await poster.post(alarms.document(mark))
        assert status in (200, 202), status
        began = time.monotonic()
        while True:
            async with asyncio.timeout(20):
                await anext(events)
            if mark in json.dumps(await page.get("/api/alarms?limit=100&order=time")):
                break
        took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(0.3)
    poster.close()
    await events.aclose()
    return took


async def _storm(setting: Setting, page: Page, cluster: Cluster) -> list[Figure]:
    """Alarms at an even pace; meanwhile the page reads on, and at the end all are counted."""
    count = setting.times(STORM // len(CLUSTERS), 2_000)
    before = (await page.get("/api/summary"))["tabs"]["firing"]
    made = batches(200_000, count - count % BATCH, labels=True)
    count -= count % BATCH
    pace = STORM_SECONDS / (STORM / len(CLUSTERS) / BATCH)
    reads: list[float] = []
    reading = asyncio.ensure_future(_reads(page, reads))
    began = time.monotonic()
    async with channel(cluster.replicas[0].grpc, setting.certificates.operator) as warm:
        for number in range(0, len(made), 10):
            await Batches(made[number : number + 10], AHEAD).send(warm)
            late = began + (number + 10) * pace - time.monotonic()
            await asyncio.sleep(max(0.0, late))
    sent = time.monotonic() - began
    wanted = before + count * len(CLUSTERS)  # three profiles lead to the one agent
    while (await page.get("/api/summary"))["tabs"]["firing"] != wanted:
        assert time.monotonic() - began < 900, "not all are counted"
        await asyncio.sleep(0.2)
    counted = time.monotonic() - began - sent
    reading.cancel()
    with suppress(asyncio.CancelledError):
        await reading
    summary = await page.get("/api/summary")
    assert summary["storm"] is not None
    what = f"a storm of {count:,} from each of three clusters"
    return [
        Figure(f"{what}, sent in", (sent,), "s"),
        Figure(f"{what}, counted exactly after", (counted,), "s"),
        Figure("a window meanwhile, p50", (percentile(reads, 0.5),), "ms"),
        Figure("a window meanwhile, p99", (percentile(reads, 0.99),), "ms"),
        Figure("the app after the storm, resident", (page.process.memory("VmRSS"),), "MiB"),
    ]


async def _reads(page: Page, took: list[float]) -> None:
    while True:
        began = time.monotonic()
        await page.get("/api/alarms?limit=100")
        took.append((time.monotonic() - began) * 1000)
        await asyncio.sleep(0.25)
