"""Asking has a price: G6."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest

from alarminati.agent.mesh.discovery.pace import CALM, MOST, Pace


@pytest.mark.parametrize("seed", range(20))
def test_soon_at_first_then_every_15_s_however_often_it_is_wanted(seed: int) -> None:
    pace = Pace(Random(seed))
    asked: list[float] = []
    now = 1000.0
    while now < 1300:
        if pace.wait(now) == 0.0:
            asked.append(now)
            pace.asked(now)
        now += 0.1
    gaps = [later - sooner for sooner, later in pairwise(asked)]
    assert asked[0] == 1000.0
    assert gaps[0] <= 1.2
    assert gaps[3] > gaps[0]
    assert all(0.75 * MOST - 0.1 <= gap <= MOST + 0.2 for gap in gaps[4:]), gaps


def test_after_a_calm_the_first_question_goes_out_at_once() -> None:
    pace = Pace(Random(1))
    for now in range(0, 100, 10):
        pace.asked(float(now))
    assert pace.wait(91.0) > 0
    assert pace.wait(90 + CALM) == 0.0
    pace.asked(90 + CALM)
    assert pace.wait(90 + CALM) <= 1.0


def test_an_answer_is_not_asked_for_again_while_it_is_good() -> None:
    pace = Pace(Random(1))
    pace.asked(0.0, good_for=30.0)
    assert pace.wait(10.0) == pytest.approx(20.0)
