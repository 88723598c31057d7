"""When a channel is tried, and what is said of it."""

from __future__ import annotations

import random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.channel_tests import ChannelTest, ChannelTestBoard

DAY = 86_400.0
OPS = ChannelTest("ops", DAY)
BAD = Verdict.retry("it answered 500")


class Stage:
    """A board whose reports are folded at once."""

    def __init__(self, *trials: ChannelTest) -> None:
        self.book = AlarmBook()
        self.board = ChannelTestBoard(self.book, random.Random(7))
        self.board.use(0.0, trials)
        self.now = 0.0
        self.sequence = 0
        self.reports: list[tuple[str, bool]] = []

    def take(self, alarm: Alarm | None) -> None:
        if alarm is not None:
            self.sequence += 1
            self.book.apply(Entry("a0000000", self.sequence, self.sequence << 16, alarm))
            self.reports.append((alarm.key, alarm.resolved))

    def next(self, verdict: Verdict) -> float:
        """The next trial comes to this; seconds until it was due."""
        due = self.board.next_due()
        assert due is not None
        waited, self.now = due - self.now, max(self.now, due)
        (trial,) = self.board.due(self.now)
        assert self.board.due(self.now) == [], "one at a time"
        self.take(self.board.result(trial, verdict, self.now, 1000))
        return waited


def test_a_channel_that_works_is_tried_at_its_interval_and_nothing_is_said() -> None:
    stage = Stage(OPS)
    assert stage.board.next_due() is None, "only a master tries"
    stage.board.start(0.0)
    assert 0 <= stage.next(Verdict.delivered()) <= DAY
    assert stage.next(Verdict.delivered()) == pytest.approx(DAY, rel=0.06)
    assert stage.reports == []


def test_one_that_fails_is_tried_soon_and_is_an_alarm_until_it_works() -> None:
    stage = Stage(OPS)
    stage.board.start(0.0)
    stage.next(BAD)
    assert stage.reports == [], "one failure may be a bad moment"
    assert stage.next(BAD) == pytest.approx(60, rel=0.06)
    assert stage.next(BAD) == pytest.approx(60, rel=0.06)
    assert stage.reports == [("channel:ops", False)]
    stage.next(Verdict.delivered())
    assert stage.reports == [("channel:ops", False), ("channel:ops", True)]
    assert stage.next(Verdict.delivered()) == pytest.approx(DAY, rel=0.06)


@pytest.mark.parametrize("verdict", [Verdict.busy("too fast"), Verdict.quota("spent", 3600)])
def test_one_that_has_too_much_works(verdict: Verdict) -> None:
    stage = Stage(OPS)
    stage.board.start(0.0)
    for _ in range(5):
        stage.next(verdict)
    assert stage.reports == []
    for _ in range(3):
        stage.next(BAD)
    stage.next(verdict)
    assert stage.reports == [("channel:ops", False)], "that does not show that it takes messages"


def test_a_new_master_tries_what_fails_soon() -> None:
    stage = Stage(OPS)
    stage.take(OPS.alarm(0, False, "x"))
    stage.board.start(100.0)
    due = stage.board.next_due()
    assert due is not None
    assert 100 <= due <= 160
    stage.board.stop()
    assert stage.board.next_due() is None
    assert stage.board.due(1000.0) == []


def test_what_comes_after_the_end_counts_for_nothing() -> None:
    stage = Stage(OPS)
    stage.board.start(0.0)
    stage.now = DAY
    (trial,) = stage.board.due(stage.now)
    stage.board.stop()
    assert stage.board.result(trial, BAD, stage.now, 0) is None
    stage.board.start(stage.now)
    assert stage.board.next_due() is not None, "it is due again though it never ended"


def test_unchanged_ones_go_on_and_alarms_of_those_that_are_gone_end() -> None:
    stage = Stage(OPS, ChannelTest("team", 3600.0))
    stage.board.start(0.0)
    before = {trial.channel: trial for trial in stage.board.due(DAY)}
    stage.take(OPS.alarm(0, False, "x"))
    stage.board.use(DAY, [ChannelTest("team", 3600.0)])
    assert stage.board.due(2 * DAY) == [], "team is still being tried"
    assert stage.board.result(before["ops"], BAD, DAY, 0) is None
    (end,) = stage.board.strays(5)
    assert (end.key, end.resolved) == ("channel:ops", True)
    stage.take(end)
    assert stage.board.strays(5) == []
    stage.board.use(DAY, [ChannelTest("team", 60.0)])
    assert [trial.every for trial in stage.board.due(2 * DAY)] == [60.0]
