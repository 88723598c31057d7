"""The checker finds each kind of broken promise, and nothing in a history without one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.laboratory.checker import repeats, violations
from tests.laboratory.history import Delivery, History, Look, Report, Sight, Trouble


def sound() -> History:
    """A history in which an alarm is told once, and another twice around a failover."""
    history = History(seed=1)
    history.reports = [Report("one", 10.0, 10.1, 2), Report("two", 20.0, 20.1, 1, "a1")]
    history.deliveries = [
        Delivery("one", 10.2, "k1"), Delivery("two", 20.2, "k2"), Delivery("two", 22.0, "k2"),
    ]  # fmt: skip
    history.sights = [Sight("f", "one", "a", 1), Sight("f", "two", "a", 2)]
    history.looks = [Look(n / 2, ("a1",)) for n in range(200)]
    history.troubles = [Trouble("kill -9", ("a1",), 20.15, 21.0)]
    return history


def test_a_sound_history_breaks_nothing() -> None:
    assert violations(sound()) == [] and repeats(sound()) == 1


def _lose(history: History) -> None:
    history.deliveries = history.deliveries[1:]


def _repeat_in_peace(history: History) -> None:
    history.troubles = [replace(history.troubles[0], kind="channel hangs")]


def _invent(history: History) -> None:
    history.deliveries.append(Delivery("three", 30.0, "k3"))


def _rival(history: History) -> None:
    history.looks += [Look(60.25 + n / 2, ("a1", "a2")) for n in range(8)]
    history.looks = [each for each in history.looks if each.at < 60 or len(each.leaders) > 1]


def _see_twice(history: History) -> None:
    history.sights.append(history.sights[1])


def _see_backwards(history: History) -> None:
    history.sights.reverse()


def _miss(history: History) -> None:
    history.sights.pop()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (_lose, "G1: one was acknowledged by 2 and never told"),
        (_repeat_in_peace, "G2: two was told 2 times with 0 troubles"),
        (_invent, "G2: three was told and never reported"),
        (_rival, "G4: a1 and a2 lead for 3.0 s"),
        (_see_twice, "G5: f saw a-2 2 times"),
        (_see_backwards, "G5: f saw records of a out of order"),
        (_miss, "G5: f never saw two"),
    ],
)
def test_a_broken_promise_is_found(spoil: Callable[[History], None], sentence: str) -> None:
    history = sound()
    spoil(history)
    assert sentence in violations(history)


def test_what_one_disk_had_may_go_with_that_disk() -> None:
    history = sound()
    history.deliveries = history.deliveries[:1]
    assert violations(history) == ["G1: two was acknowledged by 1 and never told"]
    for agent, ended in (("a2", 21.0), ("a1", 90.0)):
        wiped = Trouble("disk wiped", (agent,), 20.5, ended)
        assert violations(replace(history, troubles=[*history.troubles, wiped])) != []
    history.troubles.append(Trouble("disk wiped", ("a1",), 20.5, 21.0))
    assert violations(history) == []
