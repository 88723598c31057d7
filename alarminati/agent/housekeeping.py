"""Housekeeping of the journal: retention, and checkpoints for the next start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from alarminati.agent.runtime import LiveReplica, wall
from alarminati.agent.store import StoreError
from alarminati.agent.store.checkpoints import make
from alarminati.agent.store.retention import RetentionTimer, truncate
from alarminati.config import AgentConfig
from alarminati.core.bounded.bounds import USUAL
from alarminati.core.journal.checkpoint import CheckpointMaker
from alarminati.core.journal.ingest import NotAccepted
from alarminati.core.model.entries import EntryId

SOON = 30.0  # seconds from the start to the first checkpoint
PAUSE = 60.0  # seconds between two rounds at least

log = logging.getLogger(__name__)


class Housekeeping:
    """Rounds of one agent; `config` gives its settings, which may change."""

    def __init__(
        self, live: LiveReplica, config: Callable[[], AgentConfig], fresh: int = USUAL.fresh
    ) -> None:
        """`fresh`: so many of the newest entries are in no checkpoint."""
        self._live = live
        self._store = live.store
        self._config = config
        self._fresh = fresh

    async def run(self) -> None:
        """Do it again and again."""
        timer = RetentionTimer(
            self._store, lambda: self._config().retention.max_entries, grown=self._fresh
        )
        await asyncio.sleep(SOON)
        await self.write_checkpoint()
        while True:
            await asyncio.sleep(PAUSE)
            await timer.wait()
            with self._live.alive() as alive:
                while alive.gather():  # noqa: ASYNC110
                    await asyncio.sleep(0)
                await self._forget(alive.__contains__)
            await self.write_checkpoint()

    async def _forget(self, alive: Callable[[EntryId], bool]) -> None:
        retention = self._config().retention
        keep_after = (wall() - int(retention.max_age * 1000)) << 16
        try:
            await truncate(
                self._store, keep_after=keep_after, max_entries=retention.max_entries, alive=alive
            )
        except (StoreError, NotAccepted) as error:
            log.warning("old entries are kept for now: %s", error)
        for origin, floor in self._store.floors().items():
            self._live.replica.journal.raise_floor(origin, floor)

    async def write_checkpoint(self) -> None:
        """Write what the next start may leave out, unless that is little."""
        replica, store = self._live.replica, self._store
        last = store.position - self._fresh
        if last <= 0 or replica.loading or replica.load_state.lacking:
            return
        horizon, recent = replica.outbox.horizon, replica.outbox.recent
        with self._live.alive(horizon) as alive:
            while alive.gather():  # noqa: ASYNC110
                await asyncio.sleep(0)
            maker = CheckpointMaker(
                horizon, last, recent.used, recent.configured, alive.__contains__
            )
            made = await make(store.headers, maker)
            if made is None or alive.everything:
                return
        try:
            await store.note_checkpoint(made)
        except (StoreError, NotAccepted) as error:
            log.info("the next start will take longer: %s", error)
