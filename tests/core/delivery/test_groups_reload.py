"""A reload keeps the clocks of groups: nothing is hurried, nothing waits anew."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alarminati.core.delivery.attempts import Limits
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.routes import Route
from tests.core.stage import Stage, alarm

FREE = Limits(rate=1000.0, burst=1000)
GROUPED = Route(match=(Matcher.parse('case="grp"'),), group_by=("name",), group_wait=1.0,
                group_interval=60.0)  # fmt: skip
WAITING = Route(match=(Matcher.parse('case="wait"'),), group_by=("name",), group_wait=40.0)
OTHER = Route(match=(Matcher.parse('case="other"'),), channels=("team",))
BEFORE = Route(("ops",), routes=(GROUPED, WAITING))

AFTER = {
    "another channel": BEFORE,
    "a route before": replace(BEFORE, routes=(OTHER, *BEFORE.routes)),
    "a route after": replace(BEFORE, routes=(*BEFORE.routes, OTHER)),
    "one more channel at the top": replace(BEFORE, channels=("ops", "team")),
    "a third that groups": replace(BEFORE, routes=(*BEFORE.routes, replace(OTHER, group_wait=5.0))),
}  # fmt: skip


@pytest.mark.parametrize("change", AFTER)
def test_a_reload_keeps_the_times_of_groups_that_wait(change: str) -> None:
    stage = Stage(route=BEFORE, limits={"ops": FREE})
    stage.one.lead()
    began = stage.now
    stage.one.put(alarm("g1", labels=(("case", "grp"), ("name", "G"))))
    stage.run(3.0)
    stage.one.put(alarm("g2", labels=(("case", "grp"), ("name", "G"))))
    stage.one.put(alarm("w", labels=(("case", "wait"), ("name", "W"))))
    stage.run(1.0)
    stage.one.reconfigure(AFTER[change], {"ops": FREE, "team": FREE})
    stage.run(1.0)
    stage.one.reconfigure(AFTER[change], {"ops": FREE, "team": FREE})
    assert stage.lines() == ["g1+"]
    stage.run(300.0)
    told = {stage.text(each.item): each.at - began for each in stage.told["ops"]}
    assert told == {"g1+": pytest.approx(1.0, abs=0.1), "g2+": pytest.approx(61.0, abs=0.1),
                    "w+": pytest.approx(43.0, abs=0.1)}  # fmt: skip


def test_a_shorter_wait_counts_from_when_the_group_began_to_wait() -> None:
    stage = Stage(route=BEFORE, limits={"ops": FREE})
    stage.one.lead()
    stage.one.put(alarm("w", labels=(("case", "wait"), ("name", "W"))))
    stage.run(10.0)
    shorter = replace(BEFORE, routes=(GROUPED, replace(WAITING, group_wait=15.0)))
    stage.one.reconfigure(shorter, {"ops": FREE})
    stage.run(4.0)
    assert stage.lines() == []
    stage.run(1.5)
    assert stage.lines() == ["w+"]


def test_what_had_waited_for_long_enough_does_not_wait_anew() -> None:
    slow = Limits(rate=0.2, burst=1)
    route = Route(("ops",), group_by=("name",), group_wait=1.0, group_interval=60.0)
    stage = Stage(route=route, limits={"ops": slow})
    stage.one.lead()
    for name in ("a", "b"):
        stage.one.put(alarm(name, labels=(("name", name),)))
    stage.run(2.0)  # one was told, the other waits for a token
    stage.one.reconfigure(route, {"ops": slow})
    stage.run(10.0)
    assert stage.lines() == ["a+", "b+"]
