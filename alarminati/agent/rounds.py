"""The master's rounds: performs the health checks that `core.checks` decides on."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any

from alarminati.agent.probes import Prober
from alarminati.core.checks import Check, CheckBoard
from alarminati.core.entries import Alarm
from alarminati.core.reception import NotAccepted, TooFewReplicas

log = logging.getLogger(__name__)


class Rounds:
    """Runs while this replica leads. `report` hands an alarm in."""

    def __init__(self, board: CheckBoard, report: Callable[[Alarm], Awaitable[object]]) -> None:
        self._board = board
        self._report = report
        self._loop = asyncio.get_running_loop()
        self._prober: Prober | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._looks: set[asyncio.Task[None]] = set()

    def led(self, leading: bool) -> None:
        """Begin or end, as the leadership goes."""
        if leading:
            self._board.start(self._loop.time())
            self._tidy()
        else:
            self._board.stop()
        self._arm()

    def use(self, checks: Sequence[Check]) -> None:
        """Perform these from now on."""
        self._board.use(self._loop.time(), checks)
        self._tidy()
        self._arm()

    async def stop(self) -> None:
        """End for good."""
        self._board.stop()
        self._arm()
        looks = list(self._looks)
        for look in looks:
            look.cancel()
        await asyncio.gather(*looks, return_exceptions=True)
        if self._prober is not None:
            await self._prober.close()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._board.next_due()
        if due is not None:
            self._timer = self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        for check in self._board.due(self._loop.time()):
            self._begin(self._look(check))
        self._arm()

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    def _tidy(self) -> None:
        for alarm in self._board.strays(_wall()):
            self._begin(self._hand_in(alarm))

    async def _look(self, check: Check) -> None:
        if self._prober is None:
            self._prober = Prober(self._loop.time)
        finding = await self._prober.probe(check.url, check.timeout)
        alarm = self._board.result(check.name, finding.well, finding.detail, _wall())
        self._arm()
        if alarm is not None:
            await self._hand_in(alarm)

    async def _hand_in(self, alarm: Alarm) -> None:
        try:
            await self._report(alarm)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("%s could not report: %s", alarm.key, error)  # the next look will


def _wall() -> int:
    return time.time_ns() // 1_000_000
