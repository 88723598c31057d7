"""Refresh of channel logins that expire unless they are used: once a day, channel by channel."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping

from alarminati.channels.port import Channel, SendContext
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Alarm
from alarminati.core.monitors.login_expiry import reports
from alarminati.wire.background import begin

FIRST = 60.0  # seconds after it became master, so that short terms do not ask
EVERY = 86_400.0
BOUND = 60.0  # seconds for one channel

log = logging.getLogger(__name__)


class CredentialRefresh:
    """Runs while this replica leads. `means` are a channel's, `warn` and `report` inform people."""

    def __init__(
        self,
        channels: Mapping[str, Channel],
        book: AlarmBook,
        means: Callable[[str], SendContext],
        warn: Callable[[str, str], None],
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
    ) -> None:
        self._channels = channels
        self._book = book
        self._means = means
        self._warn = warn
        self._report = report
        self._wall = wall
        self._task: asyncio.Task[None] | None = None

    def led(self, leading: bool) -> None:
        """Start or stop with the leadership."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if leading:
            self._task = begin(self._go_round(), "the care for logins of channels")

    async def stop(self) -> None:
        """Stop and do not start again."""
        task = self._task
        self.led(False)
        if task is not None:
            await asyncio.gather(task, return_exceptions=True)

    async def _go_round(self) -> None:
        await asyncio.sleep(FIRST)
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Refresh all logins once."""
        found = {
            name: await self._keep_up(name, channel)
            for name, channel in list(self._channels.items())
        }
        for name, told in found.items():
            if told is not None:
                self._warn(name, told)
        try:
            for alarm in reports(self._book, found, self._wall()):
                await self._report(alarm)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("an alarm about the login of a channel was not accepted: %s", error)

    async def _keep_up(self, name: str, channel: Channel) -> str | None:
        try:
            async with asyncio.timeout(BOUND):
                return await channel.upkeep(self._means(name))
        except TimeoutError:
            return None
        except Exception as error:  # a mistake in a channel must not stop the others
            log.error("the login of channel %s: %s", name, type(error).__name__)
            return None
