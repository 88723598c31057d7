"""State of the app: what its parts share."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from alarminati import __version__
from alarminati.ui.events import Hub
from alarminati.ui.judgement.liveness import Heard, Network
from alarminati.ui.judgement.storms import StormWatch
from alarminati.ui.live import Live
from alarminati.ui.ports import Calls
from alarminati.ui.problems import no_cluster, read_only, unreached
from alarminati.ui.schema.alarms import AlarmRow
from alarminati.ui.schema.common import SeverityCounts, TabCounts
from alarminati.ui.schema.events import Reset, Storm
from alarminati.ui.schema.settings import Settings
from alarminati.ui.store.database import Database
from alarminati.ui.store.directory import Directory, Known
from alarminati.ui.store.listing import Listing
from alarminati.ui.store.silencing import next_moment

T = TypeVar("T")


@dataclass(slots=True)
class Counts:
    """Counts of everything shown."""

    tabs: TabCounts
    severities: SeverityCounts
    clusters: dict[int, SeverityCounts] = field(default_factory=dict)
    todo: dict[int, int] = field(default_factory=dict)
    last_alarm_ms: int = 0


class State:
    """All clusters, their index, and what changed since the pages were last sent an event."""

    def __init__(
        self, base: Database, *, build: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.base = base
        self.build = build
        self.version = __version__
        self.directory = Directory(base)
        self.hub = Hub(build, base.now)
        self.live: dict[str, Live] = {}
        self.network = Network()
        self.storms = StormWatch()
        self.storm: Storm | None = None
        """Groups of the storm as last read beside; None: to be read when asked for."""
        self.regrouped = False
        """The groups of the storm changed since the last event."""
        self.offline_ms = 0
        self.resumed_ms = 0
        self.resumed_records = 0
        self.clock = clock
        self.changed: dict[tuple[int, str], None] = {}
        self.began: dict[tuple[int, str], None] = {}
        self.fresh = 0
        """Alarms that began just now, since the last event."""
        self.due = asyncio.Event()
        self.moment = 0
        """When a silence or a snooze changes next; 0: never."""
        self.counted: Counts | None = None
        """None: to be counted again."""
        told = base.setting("settings")
        self.settings = msgspec.convert(told, Settings) if told else Settings()

    def now(self) -> int:
        """Return the time, milliseconds since 1970 UTC."""
        return self.base.now()

    def add(self, known: Known, *, interval: float, hosts: Iterable[str] = ()) -> Live:
        """Take a cluster in; an archived one is shown and not followed."""
        heard = Heard(interval, self.clock(), frozenset(hosts), paused=known.paused)
        live = self.live[known.id] = Live(known, heard)
        if self.directory.archived(known):
            live.state = "archived"
            heard.paused = True
        return live

    def cluster(self, id: str, *, writable: bool = False) -> Live:
        """Return a cluster. Raises Problem."""
        live = self.live.get(id)
        if live is None:
            raise no_cluster(id)
        if writable and self.directory.archived(live.known):
            raise read_only(live.known.name)
        return live

    def reach(self, id: str, *, writable: bool = False) -> Calls:
        """Return the calls into a cluster. Raises Problem."""
        live = self.cluster(id, writable=writable)
        if live.calls is None:
            raise unreached(live.known.name)
        return live.calls

    def interval_of(self, known: Known) -> float:
        """Return the seconds between signs of life."""
        chosen = known.keepalive_seconds
        chosen = self.settings.keepalive_seconds if chosen < 0 else chosen
        return float(chosen) if chosen else 200.0

    def touch(self, no: int, prints: Iterable[str], began: Iterable[str] = ()) -> None:
        """Note alarms that changed; the pages hear of them within a quarter second."""
        self.changed |= dict.fromkeys((no, each) for each in prints)
        self.began |= dict.fromkeys((no, each) for each in began)
        self.counted = None
        if self.changed:
            self.due.set()

    def reset(self, reason: str) -> None:
        """Let all pages ask for everything again."""
        self.counted = None
        seq = self.hub.next()
        self.hub.send("reset", Reset(seq, reason))  # type: ignore[arg-type]

    def listing(self, work: Callable[[Listing], T]) -> T:
        """Return what `work` reads of the list."""
        known = {each.no: each for each in self.directory.clusters.values()}
        return self.base.read(lambda base: work(Listing(base, known, self.now(), self.hub.seq)))

    async def listing_beside(self, work: Callable[[Listing], T]) -> T:
        """Return what `work` reads of the list, without keeping others waiting."""
        known = {each.no: each for each in self.directory.clusters.values()}
        now, seq = self.now(), self.hub.seq
        return await self.base.beside(lambda base: work(Listing(base, known, now, seq)))

    def look_ahead(self) -> None:
        """Find out again when something becomes due."""
        self.moment = self.base.read(lambda base: next_moment(base, self.now()))


def silent_rows(app: State) -> list[AlarmRow]:
    """Return the app's own alarms: one for every silent cluster."""
    korean = app.settings.language != "en"
    return [
        AlarmRow(
            cluster=live.id,
            fingerprint="silent",
            kind="silent",
            severity="CRITICAL",
            worst="CRITICAL",
            message="클러스터 무응답" if korean else "Cluster silent",
            labels={},
            project=live.known.project,
            firing=True,
            novelty="new",
            novelty_count=1,
            start_ms=live.silent_ms,
            end_ms=0,
            changed_ms=live.silent_ms,
            report_count=max(1, live.heard.missed(app.clock())),
            seen=False,
        )
        for live in app.live.values()
        if live.state == "silent"
    ]
