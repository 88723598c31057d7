"""Health checks of the master: performs what `core.monitors.health_checks` decides."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from alarminati.agent.master_tasks.board_runner import BoardRunner
from alarminati.agent.master_tasks.probes import Prober
from alarminati.core.model.entries import Alarm
from alarminati.core.monitors.health_checks import HealthCheck, HealthCheckBoard


class HealthChecks:
    """Runs while this replica leads. `report` accepts an alarm, `wall` gives the time."""

    def __init__(
        self,
        board: HealthCheckBoard,
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
    ) -> None:
        self._board = board
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._prober: Prober | None = None
        self._patrol = BoardRunner(board, self._look, report, wall)

    def led(self, leading: bool) -> None:
        """Start or stop with the leadership."""
        self._patrol.led(leading)

    def use(self, checks: Sequence[HealthCheck]) -> None:
        """Perform these health checks from now on."""
        self._board.use(self._loop.time(), checks)
        self._patrol.changed()

    async def stop(self) -> None:
        """Stop and do not start again."""
        await self._patrol.stop()
        if self._prober is not None:
            await self._prober.close()

    async def _look(self, check: HealthCheck) -> Alarm | None:
        if self._prober is None:
            self._prober = Prober(self._loop.time)
        finding = await self._prober.probe(check.target, check.timeout)
        return self._board.result(check.name, finding.well, finding.detail, self._wall())
