"""The shell that hands in the ends of alarms which nobody reports any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from alarminati.agent.master_tasks.source_timeouts import SourceTimeouts
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.ingest import Stopping
from alarminati.core.model.entries import Alarm, Entry, Severity
from alarminati.core.monitors.source_timeouts import Timeouts


def wall() -> int:
    return time.time_ns() // 1_000_000


def disk() -> Alarm:
    return Alarm("disk is full", Severity.ERROR, wall(), source="prom")


class Desk:
    """A book that folds what is handed in."""

    def __init__(self) -> None:
        self.book = AlarmBook()
        self.refused = 0
        self.ended = asyncio.Event()
        self.taken: list[Alarm] = []
        timeouts = Timeouts(self.book, {"prom": 0.2}, asyncio.get_running_loop().time(), wall())
        self.rounds = SourceTimeouts(timeouts, self.accept, wall)

    async def accept(self, alarms: Sequence[Alarm]) -> None:
        if self.refused:
            self.refused -= 1
            self.ended.set()
            raise Stopping()
        for alarm in alarms:
            self.taken.append(alarm)
            entry = Entry("o", len(self.taken), wall() << 16, alarm)
            self.book.apply(entry)
            self.rounds.folded([entry])
        if alarms[0].resolved:
            self.ended.set()


async def test_what_times_out_is_reported_as_over_while_it_leads() -> None:
    desk = Desk()
    await desk.accept([disk()])
    desk.rounds.led(True)
    async with asyncio.timeout(10.0):
        await desk.ended.wait()
    assert [alarm.resolved for alarm in desk.taken] == [False, True]
    assert dict(desk.taken[1].annotations) == {"resolved_by": "timeout"}
    assert desk.book.firing_count == 0
    await desk.accept([disk()])
    desk.ended.clear()
    async with asyncio.timeout(10.0):
        await desk.ended.wait()
    await desk.rounds.stop()


async def test_a_refused_end_ends_nothing_and_a_standby_looks_at_nothing() -> None:
    desk = Desk()
    desk.refused = 1
    desk.rounds.led(True)
    desk.rounds.led(False)
    entry = Entry("o", 1, wall() << 16, disk())
    desk.book.apply(entry)
    desk.rounds.folded([entry])
    assert not desk.ended.is_set()
    desk.rounds.led(True)
    async with asyncio.timeout(10.0):
        await desk.ended.wait()
    await desk.rounds.stop()
    assert (desk.taken, desk.book.firing_count) == ([], 1)
