"""The master's trials, performed."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from typing import Any, cast

from alarminati.agent.master_tasks.channel_tests import ChannelTests
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.journal.ingest import Stopping
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.channel_tests import ChannelTest, ChannelTestBoard
from tests.support.patience import until


class Fakes:
    """A set of channels, and a delivery that fares as it is told."""

    def __init__(self) -> None:
        self.book = AlarmBook()
        self.changed: list[Callable[[], None]] = []
        self.names = ["ops"]
        self.verdict = Verdict.retry("it answered 500")
        self.sent = 0
        self.refuse = False
        self.reports: list[Alarm] = []
        self.trials_run = ChannelTests(
            ChannelTestBoard(self.book, random.Random(1)),
            cast(Any, self),
            cast(Any, self),
            self.report,
            lambda: 1000,
        )

    def trials(self) -> Iterator[ChannelTest]:
        return (ChannelTest(name, 0.01) for name in self.names)

    def __contains__(self, name: str) -> bool:
        return name in self.names

    async def send_test(self, name: str) -> tuple[Verdict, int]:
        self.sent += 1
        return self.verdict, 1

    async def report(self, alarm: Alarm) -> None:
        if self.refuse:
            raise Stopping
        self.reports.append(alarm)
        self.book.apply(Entry("a0000000", len(self.reports), len(self.reports) << 16, alarm))

    def said(self) -> list[tuple[str, bool, str]]:
        return [
            (alarm.key, alarm.resolved, dict(alarm.annotations).get("detail", ""))
            for alarm in self.reports
        ]


async def test_the_master_tries_reports_and_says_when_it_works_again() -> None:
    fakes = Fakes()
    assert fakes.sent == 0
    fakes.refuse = True
    fakes.trials_run.led(True)
    await until("it tries again though its report was refused", lambda: fakes.sent > 3)
    fakes.refuse = False
    await until("an alarm", lambda: bool(fakes.reports))
    fakes.verdict = Verdict.delivered()
    await until("its end", lambda: len(fakes.reports) == 2)
    assert fakes.said() == [("channel:ops", False, "it answered 500"), ("channel:ops", True, "")]
    await fakes.trials_run.stop()
    sent = fakes.sent
    fakes.trials_run.led(False)
    assert fakes.sent == sent


async def test_a_channel_that_is_taken_out_leaves_no_alarm_behind() -> None:
    fakes = Fakes()
    fakes.trials_run.led(True)
    await until("an alarm", lambda: bool(fakes.reports))
    fakes.names = []
    (tell,) = fakes.changed
    tell()
    await until("its end", lambda: len(fakes.reports) == 2)
    assert fakes.reports[1].resolved
    await fakes.trials_run.stop()
