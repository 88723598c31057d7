"""Reload of the configuration when its files change; an invalid configuration changes nothing.

Files are compared by `stat` every few seconds: that costs nothing on the wire, and it notices a
ConfigMap whose link was replaced. Files that still change are left alone until they rest. SIGHUP
triggers it at once.
"""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final, TypeAlias

from alarminati.agent.metrics import ConfigStatus
from alarminati.config import AgentConfig, ConfigError
from alarminati.config.changes import usable
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Alarm
from alarminati.core.monitors.reload_status import ReloadStatus
from alarminati.wire.marks import Mark, mark

LOOK_EVERY: Final = 2.0  # seconds

log = logging.getLogger(__name__)

Again: TypeAlias = Callable[[list[Path]], AgentConfig]
"""Reads the configuration again and lists the files it looked at, ConfigError or not."""


class Reload:
    """Watch of the configuration, for the life of the agent.

    `use` takes a configuration or raises ConfigError; the configuration differs from the previous
    one only where a running agent can follow.
    """

    def __init__(
        self,
        config: AgentConfig,
        again: Again,
        *,
        use: Callable[[AgentConfig], None],
        reloading: ReloadStatus,
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
    ) -> None:
        self._config = config
        self._again = again
        self._use = use
        self._reloading = reloading
        self._report = report
        self._wall = wall
        self._files: list[Path] = []
        self._used: dict[Path, Mark] | None = None  # None: not looked yet
        self._last: dict[Path, Mark] = {}
        self._asked = asyncio.Event()
        self._problem = ""
        self._loaded = 0.0  # seconds since 1970 UTC
        self._kept: list[str] = []

    @property
    def standing(self) -> ConfigStatus:
        """Return the status of the configuration."""
        return ConfigStatus(not self._problem, bool(self._kept), self._loaded, self._problem)

    async def run(self) -> None:
        """Look until cancelled. The journal must be loaded: firing alarms are read from the
        book."""
        loop = asyncio.get_running_loop()
        # On a terminal the signal means that the terminal is gone, and has its handler already.
        ours = not callable(signal.getsignal(signal.SIGHUP))
        if ours:
            loop.add_signal_handler(signal.SIGHUP, self._asked.set)
        try:
            while True:
                await self.look(loop.time())
                await self._pause()
        finally:
            if ours:
                loop.remove_signal_handler(signal.SIGHUP)

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(LOOK_EVERY):
                await self._asked.wait()
        except TimeoutError:
            pass

    async def look(self, now: float) -> None:
        """Look for changes and use them; `now` is monotonic seconds."""
        asked = self._asked.is_set()
        self._asked.clear()
        marks = _marks(self._files)
        resting, self._last = marks == self._last, marks
        if asked or self._used is None or (marks != self._used and resting):
            await self._load(now, marks)
        alarm = self._reloading.report(now, self._wall())
        if alarm is not None:
            await self._hand_in(alarm)

    async def _load(self, now: float, before: dict[Path, Mark]) -> None:
        first, files = self._used is None, list[Path]()
        problem = ""
        try:
            config = await self._read(files)
            self._apply(config)
        except ConfigError as error:
            problem = str(error)
        self._files = files
        # Of files that changed while they were read, what was seen before counts.
        self._used = self._last = _marks(files) | {f: before[f] for f in files if f in before}
        if problem:
            self._reloading.bad(now, problem)
            log.error("the configuration as it is now is refused, the old one stays: %s", problem)
        else:
            self._reloading.good()
            self._loaded = self._wall() / 1000
            if self._problem or not first:
                log.info("the configuration was read again and is used")
        self._problem = problem

    async def _read(self, files: list[Path]) -> AgentConfig:
        """Read the configuration.

        Raises ConfigError for every failure: a file must not end the agent.
        """
        try:
            return await asyncio.to_thread(self._again, files)
        except ConfigError:
            raise
        except Exception as error:
            raise ConfigError("", "", f"cannot be read ({type(error).__name__})") from error

    def _apply(self, config: AgentConfig) -> None:
        config, kept = usable(self._config, config)
        if config != self._config:
            self._use(config)
            self._config = config
        if kept and kept != self._kept:
            log.warning("%s changed: used only after a restart of this agent", ", ".join(kept))
        self._kept = kept

    async def _hand_in(self, alarm: Alarm) -> None:
        try:
            await self._report(alarm)
        except (NotAccepted, TooFewReplicas) as error:
            log.warning("%s could not be reported: %s", alarm.key, error)  # the next look tries


def _marks(files: Iterable[Path]) -> dict[Path, Mark]:
    return {file: mark(file) for file in files}
