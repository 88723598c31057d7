"""Source timeouts: accepts the resolving reports that `core.monitors.source_timeouts` decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.source_timeouts import Timeouts
from alarminati.wire.background import begin, call_at

log = logging.getLogger(__name__)


class SourceTimeouts:
    """Runs while this replica leads. `report` accepts alarms, `wall` gives the time."""

    def __init__(
        self,
        timeouts: Timeouts,
        report: Callable[[Sequence[Alarm]], Awaitable[object]],
        wall: Callable[[], int],
    ) -> None:
        self._timeouts = timeouts
        self._report = report
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    def led(self, leading: bool) -> None:
        """Start or stop with the leadership."""
        if leading:
            self._timeouts.start(self._loop.time(), self._wall())
        else:
            self._timeouts.stop()
        self._arm()

    def use(self, timeouts: Mapping[str, float]) -> None:
        """Use these timeouts, seconds by source, from now on."""
        self._timeouts.use(self._loop.time(), self._wall(), timeouts)
        self._arm()

    def folded(self, entries: Sequence[Entry]) -> None:
        """Take note of entries that were just folded."""
        if self._timeouts.folded(entries):
            self._arm()

    async def stop(self) -> None:
        """Stop and do not start again."""
        self._timeouts.stop()
        self._arm()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._timeouts.next_due(self._loop.time())
        if due is not None and self._task is None:
            self._timer = call_at(due, self._tick)

    def _tick(self) -> None:
        ended = self._timeouts.due(self._loop.time(), self._wall())
        if ended:
            self._task = begin(self._hand_in(ended), "ending alarms that timed out")
        else:
            self._arm()

    async def _hand_in(self, ended: Sequence[Alarm]) -> None:
        try:
            await self._report(ended)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("alarms that timed out could not be ended: %s", error)  # tried again
        finally:
            self._task = None
            self._arm()
