"""G1 and G8: nothing is forgotten while something about it is unsaid, under way or may be resent.

Where memory ends, no more is taken in. Every bound is tiny here.
"""

from __future__ import annotations

from random import Random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import (
    Body,
    Entry,
    EntryId,
    Notification,
    NotificationItem,
    Severity,
)
from alarminati.core.routing.routes import Route, Router
from tests.core.stage import WALL, Stage, alarm, always

FREE = Limits(rate=1000.0, burst=1000)
SLOW = Limits(rate=5.0, burst=5, max_items=3)
TINY = Bounds(closed=5, unsaid=1000)


def come_and_go(stage: Stage, count: int, first: int = 0) -> list[str]:
    """So many alarms begin and end at once; the lines that a channel is to get of them."""
    names = [f"a{n}" for n in range(first, first + count)]
    for name in names:
        stage.one.put(alarm(name), alarm(name, resolved=True))
    return sorted(f"{name}{sign}" for name in names for sign in "+-")


def look_around(stage: Stage) -> None:
    """Alarms that may be forgotten are looked for whenever something comes."""
    for n in range(100):
        stage.one.put(alarm("other", resolved=n % 2 == 1))
        stage.run(1.0)


@pytest.mark.parametrize("limits", [FREE, SLOW])
@pytest.mark.parametrize("delay", [0.005, 0.5])
def test_g1_what_is_under_way_is_not_forgotten(limits: Limits, delay: float) -> None:
    stage = Stage(limits={"ops": limits}, bounds=TINY)
    stage.answers["ops"] = always(Verdict.delivered(), delay)
    stage.one.lead()
    lines = come_and_go(stage, 60)
    stage.run(300.0)
    assert sorted(stage.lines()) == lines
    look_around(stage)
    assert len(stage.one.book) <= 7


def test_g1_what_a_failing_channel_is_to_tell_is_not_forgotten() -> None:
    stage = Stage(limits={"ops": FREE}, bounds=TINY)
    stage.answers["ops"] = lambda now, attempt: (
        0.1,
        Verdict.retry("500") if now < 1100 else Verdict.delivered(),
    )
    stage.one.lead()
    lines = come_and_go(stage, 60)
    stage.run(300.0)
    assert sorted(stage.lines()) == lines


def test_g1_a_dead_letter_tells_its_alarms_again_whatever_came_after() -> None:
    stage = Stage(limits={"ops": FREE}, bounds=TINY)
    stage.answers["ops"] = always(Verdict.dead("400"))
    stage.one.lead()
    lines = come_and_go(stage, 20)
    stage.run(10.0)
    stage.answers.clear()
    come_and_go(stage, 100, first=20)
    stage.run(10.0)
    letters = list(stage.one.outbox.queries.dead_letters())
    alive = set(stage.one.outbox.alive_ids())
    before = len(stage.lines())
    for letter in letters:  # retention keeps what they need, too
        assert {letter.id, *(item.alarm for item in letter.items)} <= alive
        again = letter.again()
        assert again is not None
        stage.one.put(again)
    stage.run(10.0)
    assert sorted(stage.lines()[before:]) == lines
    assert stage.one.outbox.dead == 0
    look_around(stage)
    assert len(stage.one.book) <= 7


def test_g8_dead_letters_and_the_alarms_they_name_are_bounded_and_counted() -> None:
    limits = Limits(rate=1000.0, burst=1000, max_items=3)
    stage = Stage(limits={"ops": limits}, bounds=Bounds(closed=5, letters=10, lettered=8))
    stage.answers["ops"] = always(Verdict.dead("400"))
    stage.one.lead()
    come_and_go(stage, 200)
    stage.run(30.0)
    outbox = stage.one.outbox
    assert len(outbox._record.dead) <= 10 and outbox._record.dead.items <= 8
    assert outbox.dead + outbox.queries.dead_forgotten == len(stage.sends["ops"])
    stage.answers.clear()
    look_around(stage)
    assert len(stage.one.book) <= 5 + 8 + 2


class Crowd:
    """A book whose outbox is asked before more is taken in, and nobody sends."""

    def __init__(self, bounds: Bounds) -> None:
        self.book = AlarmBook(bounds)
        router, limits = Router(Route(("ops",))), {"ops": FREE}
        self.outbox = Outbox(self.book, router, limits, Random(1), "r0", "p", None, bounds)
        self.sequence = 0

    def put(self, body: Body) -> EntryId:
        self.sequence += 1
        entry = Entry("o", self.sequence, self.sequence << 16, body)
        self.book.apply(entry)
        self.outbox.apply(entry, 0.0)
        return entry.id

    def send_all(self) -> None:
        self.outbox.lead(0.0, WALL)
        for now in range(100):
            for notice in self.outbox.plan(now, WALL):
                self.put(notice)
            for attempt in self.outbox.attempts(now):
                self.put(self.outbox.finished(now, attempt, Verdict.delivered()))


def test_g8_too_much_that_is_over_and_untold_lets_nothing_more_begin() -> None:
    crowd = Crowd(Bounds(closed=5, unsaid=10))
    for n in range(14):
        crowd.put(alarm(f"a{n}"))
        crowd.put(alarm(f"a{n}", resolved=True))
    assert crowd.outbox.room.holds([alarm("next")])
    crowd.put(alarm("one more"))
    crowd.put(alarm("one more", resolved=True))
    assert not crowd.outbox.room.holds([alarm("next")])
    crowd.send_all()
    assert crowd.outbox.room.holds([alarm("next")])


def test_g8_who_asks_again_gets_in_once_all_is_told_though_nothing_else_comes() -> None:
    crowd = Crowd(Bounds(closed=5, unsaid=10, looks=3))
    told = [crowd.put(alarm(f"a{n}")) for n in range(50)]
    over = [crowd.put(alarm(f"a{n}", resolved=True)) for n in range(50)]
    crowd.outbox.room.make = lambda looks: None  # type: ignore[method-assign]
    for reports, resolved in ((told, False), (over, True)):
        prints = [alarm(f"a{n}").fingerprint() for n in range(50)]
        items = [NotificationItem(*pair, resolved) for pair in zip(reports, prints, strict=True)]
        crowd.put(Notification("ops", tuple(items), f"key {resolved}"))
    crowd.send_all()
    del crowd.outbox.room.make
    assert not crowd.outbox.room.holds([alarm("next")])
    assert any(crowd.outbox.room.holds([alarm("next")]) for _ in range(30))


def test_g1_a_flapping_alarm_that_nobody_was_told_of_keeps_that_it_began_and_ended() -> None:
    """Its ups and downs are counted together rather than forgotten."""
    stage = Stage(limits={"ops": FREE}, bounds=Bounds(reports=8, spare=4))
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.lead()
    stage.one.put(alarm("first"))
    stage.run(1.0)
    for n in range(20):
        for _ in range(5):
            stage.one.put(alarm(f"a{n}"), alarm(f"a{n}", resolved=True))
        stage.one.put(alarm(f"a{n}"))
    states = [stage.one.book.find(alarm(f"a{n}").fingerprint()) for n in range(20)]
    assert all(state and len(state.reports) <= 5 for state in states)
    assert stage.one.book.collapsed == 20 * 4
    stage.answers.clear()
    stage.run(300.0)
    for n in range(20):
        lines = [line for line in stage.lines() if line[:-1] == f"a{n}"]
        assert lines == [f"a{n}+", f"a{n}-", f"a{n}+"]


def test_g8_a_flapping_alarm_that_was_told_forgets_its_past() -> None:
    stage = Stage(limits={"ops": FREE}, bounds=Bounds(reports=8, spare=4))
    stage.one.lead()
    for n in range(20):
        stage.one.put(alarm("a", resolved=n % 2 == 1))
        stage.run(1.0)
    assert len(stage.lines()) == 20
    (state,) = stage.one.book.remembered()
    assert len(state.reports) <= 8


def test_g1_an_alarm_of_many_notices_is_kept_while_any_of_them_is_under_way() -> None:
    """Of an alarm only the newest tellings are remembered; an older one may still be pending."""
    stage = Stage(limits={"ops": FREE, "team": FREE}, bounds=Bounds(closed=3, tellings=2))
    stage.answers["ops"] = always(Verdict.delivered(), 60.0)
    stage.one.lead()
    for _ in range(3):
        stage.one.put(alarm("a"), alarm("a", resolved=True))
        stage.run(1.0)
    come_and_go(stage, 20)
    stage.run(2000.0)
    assert [line for line in stage.lines("ops") if line.startswith("a+")] == ["a+"] * 3


def test_g1_a_dead_letter_of_a_forgotten_episode_tells_nothing_of_a_later_one() -> None:
    """What it names was thinned out: no other report of the alarm may count as told for it."""
    stage = Stage(limits={"ops": FREE, "team": FREE}, bounds=Bounds(reports=3, spare=3))
    stage.answers["ops"] = always(Verdict.dead("400"))
    stage.one.lead()
    for n in range(6):
        stage.one.put(alarm("a", resolved=n % 2 == 1))
        stage.run(1.0)
    stage.answers["ops"] = always(Verdict.delivered(), 30.0)
    stage.one.put(alarm("b"))  # under way for a while: what comes meanwhile waits
    stage.run(1.0)
    stage.one.outbox.rest(stage.now)
    stage.one.put(alarm("a"))
    again = [letter.again() for letter in stage.one.outbox.queries.dead_letters()]
    stage.one.put(*again)
    stage.one.lead()
    stage.run(1000.0)
    assert sorted(stage.lines("ops")) == [*["a+"] * 4, *["a-"] * 3, "b+"]


def restarted(stage: Stage, alive: set[EntryId]) -> Stage:
    """A replica that starts with these entries and nothing else, and leads."""
    later = Stage(route=stage.route, limits=stage.limits, bounds=stage.bounds)
    later.now, later.one.origin = stage.now, "later"
    for entry in stage.one.entries:
        if entry.id in alive:
            later.one.store(entry)
    later.one.lead()
    later.run(5.0)
    return later


def test_g2_what_a_notice_said_before_many_reminders_is_not_said_again_after_a_start() -> None:
    route = Route(("ops", "team"), repeat_interval=60.0)
    stage = Stage(route, {"ops": FREE, "team": FREE}, bounds=Bounds(tellings=6))
    stage.one.lead()
    for severity in (Severity.WARNING, Severity.CRITICAL):
        stage.one.put(alarm("a", severity=severity))
        stage.run(1.0)
    stage.run(3000.0)
    assert len(stage.lines()) == 2 + 50
    assert len(stage.one.outbox._record) <= 8, "reminders are forgotten for newer ones"
    later = restarted(stage, set(stage.one.outbox.alive_ids()))
    assert later.lines("ops") == later.lines("team") == []
    later.run(60.0)
    assert later.lines("ops") == ["a*51"]


def test_g2_no_past_of_an_alarm_is_told_again_after_a_start() -> None:
    """Notices that are no reminders may be four times as many."""
    stage = Stage(limits={"ops": FREE, "team": FREE}, bounds=Bounds(tellings=5))
    stage.one.lead()
    for n in range(9):
        stage.one.put(alarm("a", resolved=n % 2 == 1))
        stage.run(1.0)
    recent = stage.one.outbox.recent.parts(0)
    assert restarted(stage, {id for part in recent for id in part}).lines() == []
    for n in range(40):
        stage.one.put(alarm("a", resolved=n % 2 == 0))
        stage.run(1.0)
    (state,) = stage.one.book.remembered()
    assert len(stage.one.outbox._record) == len(state.tellings) == 20
