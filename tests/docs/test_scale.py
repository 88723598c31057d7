"""docs/scale.md, in both languages: what it computes is what `alarminati cost` computes."""

from __future__ import annotations

import pytest

from alarminati.cli.commands.cost import MONTH, estimate, size
from alarminati.config.schema import Limits
from alarminati.core.election.timing import Timing
from tests.house.source import ROOT

PAGES = ("docs/scale.md", "docs/scale.ko.md")
KEEPALIVE = 15  # seconds
EVERY_SECOND = 86_400_000  # reports of a day


@pytest.mark.parametrize("page", PAGES)
def test_tables_of_traffic_are_computed(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    alone = estimate(300, 3, 1, 50, 0, KEEPALIVE)
    teams, all_of_them = (estimate(1000, 3, people, 200, 0, KEEPALIVE) for people in (5, 500))
    for found in (
        alone.between_replicas_at_rest,
        alone.between_replicas_alarms,
        alone.followers_at_rest,
        alone.followers_alarms,
        alone.total,
    ):
        assert f"| {size(found)} | {size(found * MONTH)} |" in text
    for few, many in (
        (teams.between_replicas_at_rest, all_of_them.between_replicas_at_rest),
        (teams.between_replicas_alarms, all_of_them.between_replicas_alarms),
        (teams.followers_at_rest, all_of_them.followers_at_rest),
        (teams.followers_alarms, all_of_them.followers_alarms),
        (teams.total, all_of_them.total),
    ):
        assert f"| {size(few)} | {size(many)} |" in text
    slower = (estimate(300, 3, 1, 50, 0, 60), estimate(1000, 3, 500, 200, 0, 60))
    assert all(size(each.followers_at_rest) in text for each in slower)
    storm = estimate(1, 3, 1, EVERY_SECOND, 0, KEEPALIVE)
    assert size(storm.between_replicas_alarms) in text
    assert size(storm.followers_alarms) in text


@pytest.mark.parametrize("page", PAGES)
def test_limits_and_waits_are_those_of_the_program(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert f"{Limits().subscribers:,}" in text
    assert f"{Limits().firing_alarms:,}" in text
    assert "37.5" in text
    assert Timing().silence == 37.5
    assert Timing().answer == 0.5
