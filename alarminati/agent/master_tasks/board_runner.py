"""A board of the core at work while this replica leads: its looks are begun when they are due.

Health checks and trials of channels differ in what a look does; when, and what follows, their
boards decide (`core.checks`, `core.trials`).
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
    """Decides what is looked at when. `now` is monotonic seconds, `wall` ms since 1970."""

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
        """`look` tells the board what it finds and gives the report that makes, if any."""
        self._board = board
        self._look = look
        self._report = report
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    def led(self, leading: bool) -> None:
        """Begin or end, as the leadership goes."""
        if leading:
            self._board.start(self._loop.time())
            self._tidy()
        else:
            self._board.stop()
        self._arm()

    def changed(self) -> None:
        """The board has other things to look at now."""
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
            log.warning("%s could not report: %s", alarm.key, error)  # the next look will
