"""A channel that is added while alarms fire: one digest of what fires, and nothing that is over."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alarminati.core.delivery.attempts import Limits, Verdict
from alarminati.core.model.entries import Action
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import Route, Router
from tests.core.stage import Replica, Stage, alarm, always

OLD = {"ops": Limits(rate=1000.0, burst=1000)}
BOTH = OLD | {"fresh": Limits(rate=1.0, burst=5, max_items=200)}
ROUTE = Route(("ops", "fresh"))


def add(one: Replica, route: Route = ROUTE) -> None:
    """Somebody adds a channel, and it counts at once."""
    one.reconfigure(route, BOTH)


def test_a_channel_that_is_added_gets_one_digest_of_what_fires() -> None:
    stage = Stage(limits=OLD)
    stage.one.lead()
    for n in range(28):
        stage.one.put(alarm(f"a{n}"))
    add(stage.one)
    stage.run(60.0)
    assert stage.messages("fresh") == [[f"a{n}+" for n in range(28)]]
    stage.one.put(alarm("b"))
    stage.one.put(alarm("c"))
    stage.run(1.0)
    assert stage.messages("fresh")[1:] == [["b+"], ["c+"]]


def test_it_gets_one_however_many_are_looked_at_at_a_time() -> None:
    stage = Stage(limits=OLD)
    stage.one.lead()
    stage.one.put(*(alarm(f"a{n}") for n in range(150)))
    add(stage.one)
    stage.run(60.0)
    assert [len(each) for each in stage.messages("fresh")] == [150]


def test_a_channel_that_counts_what_it_does_not_list_is_told_all_at_once() -> None:
    stage = Stage(limits=OLD)
    stage.one.lead()
    stage.one.put(*(alarm(f"a{n}") for n in range(150)))
    few = OLD | {"fresh": Limits(rate=10.0, burst=5, max_items=20, most_items=1000)}
    stage.one.reconfigure(ROUTE, few)
    stage.run(60.0)
    assert [len(each) for each in stage.messages("fresh")] == [150]


def test_groups_do_not_divide_what_it_gets_first() -> None:
    stage = Stage(limits=OLD)
    stage.one.lead()
    stage.one.put(*(alarm(f"a{n}", labels=(("n", str(n)),)) for n in range(5)))
    add(stage.one, replace(ROUTE, group_by=("n",), group_wait=30.0, group_interval=60.0))
    stage.run(300.0)
    assert len(stage.messages("fresh")) == 1


@pytest.mark.parametrize("leading", [True, False])
def test_it_is_told_nothing_that_is_over(leading: bool) -> None:
    """Neither now nor by the next master, if that had it, too."""
    stage = Stage(limits=OLD, size=2)
    one, other = stage.replicas
    one.lead()
    one.put(alarm("over"))
    stage.run(60.0)
    one.put(alarm("over", resolved=True))
    one.put(alarm("fires"))
    stage.run(60.0)
    add(one)
    add(other)
    stage.run(60.0)
    if not leading:
        one.crash()
        other.lead()
        stage.run(60.0)
    assert stage.messages("fresh") == [["fires+"]]
    assert stage.lines("ops") == ["over+", "over-", "fires+"]


def test_the_end_of_what_it_was_told_is_told() -> None:
    stage = Stage(limits=OLD)
    stage.one.lead()
    stage.one.put(alarm("a"), alarm("b"))
    add(stage.one)
    stage.run(1.0)
    stage.one.put(alarm("a", resolved=True))
    stage.run(10.0)
    assert stage.lines("fresh") == ["a+", "b+", "a-"]


def test_it_learns_of_an_acknowledged_alarm_once() -> None:
    stage = Stage(limits=OLD)
    stage.one.lead()
    stage.one.put(alarm("a"))
    stage.one.put(alarm("b"))
    stage.one.put(Action.acknowledge(alarm("a").fingerprint(), "kim"))
    stage.run(1.0)
    add(stage.one)
    stage.run(60.0)
    assert stage.messages("fresh") == [["a+", "a!", "b+"]]  # what is told of `a` is one line


def test_a_channel_that_fails_at_first_gets_all_in_one_when_it_is_well() -> None:
    stage = Stage(limits=OLD)
    stage.answers["fresh"] = always(Verdict.retry("answered 500"))
    stage.one.lead()
    stage.one.put(*(alarm(f"a{n}") for n in range(9)))
    add(stage.one)
    stage.run(30.0)
    stage.answers.clear()
    stage.run(100.0)
    assert [len(each) for each in stage.messages("fresh")] == [9]


def test_one_that_comes_back_is_owed_what_it_was() -> None:
    """It is not new: what was over while it was there is told, as its dead letters say."""
    stage = Stage(limits=BOTH, route=ROUTE)
    stage.one.lead()
    stage.one.put(alarm("a"))
    stage.run(1.0)
    stage.one.reconfigure(Route(("ops",)), OLD)
    stage.run(1.0)
    stage.one.put(alarm("a", resolved=True))
    stage.run(1.0)
    add(stage.one)
    stage.run(10.0)
    assert stage.lines("fresh") == ["a+", "a-"]


def test_what_is_read_from_the_disk_at_the_start_is_not_new() -> None:
    """G1: a registered channel becomes known while the journal is read; it is owed what is over."""
    stage = Stage(limits=OLD)
    one = stage.one
    one.put(alarm("a"))
    one.put(alarm("a", resolved=True))
    now, wall = stage.now, stage.wall
    one.outbox.reconfigure(now, wall, Router(ROUTE), Policy(), BOTH, loaded=False)
    one.lead()
    stage.run(10.0)
    assert stage.lines("fresh") == ["a+", "a-"]


def test_g1_an_end_from_before_a_channel_came_is_told_where_another_told_the_begin() -> None:
    """A replica that was cut off adds the channel once all is over; the other told the begin."""
    stage = Stage(limits=OLD, size=2)
    one, other = stage.replicas
    other.lead()
    stage.cut = True
    add(other)
    begin, end = (one.make(alarm("disk", resolved)) for resolved in (False, True))
    stage.run(1.0)
    other.take(begin)
    stage.run(1.0)
    other.crash()
    for entry in (begin, end):
        one.take(entry)
    one.lead()
    stage.run(1.0)
    add(one)
    stage.run(1.0)
    assert stage.lines("fresh") == ["disk+"]
    stage.cut = False
    stage.heal()
    stage.run(10.0)
    assert stage.lines("fresh") == ["disk+", "disk-"]
