"""A channel with a small budget: the worst alarms get what is kept for them (G1, G8)."""

from __future__ import annotations

import pytest

from alarminati.core.delivery.attempts import Limits
from alarminati.core.model.entries import Severity
from tests.core.stage import Stage, alarm

DAY = 86400.0
PAGER = {"ops": Limits(rate=12 / DAY, burst=8, reserve=4, max_items=500)}


def test_the_lesser_leave_the_reserve_alone_and_then_go_together() -> None:
    stage = Stage(limits=PAGER)
    stage.one.lead()
    for number in range(20):
        stage.one.put(alarm(f"n{number}"))
        stage.run(60)
    assert len(stage.messages()) == 4
    stage.run(DAY / 12 + 60)
    assert [len(message) for message in stage.messages()] == [1, 1, 1, 1, 16]


def test_a_critical_alarm_goes_at_once_and_takes_along_what_waits() -> None:
    stage = Stage(limits=PAGER)
    stage.one.lead()
    for number in range(20):
        stage.one.put(alarm(f"n{number}"))
        stage.run(60)
    for number in range(4):
        stage.one.put(alarm(f"worst{number}", severity=Severity.CRITICAL))
        stage.run(60)
        assert any(f"worst{number}" in line for line in stage.messages()[-1])
    assert [len(message) for message in stage.messages()] == [1, 1, 1, 1, 17, 1, 1, 1]
    assert len(set(stage.lines())) == 24


@pytest.mark.parametrize("size", [1, 2])
def test_a_day_has_no_more_than_its_budget_whoever_is_master(size: int) -> None:
    stage = Stage(limits=PAGER, size=size)
    stage.one.lead()
    for hour in range(48):
        for number in range(5):
            worst = Severity.CRITICAL if number % 2 else Severity.ERROR
            stage.one.put(alarm(f"n{hour}.{number}", severity=worst))
            stage.run(600)
        if size == 2:  # the master changes, and the next knows what was spent
            stage.one.rest()
            stage.replicas.reverse()
            stage.one.lead()
        stage.run(600)
    sends = stage.sends["ops"]
    assert all(sum(at <= other < at + DAY for other in sends) <= 20 for at in sends)
    stage.run(DAY)
    assert len(set(stage.lines())) == 240


def test_a_reserve_that_leaves_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match=r"reserve \(5\) must be less than burst \(5\)"):
        Limits(burst=5, reserve=5)
