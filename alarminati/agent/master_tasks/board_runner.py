"""Runner of a core board while this replica leads: starts its probes when they are due.

Health checks and channel tests differ in the probe itself; their boards decide when, and what
follows (`core.monitors`).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, Generic, Protocol, TypeVar

from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Alarm
from alarminati.wire.background import begin, call_at

log = logging.getLogger(__name__)

Look = TypeVar("Look")
Due = TypeVar("Due", covariant=True)


class Board(Protocol[Due]):
    """Decides what is probed when. `now` is monotonic seconds, `wall` ms since 1970."""

    def start(self, now: float) -> None: ...

    def stop(self) -> None: ...

    def next_due(self) -> float | None: ...

    def due(self, now: float) -> Sequence[Due]: ...

    def strays(self, wall: int) -> list[Alarm]: ...


class BoardRunner(Generic[Look]):
    """Runs while this replica leads."""

    def __init__(
        self,
        board: Board[Look],
        look: Callable[[Look], Awaitable[Alarm | None]],
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
    ) -> None:
        """Take `look`, which hands its result to the board and returns the report, if any."""
        self._board = board
        self._look = look
        self._report = report
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    def led(self, leading: bool) -> None:
        """Start or stop with the leadership."""
        if leading:
            self._board.start(self._loop.time())
            self._tidy()
        else:
            self._board.stop()
        self._arm()

    def changed(self) -> None:
        """Look again at when the board has work."""
        self._tidy()
        self._arm()

    async def stop(self) -> None:
        """Stop and do not start again."""
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
            self._timer = call_at(due, self._tick)

    def _tick(self) -> None:
        for each in self._board.due(self._loop.time()):
            self._begin(self._go(each))
        self._arm()

    def _tidy(self) -> None:
        for alarm in self._board.strays(self._wall()):
            self._begin(self._hand_in(alarm))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = begin(work, "a health check or a test of a channel")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _go(self, each: Look) -> None:
        alarm = await self._look(each)
        self._arm()
        if alarm is not None:
            await self._hand_in(alarm)

    async def _hand_in(self, alarm: Alarm) -> None:
        try:
            await self._report(alarm)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("%s could not report: %s", alarm.key, error)  # the next probe reports again
