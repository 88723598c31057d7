"""One task a cluster: its stream into the history and the index, and signs of life between."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from alarminati.client.cache import Cache
from alarminati.client.client import Client
from alarminati.client.errors import AlarminatiError, CacheUnusable, Forbidden
from alarminati.client.events import CacheShared, CaughtUp, Connected, Event, Gap, Record
from alarminati.client.events import Reconnecting as Lost
from alarminati.client.history import WHOLE, authority_of, history_path
from alarminati.client.profile import Profile, Profiles
from alarminati.client.subscription import Subscription
from alarminati.core.model.entries import Alarm
from alarminati.ui.app import App
from alarminati.ui.follow.calls import ClientCalls, Translate
from alarminati.ui.live import Live
from alarminati.ui.problems import of_cluster
from alarminati.ui.schema.common import Text
from alarminati.ui.store.directory import Known
from alarminati.ui.traffic import by_day, count
from alarminati.wire.background import awaited
from alarminati.wire.credentials import Tls, TlsError

log = logging.getLogger(__name__)

Renewing: TypeAlias = Callable[[Client, Path], AbstractAsyncContextManager[None]]
"""Keeps a profile's certificate renewed while a client is used."""

AGAIN: Final = 60.0
TIMEOUT: Final = 10.0
ANSWER: Final = 140
"""Bytes that an answer takes on the wire besides its records; measured."""
KEEPALIVE: Final = 142
KEEPALIVES: Final = 120.0
"""Longest interval for which agents are asked to send them; beyond that the app asks."""
LOOK: Final = 2.0
PING: Final = 299
RECORD: Final = 24


class ProfileFollowers:
    """Follows the clusters of all profiles."""

    def __init__(
        self,
        app: App,
        folder: Path,
        profiles: Profiles,
        *,
        renewing: Renewing,
        translate: Translate,
        check: bool = True,
    ) -> None:
        """`check`: read histories whole when they are opened; else it is done later."""
        self._app = app
        self._check = check
        self._folder = folder
        self._profiles = profiles
        self._renewing = renewing
        self._translate = translate
        self._tasks: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        """Open everything that was ever followed, and follow all profiles."""
        for known in list(self._app.directory.clusters.values()):
            known.removed = known.profile not in self._profiles.names()
            self.open(known)
        for name in self._profiles.names():
            await self.meet(name)

    async def stop(self) -> None:
        """End all streams and close the histories."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)
        for live in self._app.live.values():
            if live.history is not None:
                live.history.close()

    def introduce(self) -> None:
        """Let the directory know the clusters of all profiles, and whose profiles are gone."""
        names = self._profiles.names()
        for known in list(self._app.directory.clusters.values()):
            known.removed = known.profile not in names
        for name in names:
            self._known(name)

    async def meet(self, name: str) -> Live | None:
        """Follow the cluster of a profile; None: the profile cannot be used."""
        known = self._known(name)
        if known is None:
            return None
        live = self._app.live.get(known.id) or self.open(known)
        if live.state == "archived":
            live.state = "connecting"
        live.heard.hosts = frozenset(each.rpartition(":")[0] for each in known.agents)
        await self._app.follow(live)
        return live

    def _known(self, name: str) -> Known | None:
        try:
            profile = self._profiles.get(name)
            tls = Tls.load(profile.folder)
        except (AlarminatiError, TlsError) as error:
            log.warning("profile %s: %s", name, error)
            return None
        known = self._app.directory.meet(profile.project, profile.cluster, authority_of(tls.ca))
        known.profile, known.removed = name, False
        _take_over(known, profile, tls)
        self._app.directory.keep(known)
        return known

    def open(self, known: Known) -> Live:
        """Open the history of a cluster and take it in."""
        hosts = [each.rpartition(":")[0] for each in known.agents]
        live = self._app.add(known, interval=self._app.interval_of(known), hosts=hosts)
        path = history_path(self._folder, known.name, known.authority)
        try:
            live.history = Cache(path, filter=WHOLE, check=self._check)
            self._app.catch_up(live)
        except CacheUnusable as error:
            said = of_cluster(error).error
            live.problem = Text(said.ko, said.en)
        live.today_bytes = by_day(self._app, live, 1)[-1]
        return live

    async def follow(self, live: Live) -> None:
        """Begin, go on or stop to follow, as its owner chose."""
        task = self._tasks.get(live.id)
        wanted = not live.heard.paused and bool(live.known.profile)
        if wanted and (task is None or task.done()):
            live.heard.since, live.heard.heard = self._app.clock(), None
            self._tasks[live.id] = awaited(self._following(live))
        elif not wanted and task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            live.calls = None

    async def remove(self, live: Live, *, forget: bool) -> None:
        """Follow it no longer; the certificate goes with the profile, at most also the history."""
        if (task := self._tasks.pop(live.id, None)) is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        live.calls = None
        if live.known.profile in self._profiles.names():
            self._profiles.remove(live.known.profile)
        live.known.profile = ""
        if forget and live.history is not None:
            path = live.history.path
            live.history.close()
            live.history = None
            for suffix in ("", "-wal", "-shm"):
                path.with_name(path.name + suffix).unlink(missing_ok=True)
            path.with_suffix(".lock").unlink(missing_ok=True)

    # -- one cluster

    async def _following(self, live: Live) -> None:
        """Follow for good: what ends a stream is said, and tried again after a while."""
        while True:
            try:
                await self._follow(live)
            except Forbidden as error:
                live.heard.ended = True
                self._say(live, error)
            except (AlarminatiError, TlsError) as error:
                self._say(live, error)
            except Exception:
                log.exception("following %s failed", live.id)
            await asyncio.sleep(AGAIN)

    def _say(self, live: Live, error: Exception) -> None:
        said = of_cluster(error).error if isinstance(error, AlarminatiError) else None
        live.problem = Text(said.ko, said.en) if said else Text(str(error), str(error))
        self._app.announce(live)

    async def _follow(self, live: Live) -> None:
        profile = self._profiles.get(live.known.profile)
        async with (
            Client(profile.agents, profile.folder, timeout=TIMEOUT) as client,
            self._renewing(client, profile.folder),
        ):
            live.calls = ClientCalls(client, live, profile.folder, self._translate)
            try:
                await self._stream(live, client)
            finally:
                live.calls = None

    async def _stream(self, live: Live, client: Client) -> None:
        history = live.history
        if history is None:
            raise CacheUnusable(self._folder, "the history could not be opened")
        sql = "select received from folded where cluster = ?"
        after = self._app.base.one(sql, (live.known.no,)) or 0
        interval = live.heard.interval
        subscription = client.subscribe(
            history, after=after, keepalive_interval=interval if interval <= KEEPALIVES else None
        )
        beating = awaited(self._beating(live, client, subscription))
        try:
            async for events in subscription.pages():
                self._page(live, events)
        finally:
            beating.cancel()
            await subscription.aclose()

    def _page(self, live: Live, events: tuple[Event, ...]) -> None:
        records = [event for event in events if isinstance(event, Record)]
        if records:
            self._app.fold(live, records)
        stored = all(isinstance(event, Record | Gap | CacheShared) for event in events)
        for event in events:
            match event:
                case Connected() | CaughtUp():
                    stored = False
                case Gap(missed=missed) if missed:
                    live.gaps += missed
                    now = self._app.now()
                    row = (live.known.no, "gap", now, now, missed)
                    sql = "insert or replace into troubles values (?, ?, ?, ?, ?)"
                    self._app.base.run(sql, [row])
                case Lost(problem=problem):
                    live.problem = Text(problem, problem)
                    return
        connected = live.heard.heard is not None
        if not stored or (records and connected):
            live.hear(self._app.clock(), self._app.now())
            self._count(live, ANSWER + sum(map(_size, records)))

    def _count(self, live: Live, bytes: int, *, keepalive: bool = False) -> None:
        count(self._app, live, bytes, keepalive=keepalive)
        live.today_bytes += bytes

    async def _beating(self, live: Live, client: Client, subscription: Subscription) -> None:
        """Note keepalives; while another process follows the agents, or none come, ask instead."""
        while True:
            await asyncio.sleep(LOOK)
            now = self._app.clock()
            ours = live.history is not None and live.history.taken
            heard = now - subscription.quiet
            if ours and live.heard.heard is not None and heard > live.heard.last + LOOK:
                live.hear(heard, self._app.now() - int(subscription.quiet * 1000))
                self._count(live, KEEPALIVE, keepalive=True)
            quiet = now - live.heard.last
            if quiet > 1.5 * live.heard.interval and now - live.asked >= live.heard.interval:
                live.asked = now
                with suppress(AlarminatiError):
                    await client.ping()
                    live.hear(self._app.clock(), self._app.now())
                    self._count(live, PING, keepalive=True)


def _take_over(known: Known, profile: Profile, tls: Tls) -> None:
    """Take over what the profile and its certificate say."""
    known.agents = list(profile.agents)
    known.me, known.role = tls.identity.name, tls.identity.role.value
    known.certificate_end_ms = int(tls.not_after * 1000)


def _size(record: Record) -> int:
    """Return about how many bytes a record took on the wire."""
    return RECORD + (record.body.size() if isinstance(record.body, Alarm) else RECORD)
