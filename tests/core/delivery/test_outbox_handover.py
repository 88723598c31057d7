"""What the outbox hands over to the next master, and what it keeps and forgets."""

from __future__ import annotations

from random import Random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import (
    Action,
    ActionKind,
    Body,
    DeliveryAttempt,
    Entry,
    Notification,
    NotificationItem,
    Result,
)
from alarminati.core.routing.routes import Route, Router
from tests.core.stage import WALL, Stage, alarm, always, outcomes

FREE = Limits(rate=1000.0, burst=1000)
SLOW = Limits(rate=1.0, burst=3, max_items=10)


def test_a_new_master_goes_on_with_the_same_notice() -> None:
    """G2: sent but not recorded by the old master: once more, with the same key."""
    stage = Stage(size=2)
    one, other = stage.replicas
    stage.answers["ops"] = always(Verdict.delivered(), delay=5.0)
    one.lead()
    one.put(alarm("disk"))
    stage.run(1.0)
    one.crash()
    del stage.answers["ops"]
    other.lead()
    stage.run(10.0)
    assert [telling.by for telling in stage.told["ops"]] == ["r0", "r1"]
    assert len({telling.key for telling in stage.told["ops"]}) == 1
    assert outcomes(other)[-1].attempt == 1


def test_a_new_master_tells_at_once_what_the_old_one_failed_to_tell() -> None:
    stage = Stage(size=2)
    one, other = stage.replicas
    stage.answers["ops"] = always(Verdict.retry("answered 500"))
    one.lead()
    one.put(alarm("disk"))
    stage.run(100.0)
    one.crash()
    del stage.answers["ops"]
    began = stage.now
    other.lead()
    stage.run(60.0)
    assert stage.lines() == ["disk+"]
    assert stage.told["ops"][0].at == began
    assert outcomes(other)[-1].attempt > 5


def test_a_new_master_tries_a_channel_that_was_down_with_one_notice() -> None:
    stage = Stage(size=2)
    one, other = stage.replicas
    stage.answers["ops"] = always(Verdict.retry("answered 500"))
    one.lead()
    for n in range(10):
        one.put(alarm(f"a{n}"))
        stage.run(1.0)
    one.crash()
    other.lead()
    other.put(alarm("late"))
    stage.run(5.0)
    assert other.outbox.pending == 1
    stage.answers.clear()
    stage.run(60.0)
    assert [len(message) for message in stage.messages()] == [1, 10]


def test_g8_a_standby_keeps_nothing_of_notices_that_are_finished() -> None:
    stage = Stage(size=2)
    one, other = stage.replicas
    one.lead()
    for n in range(500):
        one.put(alarm(f"a{n}"))
        stage.run(0.02)
    stage.run(1.0)
    assert len(stage.messages()) == 500
    lane = other.outbox._lanes.get("ops")
    assert len(lane._due) + len(lane._later) <= 130


def test_a_new_master_keeps_to_the_tokens_the_old_one_left() -> None:
    stage = Stage(limits={"ops": SLOW}, size=2)
    one, other = stage.replicas
    one.lead()
    one.put(*(alarm(f"a{n}") for n in range(3)))
    stage.run(0.5)
    one.crash()
    other.lead()
    other.put(alarm("b0"), alarm("b1"))
    stage.run(10.0)
    assert len(stage.sends["ops"]) == 4
    assert stage.sends["ops"][3] >= 1000.5
    assert stage.messages()[3] == ["b0+", "b1+"]


def test_an_entry_that_comes_twice_counts_once() -> None:
    stage = Stage(limits={"ops": SLOW}, size=2)
    one, other = stage.replicas
    one.lead()
    one.put(alarm("a"))
    stage.run(0.1)
    for _ in range(3):
        for entry in one.entries:
            other.outbox.apply(entry, stage.now)
    one.crash()
    other.lead()
    other.put(alarm("b"))
    other.put(alarm("c"))
    stage.run(0.1)
    assert stage.messages() == [["a+"], ["b+"], ["c+"]]  # two of three tokens were left


@pytest.mark.parametrize("dead_first", [True, False])
def test_delivered_anywhere_is_delivered_whatever_the_other_side_says(dead_first: bool) -> None:
    stage = Stage()
    (report,) = stage.one.put(alarm("disk"))
    item = NotificationItem(report.id, alarm("disk").fingerprint(), False)
    (notice,) = stage.one.put(Notification("ops", (item,), "key"))
    results = [Result.FAILED, Result.DELIVERED] if dead_first else [Result.DELIVERED, Result.FAILED]
    for result in results:
        stage.one.put(DeliveryAttempt(notice.id, result, 1, "r0", 5))
    assert (stage.one.outbox.dead, stage.one.outbox.pending) == (0, 0)


def test_a_rest_between_send_and_answer_still_writes_the_outcome() -> None:
    stage = Stage()
    stage.answers["ops"] = always(Verdict.delivered(), delay=3.0)
    stage.one.lead()
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.one.rest()
    stage.one.lead()
    stage.run(10.0)
    assert stage.lines() == ["disk+"]
    assert [outcome.result for outcome in outcomes(stage.one)] == [Result.DELIVERED]


def test_a_notice_that_could_not_be_written_is_owed_again() -> None:
    stage = Stage()
    stage.one.book.apply(entry := stage.one.make(alarm("disk")))
    stage.one.outbox.apply(entry, stage.now)
    outbox = stage.one.outbox
    outbox.lead(stage.now, stage.wall)
    planned = outbox.plan(stage.now, stage.wall)
    assert [len(notice.items) for notice in planned] == [1]
    assert outbox.plan(stage.now, stage.wall) == []
    outbox.withdraw(planned, stage.now)
    assert outbox.plan(stage.now, stage.wall) == planned
    outbox.rest(stage.now)
    outbox.lead(stage.now, stage.wall)
    assert outbox.plan(stage.now, stage.wall) == planned


def test_what_comes_between_planning_and_writing_is_told_after_it() -> None:
    stage = Stage()
    outbox, make = stage.one.outbox, stage.one.make
    outbox.lead(stage.now, stage.wall)
    for body in (alarm("disk"), alarm("disk", resolved=True)):
        stage.one.store(make(body))
        if not body.resolved:
            first = outbox.plan(stage.now, stage.wall)
    second = outbox.plan(stage.now, stage.wall)
    assert [item.resolved for notice in first + second for item in notice.items] == [False, True]


def test_an_outcome_that_is_not_written_yet_is_not_sent_again() -> None:
    stage = Stage()
    outbox = stage.one.outbox
    stage.one.store(stage.one.make(alarm("disk")))
    outbox.lead(stage.now, stage.wall)
    stage.one.store(stage.one.make(outbox.plan(stage.now, stage.wall)[0]))
    (attempt,) = outbox.attempts(stage.now)
    outcome = outbox.finished(stage.now, attempt, Verdict.delivered())
    assert outbox.attempts(stage.now) == []
    outbox.rest(stage.now)
    outbox.lead(stage.now, stage.wall)
    assert outbox.attempts(stage.now) == []
    assert outbox.pending == 1
    stage.one.store(stage.one.make(outcome))
    assert outbox.pending == 0


def test_a_twin_from_the_other_side_of_a_partition_needs_no_second_send() -> None:
    stage = Stage(size=2)
    one, other = stage.replicas
    one.put(alarm("disk"))
    stage.run(1.0)
    stage.cut = True
    one.lead()
    stage.run(1.0)
    other.outbox.lead(stage.now, stage.wall)
    (notice,) = other.outbox.plan(stage.now, stage.wall)
    other.store(other.make(notice))
    assert other.outbox.pending == 1
    other.outbox.rest(stage.now)
    stage.heal()
    assert (one.outbox.pending, other.outbox.pending) == (0, 0)
    one.rest()
    other.lead()
    stage.run(10.0)
    assert stage.lines() == ["disk+"]


def test_alive_is_what_telling_again_would_need() -> None:
    stage = Stage()
    stage.one.lead()
    (fires,) = stage.one.put(alarm("open"))
    stage.one.put(alarm("over"))
    stage.run(1.0)
    stage.one.put(alarm("over", resolved=True))
    stage.run(1.0)
    alive = set(stage.one.outbox.alive_ids())
    again = Stage()
    for entry in stage.one.entries:
        if entry.id in alive:
            again.one.store(entry)
    assert fires.id in alive
    assert len(alive) < len(stage.one.entries)
    again.one.lead()
    again.run(1.0)
    assert again.lines() == []
    assert [state.alarm.key for state in again.one.book.firing()] == ["open"]


def test_unfinished_business_is_alive_though_the_alarm_is_over() -> None:
    stage = Stage()
    stage.answers["ops"] = always(Verdict.retry("down"))
    stage.one.lead()
    reports = [stage.one.put(alarm("disk"))[0]]
    stage.run(1.0)
    reports += stage.one.put(alarm("disk", resolved=True), alarm("disk"), alarm("cpu"))
    reports += stage.one.put(alarm("cpu", resolved=True))
    alive = set(stage.one.outbox.alive_ids())
    notices = {entry.id for entry in stage.one.entries if isinstance(entry.body, Notification)}
    assert alive >= {report.id for report in reports} | notices


def test_an_alarm_that_is_over_does_not_fire_again_because_its_end_was_forgotten_first() -> None:
    """The end is stored before the late beginning, so retention would come to it first."""
    stage = Stage()
    begin, end = (stage.one.make(alarm("disk", resolved)) for resolved in (False, True))
    for entry in (end, begin):
        stage.one.store(entry)
    stage.one.lead()
    stage.run(5.0)
    assert stage.lines() == ["disk+", "disk-"]
    assert set(stage.one.outbox.alive_ids()) >= {begin.id, end.id}


def test_an_alarm_whose_reports_are_kept_keeps_what_people_did() -> None:
    stage = Stage()
    begin, end = (stage.one.make(alarm("disk", resolved)) for resolved in (False, True))
    for entry in (end, begin):
        stage.one.store(entry)
    fingerprint = alarm("disk").fingerprint()
    (act,) = stage.one.put(Action(ActionKind.ASSIGN, (fingerprint,), "kim", assignee="lee"))
    stage.one.lead()
    stage.run(5.0)
    assert act.id in set(stage.one.outbox.alive_ids())


def test_the_ledger_has_the_whole_story() -> None:
    stage = Stage(limits={"ops": FREE, "team": FREE})
    stage.one.lead()
    stage.one.put(alarm("other"))
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    (over,) = stage.one.put(alarm("disk", resolved=True))
    stage.run(1.0)
    mine = alarm("disk").fingerprint()
    story = set(stage.one.outbox.ledger(mine))
    notices = {
        entry.id
        for entry in stage.one.entries
        if isinstance(entry.body, Notification) and entry.body.items[0].fingerprint == mine
    }
    ended = {
        entry.id
        for entry in stage.one.entries
        if isinstance(entry.body, DeliveryAttempt) and entry.body.notification in notices
    }
    assert len(notices) == len(ended) == 4
    assert story >= notices | ended | {over.id}
    assert len(story) == 10
    assert stage.one.outbox.ledger("0" * 16) == ()


class Desk:
    """A book that forgets early, and its outbox, without a clock."""

    def __init__(self) -> None:
        self.book = AlarmBook(Bounds(closed=10))
        self.outbox = Outbox(
            self.book, Router(Route(("ops",))), {"ops": FREE}, Random(1), "r0", "p"
        )
        self.sequence = 0

    def put(self, body: Body, now: float) -> None:
        self.sequence += 1
        entry = Entry("o", self.sequence, self.sequence << 16, body)
        self.book.apply(entry)
        self.outbox.apply(entry, now)

    def send(self, now: float) -> None:
        for notice in self.outbox.plan(now, WALL):
            self.put(notice, now)
        for attempt in self.outbox.attempts(now):
            self.put(self.outbox.finished(now, attempt, Verdict.delivered()), now)


def test_g8_forgotten_alarms_take_their_tellings_with_them() -> None:
    """A million alarms that came and went leave nothing behind."""
    desk = Desk()
    desk.outbox.lead(0.0, WALL)
    for n in range(200):
        for resolved in (False, True):
            desk.put(alarm(f"a{n}", resolved), float(n))
            desk.send(float(n))
    assert len(desk.book) <= 12
    assert len(desk.outbox._record) <= 24


def test_g1_an_untold_alarm_is_not_forgotten_however_many_come_after() -> None:
    desk = Desk()
    for n in range(100):
        for resolved in (False, True):
            desk.put(alarm(f"a{n}", resolved), 0.0)
    assert len(desk.book) == 100


def test_a_channel_that_was_added_is_told_what_fires_and_not_the_past() -> None:
    stage = Stage(limits={"ops": FREE})
    stage.one.lead()
    for name in ("old", "open"):
        stage.one.put(alarm(name))
        stage.run(1.0)
    stage.one.put(alarm("old", resolved=True))
    stage.run(3700.0)
    stage.one.put(alarm("now"))
    stage.run(10.0)
    later = Stage(limits={"ops": FREE, "team": FREE}, size=2)
    for number, replica in enumerate(later.replicas):
        replica.origin = f"later-{number}"
        for entry in stage.one.entries:
            replica.store(entry)
    later.now, later.last_stamp = stage.now, stage.last_stamp
    later.one.lead()
    later.run(10.0)
    assert later.lines("team") == ["open+", "now+"]
    later.one.crash()
    later.replicas[1].lead()  # now the channel has been used: the past stays the past
    later.run(10.0)
    assert (later.lines("ops"), later.lines("team")) == ([], ["open+", "now+"])


def test_the_first_channel_of_all_is_not_told_yesterday() -> None:
    stage = Stage(limits={"ops": FREE})
    stage.one.put(alarm("yesterday"), alarm("yesterday", resolved=True), alarm("open"))
    stage.run(86_400.0)
    stage.one.put(alarm("now"), alarm("now", resolved=True))
    stage.one.lead()
    stage.run(10.0)
    assert sorted(stage.lines()) == ["now+", "now-", "open+"]


def test_g1_what_a_channel_missed_while_down_is_told_by_the_next_master() -> None:
    """Told elsewhere and over for hours, but this channel had not come to it: it is owed."""
    stage = Stage(limits={"ops": FREE, "team": FREE}, size=2)
    one, other = stage.replicas
    one.lead()
    one.put(alarm("before"))
    stage.run(1.0)
    stage.answers["team"] = always(Verdict.retry("down"))
    for name in ("first", "missed"):
        one.put(alarm(name))
        stage.run(60.0)
        one.put(alarm(name, resolved=True))
        stage.run(3 * 3600.0)
    one.crash()
    stage.answers.clear()
    other.lead()
    stage.run(120.0)
    assert stage.lines("ops") == ["before+", "first+", "first-", "missed+", "missed-"]
    assert stage.lines("team") == ["before+", "first+", "first-", "missed+", "missed-"]
