"""Copy of the journal: one more end of a link, which stores entries and never speaks of a master.

The master writes to it. A replica that begins with an empty journal reads it first, before it may
lead. What the copy lacks follows from how far each origin goes there, so nothing is remembered.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Iterable
from itertools import groupby

from alarminati.agent.runtime import LiveReplica
from alarminati.config import AgentConfig
from alarminati.config.copies import CopyConfig
from alarminati.core.journal.extents import Extent
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.journal.replication import Frame, Handshake
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.journal_copy import CopyStanding
from alarminati.queues.port import DriverMissing, JournalStore, QueueLost
from alarminati.queues.table import journal_store
from alarminati.wire.background import attend, begin

log = logging.getLogger(__name__)

LOOK_EVERY = 60.0  # seconds between two looks at whether the stream is still what it was
MISSING_AGAIN = 300.0  # seconds

Open = Callable[[CopyConfig], JournalStore]


class JournalCopy:
    """Writes to one copy while this replica leads, and reads it while it may not lead yet."""

    def __init__(
        self,
        config: CopyConfig,
        number: int,
        live: LiveReplica,
        open_store: Open,
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
        dice: random.Random,
    ) -> None:
        """Take a `number` below zero, which is that of its link."""
        self.standing = CopyStanding(config.name)
        self._config = config
        self._number = number
        self._live = live
        self._open = open_store
        self._report = report
        self._wall = wall
        self._dice = dice
        self._loop = asyncio.get_running_loop()
        self.leading = False
        self._news = asyncio.Event()
        self._dropped = ""
        self._store: JournalStore | None = None
        self.task = begin(self._run(), f"copying the journal to {config.name}")

    def led(self, leading: bool) -> None:
        """Start or stop writing."""
        self.leading = leading
        self._news.set()

    async def stop(self) -> None:
        """Stop and do not start again."""
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)

    @property
    def behind(self) -> int:
        """Entries that the copy lacks; all of them while it is not connected."""
        places = self._store.places if self._store is not None else {}
        return sum(
            max(last - (places[origin].last if origin in places else 0), 0)
            for origin, last in self._live.replica.journal.cursor().items()
        )

    @property
    def _wanted(self) -> bool:
        return self.leading or not self._live.replica.election.eligible

    async def _run(self) -> None:
        while True:
            while not self._wanted:
                self._news.clear()
                await self._news.wait()
            store: JournalStore | None = None
            try:
                store = self._open(self._config)
                await store.open()
                await self._tell(self.standing.reached(self._wall()))
                log.info("copy %s: connected", self._config.name)
                self._store = store
                await self._serve(store)
            except DriverMissing as error:
                await self._lost(str(error), MISSING_AGAIN)
            except QueueLost as error:
                await self._lost(str(error))
            except Exception as error:  # a library's own mistake must not end the agent
                log.exception("copy %s failed", self._config.name)
                await self._lost(f"{type(error).__name__} in the library of {self._config.type}")
            finally:
                self._live.copy_closed(self._number)
                self._store = None
                if store is not None:
                    attend(store.close(), f"closing the copy {self._config.name}")

    async def _lost(self, detail: str, pause: float = 0.0) -> None:
        if self.standing.connected or not self.standing.last_error:
            log.warning("copy %s: %s", self._config.name, detail)
        pause = max(pause, self.standing.lost(self._loop.time(), detail))
        await self._tell(self.standing.overdue(self._loop.time(), self._wall()))
        await asyncio.sleep(pause * (0.5 + self._dice.random() / 2))

    async def _tell(self, alarm: Alarm | None) -> None:
        if alarm is None or not self.leading:
            return
        try:
            await self._report(alarm)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("copy %s: its alarm could not be reported: %s", self._config.name, error)

    async def _serve(self, store: JournalStore) -> None:
        self._dropped = ""
        self._live.copy_opened(self._number, self._news.set, self._drop, self._config.counts)
        have = {origin: Extent(place.last) for origin, place in store.places.items()}
        self._say(Frame(hello=Handshake(f"copy {self._config.name}", "", have)))
        lost = await self._refill(store)
        self._say(Frame(caught_up=True))
        if lost or store.damaged:
            await self._tell(self.standing.gap(self._wall(), lost))
        await self._write(store)

    def _drop(self, why: str) -> None:
        self._dropped = why
        self._news.set()

    def _say(self, frame: Frame) -> None:
        self._live.frame_came(self._number, frame)
        self._require_link()

    def _require_link(self) -> None:
        if self._dropped:
            raise QueueLost(self._dropped)

    async def _write(self, store: JournalStore) -> None:
        stored, looked = 0, self._loop.time()
        while self._wanted:
            self._require_link()
            self._news.clear()
            frame = self._live.next_frame(self._number)
            if frame is not None and frame.entries:
                await self._publish(store, frame.entries)
                stored += len(frame.entries)
                self.standing.written += len(frame.entries)
                self._say(Frame(stored=stored))
            elif frame is None:
                try:
                    await asyncio.wait_for(self._news.wait(), LOOK_EVERY)
                except TimeoutError:
                    pass
            if self._loop.time() - looked >= LOOK_EVERY:
                looked = self._loop.time()
                await store.check()

    async def _publish(self, store: JournalStore, entries: Iterable[Entry]) -> None:
        """Append entries; each origin has a subject of its own, and they go side by side."""
        ordered = sorted(entries, key=lambda entry: entry.id)
        groups = [list(group) for _, group in groupby(ordered, key=lambda entry: entry.origin)]
        results = await asyncio.gather(
            *(store.publish(group) for group in groups), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _refill(self, store: JournalStore) -> int:
        """Take what the journal lacks; return how many entries the copy itself has lost."""
        journal = self._live.replica.journal
        lacking = {
            origin for origin, place in store.places.items() if place.last > journal.last(origin)
        }
        if not lacking:
            return 0
        log.info("copy %s: reading entries of %d origins", self._config.name, len(lacking))
        begun: set[str] = set()
        lost = 0
        async for batch in store.read():
            origin, first = batch[0].id
            if origin not in lacking:
                continue
            if (hole := first - journal.last(origin) - 1) > 0:
                # What is missing at the beginning grew too old; in the middle it was lost.
                lost += hole if origin in begun else 0
                self._say(Frame(floors={origin: first - 1}))
            begun.add(origin)
            fresh = tuple(entry for entry in batch if entry.sequence > journal.last(origin))
            if fresh:
                self._say(Frame(entries=fresh))
                await self._until_stored(fresh[-1])
        return lost

    async def _until_stored(self, entry: Entry) -> None:
        while self._live.replica.journal.last(entry.origin) < entry.sequence:
            self._require_link()
            self._news.clear()
            await self._news.wait()


class JournalCopies:
    """All copies that a configuration names."""

    def __init__(
        self,
        config: AgentConfig,
        live: LiveReplica,
        dice: random.Random,
        wall: Callable[[], int],
    ) -> None:
        """Take `wall`, which gives milliseconds since 1970."""
        self._config = config
        self._live = live
        self._dice = dice
        self._wall = wall
        self._copies: list[JournalCopy] = []

    def start(self) -> None:
        """Open the copies that are wanted now."""

        def opened(config: CopyConfig) -> JournalStore:
            return journal_store(config, self._config.project, self._config.cluster)

        async def report(alarm: Alarm) -> None:
            await self._live.accept([alarm])

        self._copies = [
            JournalCopy(
                *(config, -1 - place, self._live, opened, report, self._wall),
                random.Random(self._dice.random()),
            )
            for place, config in enumerate(self._config.copies)
        ]

    def led(self, leading: bool) -> None:
        """Start or stop writing with the leadership."""
        for copy in self._copies:
            copy.led(leading)

    @property
    def standings(self) -> dict[str, tuple[CopyStanding, int]]:
        """State of each copy and what it lacks, by name; empty unless this replica leads."""
        return {
            copy.standing.name: (copy.standing, copy.behind)
            for copy in self._copies
            if copy.leading
        }

    async def stop(self) -> None:
        """Stop writing, and do not start again."""
        await asyncio.gather(*(copy.stop() for copy in self._copies))
