"""Channel tests of the master: performs what `core.monitors.channel_tests` decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from alarminati.agent.delivery.channels import ChannelSet
from alarminati.agent.delivery.sender import Delivery
from alarminati.agent.master_tasks.board_runner import BoardRunner
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import Alarm
from alarminati.core.monitors.channel_tests import ChannelTest, ChannelTestBoard


class ChannelTests:
    """Runs while this replica leads. `report` accepts an alarm, `wall` gives the time."""

    def __init__(
        self,
        board: ChannelTestBoard,
        channels: ChannelSet,
        delivery: Delivery,
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
    ) -> None:
        self._board = board
        self._channels = channels
        self._delivery = delivery
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._patrol = BoardRunner(board, self._try, report, wall)
        channels.changed.append(self.use)
        self.use()

    def led(self, leading: bool) -> None:
        """Start or stop with the leadership."""
        self._patrol.led(leading)

    def use(self) -> None:
        """Use other channels from now on."""
        self._board.use(self._loop.time(), self._channels.trials())
        self._patrol.changed()

    async def stop(self) -> None:
        """Stop and do not start again."""
        await self._patrol.stop()

    async def _try(self, trial: ChannelTest) -> Alarm | None:
        verdict = await self._perform(trial)
        return self._board.result(trial, verdict, self._loop.time(), self._wall())

    async def _perform(self, trial: ChannelTest) -> Verdict:
        if trial.channel not in self._channels:
            return Verdict.retry("there is no such channel any more")
        return (await self._delivery.send_test(trial.channel))[0]
