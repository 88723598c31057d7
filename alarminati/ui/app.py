"""The app behind the local API: all clusters, their index, and the events of what changes."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from functools import partial
from typing import Final, Protocol, TypeVar

from alarminati.client.events import Record
from alarminati.ui.judgement.liveness import SLEPT
from alarminati.ui.live import Live
from alarminati.ui.outbox import Outbox
from alarminati.ui.retention import EVERY, forget_old
from alarminati.ui.schema.clusters import DemoStatus, JoinRequest, JoinStep
from alarminati.ui.schema.common import AlarmKey
from alarminati.ui.schema.events import Changed, ClusterChanged
from alarminati.ui.state import State
from alarminati.ui.store.database import Database
from alarminati.ui.store.directory import Known
from alarminati.ui.store.folding import Fold, Folded
from alarminati.ui.store.silencing import next_moment, silence_again, wake
from alarminati.ui.summary import chip, counts_of, storm_in, storm_of, worth_notifying
from alarminati.wire.background import begin

T = TypeVar("T")

FLUSH: Final = 0.25
TICK: Final = 1.0
IDS: Final = 100
PAGE: Final = 2000
LITTLE: Final = 200
"""Records folded at a time while the page is open."""
RESUMED: Final = 300_000


class Followers(Protocol):
    """Opens histories and follows clusters."""

    def open(self, known: Known) -> Live:
        """Open the history of a cluster and take it in."""
        ...

    async def follow(self, live: Live) -> None:
        """Begin, go on or stop to follow, as its owner chose."""
        ...

    async def remove(self, live: Live, *, forget: bool) -> None:
        """Follow it no longer; `forget`: delete its history, too."""
        ...


class Demo(Protocol):
    """The demo's agents on this computer."""

    def status(self) -> DemoStatus:
        """Return whether they run."""
        ...

    async def start(self, language: str) -> DemoStatus:
        """Start them; their alarms are in that language."""
        ...

    async def stop(self) -> None:
        """End them, and forget their cluster."""
        ...


class App(State):
    """Everything but the web server. Use `start` and `stop`."""

    def __init__(
        self,
        base: Database,
        *,
        build: str = "dev",
        route: Callable[[], bool] = lambda: True,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`route` says whether the operating system has a network."""
        super().__init__(base, build=build, clock=clock)
        self.outbox = Outbox(self)
        self.followers: Followers | None = None
        self.joining: Callable[[JoinRequest], AsyncIterator[JoinStep]] | None = None
        self.demo: Demo | None = None
        self._route = route
        self._ahead = base.wall() - clock()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Begin to judge and to send events."""
        self.moment = self.base.read(lambda base: next_moment(base, self.now()))
        works = (
            (self._flushing(), "events"),
            (self._ticking(), "clusters"),
            (self._storming(), "storm"),
        )
        for work, name in works:
            task = begin(work, name)
            if task is not None:
                self._tasks.append(task)

    async def stop(self) -> None:
        """End all of it; histories are closed by who opened them."""
        self.hub.close()
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with suppress(asyncio.CancelledError):
                await task

    # -- clusters

    def open(self, known: Known) -> Live:
        """Open the history of a cluster and take it in."""
        assert self.followers is not None, "the app was made without followers"
        return self.followers.open(known)

    async def follow(self, live: Live) -> None:
        """Begin, go on or stop to follow, as its owner chose."""
        live.heard.paused = live.known.paused or self.directory.archived(live.known)
        live.heard.interval = self.interval_of(live.known)
        if self.directory.archived(live.known):
            live.state = "archived"
        elif live.state == "archived":
            live.state = "connecting"
        if self.followers is not None:
            await self.followers.follow(live)

    async def remove(self, live: Live, *, forget: bool) -> None:
        """Follow it no longer; `forget`: delete everything that is known of it."""
        if self.followers is not None:
            await self.followers.remove(live, forget=forget)
        if forget:
            self.directory.forget(live.known)
            del self.live[live.id]
        else:
            live.known.removed = True
            self.directory.keep(live.known)
            self.directory.show(live.known)
            live.state, live.heard.paused = "archived", True
        self.counted = None

    # -- folding

    def fold(self, live: Live, records: Sequence[Record]) -> Folded:
        """Fold a page of records of a cluster, and let all pages know.

        While its index is filled again nothing is done: they wait in the history.
        """
        return Folded() if live.filling else self._fold(live, records)

    def _fold(self, live: Live, records: Sequence[Record]) -> Folded:
        known, now = live.known, self.now()
        where = f"{known.project} {known.name}"

        def write(base: sqlite3.Connection) -> tuple[Folded, list[str]]:
            folded = Fold(base, known.no, where, now).page(records)
            prints = None if folded.silences else folded.changed
            return folded, silence_again(base, known.no, now, prints)

        folded, silenced = self.base.write(write)
        if self.directory.archived(known):
            self.directory.show(known)
        if folded.silences:
            self.moment = self.base.read(lambda base: next_moment(base, now))
        self.fresh += folded.fresh
        self.touch(known.no, (*folded.changed, *silenced), folded.began)
        live.records_since += len(records)
        if self.resumed_ms:
            self.resumed_records += len(records)
        return folded

    def catch_up(self, live: Live) -> int:
        """Fold what the history has beyond the index; return how many records."""
        count = 0
        while some := self._catch_up(live, PAGE):
            count += some
        return count

    async def fill(self, live: Live) -> None:
        """Fold what the history has beyond the index, a little at a time: the page goes on."""
        some = self._catch_up(live, LITTLE)
        while some:
            await asyncio.sleep(0)
            some = self._catch_up(live, LITTLE)
        live.filling = False

    def _catch_up(self, live: Live, size: int) -> int:
        if live.history is None:
            return 0
        sql = "select received from folded where cluster = ?"
        records = live.history.after(self.base.one(sql, (live.known.no,)) or 0, size)
        if records:
            self._fold(live, records)
        return len(records)

    # -- sending

    async def _flushing(self) -> None:
        while True:
            await self.due.wait()
            self.due.clear()
            self.flush()
            await asyncio.sleep(FLUSH)

    def flush(self) -> None:
        """Send one event about all that changed since the last."""
        changed, self.changed = list(self.changed), {}
        began, self.began = list(self.began), {}
        fresh, self.fresh = self.fresh, 0
        if not changed and not self.regrouped:
            return
        self.regrouped = False
        counts = counts_of(self)
        now = self.now()
        self.storms.look(now, fresh, counts.tabs.firing)
        ids = self.directory.ids()
        keys = [AlarmKey(ids[no], print_) for no, print_ in changed[-IDS:] if no in ids]
        notify = worth_notifying(self, began)
        event = Changed(
            self.hub.next(),
            counts.tabs,
            counts.severities,
            keys,
            max(0, len(changed) - IDS),
            len(began),
            notify[:3],
            len(notify),
            storm_of(self),
        )
        self.hub.send("changed", event)

    async def _storming(self) -> None:
        """Read the groups of a storm again and again, at most a fifth of the time."""
        seen = 0
        while True:
            began = self.clock()
            if not self.storms.start:
                self.storm = None
            elif seen != self.hub.seq:
                seen = self.hub.seq
                before = self.storm
                self.storm = await self.listing_beside(partial(storm_in, watch=self.storms))
                if before is None or self.storm is None or before.groups != self.storm.groups:
                    self.regrouped = True
                    self.due.set()
            await asyncio.sleep(max(TICK, 4 * (self.clock() - began)))

    async def _ticking(self) -> None:
        looked = -EVERY
        while True:
            await asyncio.sleep(TICK)
            self.tick()
            if self.clock() - looked > EVERY:
                looked = self.clock()
                if forget_old(self):
                    self.reset("settings")

    def tick(self) -> None:
        """Look at all clusters, and at what becomes due with time."""
        now, wall = self.clock(), self.base.wall()
        if wall - now - self._ahead > SLEPT:
            self.network.woke(now)
            self.resumed_ms, self.resumed_records = self.now(), 0
        self._ahead = wall - now
        if self.resumed_ms and self.now() - self.resumed_ms > RESUMED:
            self.resumed_ms = 0
        followed = {id: each.heard for id, each in self.live.items() if each.state != "archived"}
        self.network.look(followed, now, route=self._route())
        self._judge(now)
        if self.moment and self.moment <= self.now():
            self._wake()
        if self.storms.on and self.storms.look(self.now(), 0, counts_of(self).tabs.firing):
            self.reset("settings")

    def _judge(self, now: float) -> None:
        was_offline = self.offline_ms
        if not self.network.offline:
            self.offline_ms = 0
        elif not self.offline_ms:
            self.offline_ms = self.now()
        for id, live in self.live.items():
            state = self.network.states.get(id, live.state)
            live.look(now)
            if state != live.state or bool(was_offline) != bool(self.offline_ms):
                self._turn(live, state)

    def _turn(self, live: Live, state: str) -> None:
        before, live.state = live.state, state  # type: ignore[assignment]
        lasted, came_back = 0, False
        fell = state == "silent" and before != "silent"
        if fell:
            live.silent_ms = live.heard_ms or self.now()
            live.records_since = 0
        elif live.silent_ms and state == "live":
            came_back, lasted = True, self.now() - live.silent_ms
            values = (live.known.no, "silent", live.silent_ms, self.now(), live.records_since)
            self.base.run("insert or replace into troubles values (?, ?, ?, ?, ?)", [values])
            live.silent_ms = 0
        if state == "live" and before != "live":
            self.outbox.wake(live)
        self.counted = None
        event = ClusterChanged(
            *(self.hub.next(), chip(self, live), self.offline_ms),
            fell or came_back,
            live.records_since if came_back else 0,
            lasted,
        )
        self.hub.send("cluster", event)

    def announce(self, live: Live) -> None:
        """Send how a cluster stands, though its state is the same."""
        event = ClusterChanged(self.hub.next(), chip(self, live), self.offline_ms)
        self.hub.send("cluster", event)

    def _wake(self) -> None:
        now = self.now()

        def write(base: sqlite3.Connection) -> list[tuple[int, str]]:
            woken = wake(base, now)
            for no in self.directory.ids():
                woken += [(no, each) for each in silence_again(base, no, now, None)]
            return woken

        for no, print_ in self.base.write(write):
            self.touch(no, [print_])
        self.look_ahead()
