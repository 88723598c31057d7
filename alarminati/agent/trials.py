"""The master's trials of channels: performs what `core.trials` decides on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from alarminati.agent.channel_set import ChannelSet
from alarminati.agent.delivery import Delivery
from alarminati.core.entries import Alarm
from alarminati.core.reception import NotAccepted, TooFewReplicas
from alarminati.core.sending import Verdict
from alarminati.core.trials import Trial, TrialBoard

log = logging.getLogger(__name__)


class Trials:
    """Runs while this replica leads. `report` hands an alarm in, `wall` tells the time."""

    def __init__(
        self,
        board: TrialBoard,
        channels: ChannelSet,
        delivery: Delivery,
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
    ) -> None:
        self._board = board
        self._channels = channels
        self._delivery = delivery
        self._report = report
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()
        channels.changed.append(self.use)
        self.use()

    def led(self, leading: bool) -> None:
        """Begin or end, as the leadership goes."""
        if leading:
            self._board.start(self._loop.time())
            self._tidy()
        else:
            self._board.stop()
        self._arm()

    def use(self) -> None:
        """The channels are others now."""
        self._board.use(self._loop.time(), self._channels.trials())
        self._tidy()
        self._arm()

    async def stop(self) -> None:
        """End for good."""
        self._board.stop()
        self._arm()
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = self._board.next_due()
        if due is not None:
            self._timer = self._loop.call_at(due, self._tick)

    def _tick(self) -> None:
        for trial in self._board.due(self._loop.time()):
            self._begin(self._try(trial))
        self._arm()

    def _tidy(self) -> None:
        for alarm in self._board.strays(self._wall()):
            self._begin(self._hand_in(alarm))

    def _begin(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _try(self, trial: Trial) -> None:
        verdict = await self._perform(trial)
        alarm = self._board.result(trial, verdict, self._loop.time(), self._wall())
        self._arm()
        if alarm is not None:
            await self._hand_in(alarm)

    async def _perform(self, trial: Trial) -> Verdict:
        if trial.channel not in self._channels:
            return Verdict.retry("there is no such channel any more")
        return (await self._delivery.send_test(trial.channel))[0]

    async def _hand_in(self, alarm: Alarm) -> None:
        try:
            await self._report(alarm)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("%s could not report: %s", alarm.key, error)  # the next trial will
