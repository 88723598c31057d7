"""A wall clock that was wrong for a while, and is set: nothing waits for the time it showed."""

from __future__ import annotations

import pytest

from alarminati.core.delivery.attempts import Limits
from alarminati.core.model.entries import Severity, Silence
from alarminati.core.routing.routes import Route
from tests.core.stage import Stage, alarm

FREE = Limits(rate=1000.0, burst=1000)
YEARS = 10**11  # milliseconds


def staged(**route: float | tuple[str, ...]) -> Stage:
    stage = Stage(Route(("ops",), **route), {"ops": FREE})  # type: ignore[arg-type]
    stage.one.lead()
    stage.run(1.0)
    return stage


def test_g1_what_a_silence_of_years_ahead_muted_is_told_once_the_clock_is_right() -> None:
    stage = staged()
    stage.ahead = YEARS
    silence = Silence("s1", ('source=""',), stage.wall, stage.wall + 60_000, "kim", "upgrade")
    stage.one.put(silence)
    stage.one.put(alarm("disk"))
    stage.run(2.0)
    assert stage.lines() == []
    stage.ahead = 0
    stage.one.drive()
    stage.run(1.0)
    assert stage.lines() == ["disk+"]


def test_a_reminder_does_not_wait_for_the_years_that_the_clock_was_ahead() -> None:
    stage = staged(repeat_interval=60.0)
    stage.ahead = YEARS
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    stage.ahead = 0
    stage.one.drive()
    stage.run(58.0)
    assert stage.lines() == ["disk+"]
    stage.run(3.0)
    assert stage.lines() == ["disk+", "disk*1"]


@pytest.mark.parametrize("severities", [(Severity.INFO,), (Severity.INFO, Severity.CRITICAL)])
def test_g2_no_reminder_counts_from_a_notice_of_an_earlier_episode_stamped_years_ahead(
    severities: tuple[Severity, ...],
) -> None:
    stage = staged(repeat_interval=60.0)
    stage.one.put(alarm("disk"))
    stage.run(1.0)
    end, before = stage.one.make(alarm("disk", resolved=True)), stage.last_stamp
    stage.ahead = YEARS
    stage.one.take(end)
    stage.run(100.0)
    stage.ahead, stage.last_stamp = 0, before  # reports come from where no clock jumped
    outbox = stage.one.outbox
    for severity in severities:
        stage.one.store(stage.one.make(alarm("disk", severity=severity)))
        (notice,) = outbox.plan(stage.now, stage.wall)
        assert outbox.plan(stage.now, stage.wall) == []  # while the notice is being written
        stage.one.store(stage.one.make(notice))
    stage.one.drive()
    stage.run(59.0)
    assert stage.lines()[2:] == ["disk+", "disk^"][: len(severities)]


def test_a_clock_that_is_set_neither_shortens_nor_restarts_the_wait_of_a_group() -> None:
    stage = staged(group_by=("group",), group_wait=30.0)
    stage.one.put(alarm("disk"))
    for ahead in (YEARS, -YEARS, 0):
        stage.run(9.0)
        stage.ahead = ahead
        stage.one.drive()
    stage.run(2.0)
    assert stage.lines() == []
    stage.run(2.0)
    assert stage.lines() == ["disk+"]


def test_no_late_end_of_an_earlier_episode_says_that_nothing_fires() -> None:
    """The end was reported on the other side of a partition, before the alarm fired again here."""
    stage = Stage(size=2)
    one, other = stage.replicas
    one.lead()
    one.put(alarm("disk"))
    stage.run(1.0)
    stage.cut = True
    other.put(alarm("disk", resolved=True))
    stage.run(1.0)
    one.put(alarm("disk", severity=Severity.CRITICAL))
    stage.run(1.0)
    stage.heal()
    stage.run(5.0)
    assert stage.lines() == ["disk+", "disk^"]
    one.put(alarm("disk", resolved=True))
    stage.run(5.0)
    assert stage.lines()[-1] == "disk-"
    assert "disk+" not in stage.lines()[2:]
