"""Master tasks: work besides delivery while this replica leads."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping

from alarminati.agent.delivery.channels import ChannelSet
from alarminati.agent.delivery.sender import Delivery
from alarminati.agent.master_tasks.channel_tests import ChannelTests
from alarminati.agent.master_tasks.credential_refresh import CredentialRefresh
from alarminati.agent.master_tasks.health_checks import HealthChecks
from alarminati.agent.master_tasks.heartbeats import HeartbeatDesk
from alarminati.agent.master_tasks.queue_intake import (
    PrepareWebhook,
    QueueIntake,
    no_webhooks,
)
from alarminati.agent.master_tasks.source_timeouts import SourceTimeouts
from alarminati.agent.runtime import LiveReplica
from alarminati.agent.sources import queue_reader
from alarminati.config import AgentConfig
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm
from alarminati.core.monitors.channel_tests import ChannelTestBoard
from alarminati.core.monitors.health_checks import HealthCheck, HealthCheckBoard
from alarminati.core.monitors.queue_intake import QueueStanding
from alarminati.core.monitors.source_timeouts import Timeouts
from alarminati.queues.table import driver
from alarminati.wire.credentials import Tls


class MasterTasks:
    """Heartbeats, health checks, source timeouts, queue intake, channel tests, login refresh."""

    def __init__(
        self,
        heartbeats: HeartbeatDesk,
        config: AgentConfig,
        live: LiveReplica,
        book: AlarmBook,
        channels: ChannelSet,
        delivery: Delivery,
        dice: random.Random,
        wall: Callable[[], int],
        own: Callable[[], Tls | None] = lambda: None,
        webhook: PrepareWebhook = no_webhooks,
    ) -> None:
        """Take `wall`, which gives milliseconds since 1970, and what this agent shows (`own`)."""

        async def report(alarm: Alarm) -> None:
            await live.accept([alarm])

        self._heartbeats = heartbeats
        self._config = config
        now = asyncio.get_running_loop().time()
        looks = HealthCheckBoard(checks_of(config), book, random.Random(dice.random()))
        self._rounds = HealthChecks(looks, report, wall)
        timeouts = Timeouts(book, config.policy().timeouts, now, wall())
        self._timeouts = SourceTimeouts(timeouts, live.accept, wall)
        live.folded.append(self._timeouts.folded)
        self._intake = QueueIntake(
            live,
            report,
            wall,
            random.Random(dice.random()),
            open_queue=lambda queue: driver(queue, own()),
            read_as=lambda queue: queue_reader(self._config, queue),
            alarm_size=int(config.limits.alarm_size),
            webhook=webhook,
        )
        self._intake.use(config.queues)
        board = ChannelTestBoard(book, random.Random(dice.random()))
        self._trials = ChannelTests(board, channels, delivery, report, wall)
        self._upkeep = CredentialRefresh(
            channels, book, delivery.means, delivery.warn, report, wall
        )

        self._duties = (self._rounds, self._timeouts, self._intake, self._trials, self._upkeep)

    @property
    def queues(self) -> Mapping[str, QueueStanding]:
        """State of each queue by name; empty unless this replica leads."""
        return self._intake.standings

    def use(self, config: AgentConfig) -> None:
        """Use this configuration from now on. The channel set reports its changes itself."""
        self._heartbeats.use(config)
        self._config = config
        self._rounds.use(checks_of(config))
        self._intake.use(config.queues)
        self._timeouts.use(config.policy().timeouts)

    def led(self, leading: bool) -> None:
        """Start or stop with the leadership."""
        self._heartbeats.led(leading)
        for duty in self._duties:
            duty.led(leading)

    async def stop(self) -> None:
        """Stop and do not start again."""
        await self._heartbeats.stop()
        for duty in self._duties:
            await duty.stop()


def checks_of(config: AgentConfig) -> list[HealthCheck]:
    """Return the health checks of a configuration."""
    return [
        HealthCheck(
            name=check.name,
            target=check.target(),
            every=float(check.interval),
            timeout=float(check.timeout),
            up=check.success_threshold,
            down=check.failure_threshold,
            severity=check.level,
            labels=tuple(sorted(check.labels.items())),
        )
        for check in config.checks
    ]
