"""Heartbeats: takes signals at every replica; performs what `core.monitors.heartbeats` decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from alarminati.agent.runtime import LiveReplica
from alarminati.config import AgentConfig
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Alarm, Entry, HeartbeatSeen, Signal
from alarminati.core.monitors.heartbeats import (
    AGAIN,
    DETAIL,
    Heartbeat,
    HeartbeatBoard,
    Heartbeats,
    Standing,
)
from alarminati.edge.tokens import holder
from alarminati.wire.background import begin, call_later

log = logging.getLogger(__name__)


class UnknownHeartbeat(LookupError):
    """No heartbeat of that name or token is configured."""


class HeartbeatDesk:
    """Takes signals, and judges while this replica leads. `wall` gives the time."""

    def __init__(
        self,
        config: AgentConfig,
        live: LiveReplica,
        book: AlarmBook,
        seen: Heartbeats,
        wall: Callable[[], int],
    ) -> None:
        self._live = live
        self._seen = seen
        self._wall = wall
        self._board = HeartbeatBoard(config.expected(), seen, book, config.project)
        self._tokens = config.heartbeat_tokens()
        self._timer: asyncio.TimerHandle | None = None
        self._held: dict[str, asyncio.TimerHandle] = {}  # signals that become entries later
        self._running: set[asyncio.Task[None]] = set()
        live.folded.append(self._folded)

    def use(self, config: AgentConfig) -> None:
        """Expect the heartbeats of this configuration from now on."""
        self._board.use(config.expected())
        self._tokens = config.heartbeat_tokens()
        self._tick()

    def led(self, leading: bool) -> None:
        """Start or stop with the leadership."""
        if leading:
            self._board.start(self._wall())
        else:
            self._board.stop()
        self._tick()

    def list(self) -> Sequence[Standing]:
        """Return how all heartbeats stand, by name."""
        now = self._wall()
        return [
            self._board.standing(each, now) for _, each in sorted(self._board.heartbeats.items())
        ]

    def named(self, token: str) -> str:
        """Return the heartbeat whose token that is. Raises UnknownHeartbeat."""
        name = holder(token, self._tokens)
        if not name:
            raise UnknownHeartbeat("no heartbeat here has this token")
        return name

    async def signal(self, name: str, signal: Signal, comment: str = "") -> int:
        """Take a signal; return when the next one is due, milliseconds; 0: not known.

        Raises UnknownHeartbeat, and what `LiveReplica.write` raises.
        """
        heartbeat = self._board.heartbeats.get(name)
        if heartbeat is None:
            raise UnknownHeartbeat(f"there is no heartbeat {name[:80]!r} in the configuration")
        now = self._wall()
        if self._keeps(heartbeat, signal, now):
            await self._live.write(HeartbeatSeen(name, signal, 0, comment[:DETAIL]))
        else:
            self._hold(heartbeat, signal, now)
        return self._board.standing(heartbeat, self._wall()).due

    def heard(self, alarms: Sequence[Alarm]) -> None:
        """Take alarms as signals of the heartbeats that they fit."""
        for heartbeat in self._board.signals(alarms):
            self._begin(heartbeat.name)

    async def stop(self) -> None:
        """Stop and do not start again."""
        self._board.stop()
        self._arm()
        for timer in self._held.values():
            timer.cancel()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _keeps(self, heartbeat: Heartbeat, signal: Signal, now: int) -> bool:
        return self._seen.keeps(heartbeat, signal, now, down=self._board.fires(heartbeat))

    def _hold(self, heartbeat: Heartbeat, signal: Signal, now: int) -> None:
        """Make the last of many signals an entry once one may be made."""
        if signal is not Signal.SUCCESS:
            return
        name = heartbeat.name
        before = self._held.pop(name, None)
        if before is not None:
            before.cancel()
        left = heartbeat.spacing - (now - self._seen.time(name, signal)) / 1000
        self._held[name] = call_later(max(0.0, left), lambda: self._write_held(name, now))

    def _write_held(self, name: str, time: int) -> None:
        self._held.pop(name, None)
        if self._seen.time(name, Signal.SUCCESS) < time and name in self._board.heartbeats:
            self._spawn(self._write(HeartbeatSeen(name, Signal.SUCCESS, time)), "a heartbeat")

    def _begin(self, name: str) -> None:
        now, heartbeat = self._wall(), self._board.heartbeats[name]
        if self._keeps(heartbeat, Signal.SUCCESS, now):
            self._spawn(self._write(HeartbeatSeen(name, Signal.SUCCESS)), "a heartbeat")
        else:
            self._hold(heartbeat, Signal.SUCCESS, now)

    async def _write(self, seen: HeartbeatSeen) -> None:
        try:
            await self._live.write(seen)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("the heartbeat %s could not be kept: %s", seen.name, error)

    def _folded(self, entries: Sequence[Entry]) -> None:
        own = self._live.replica.journal.own
        bodies = [entry.body for entry in entries if entry.origin == own]
        alarms = [body for body in bodies if isinstance(body, Alarm)]
        if alarms:
            self.heard(alarms)
        if any(isinstance(entry.body, HeartbeatSeen) for entry in entries):
            self._tick()

    def _tick(self) -> None:
        ended = self._board.due(self._wall())
        if ended:
            self._spawn(self._report(ended), "alarms about heartbeats")
        self._arm()

    async def _report(self, alarms: Sequence[Alarm]) -> None:
        try:
            await self._live.accept(alarms)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("alarms about heartbeats could not be reported: %s", error)  # made again

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        now = self._wall()
        due = self._board.next_due(now)
        if due is not None:
            # No longer than that: the wall clock may be set meanwhile.
            wait = min(max(due - now, 10), AGAIN)
            self._timer = call_later(wait / 1000, self._tick)

    def _spawn(self, work: Coroutine[Any, Any, None], what: str) -> None:
        task = begin(work, what)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
