"""Distance between zones costs what docs/scale.md says: round trips, and no second master."""

from __future__ import annotations

import pytest

from tests.sim import distance

ONE_WAY = 0.1  # seconds


@pytest.mark.parametrize("seed", range(3))
def test_a_report_waits_for_the_nearest_second_disk(seed: int) -> None:
    assert distance.at_master(seed, ONE_WAY) < ONE_WAY + 0.5  # a standby of the same zone
    assert 2 * ONE_WAY <= distance.at_standby(seed, ONE_WAY) < 2 * ONE_WAY + 0.7


@pytest.mark.parametrize("seed", range(3))
def test_an_election_takes_some_round_trips(seed: int) -> None:
    assert distance.elected(seed, ONE_WAY) < 3.0
    assert distance.zone_lost(seed, ONE_WAY) < 6.0
