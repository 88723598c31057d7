"""The core, lived through: rules hold all along, and in the evening everybody agrees.

ALARMINATI_SEEDS says how many stormy days are lived. Every seed is a day of its own and fails with
its number; `python -m tests.sim.campaign storm SEED SEED+1 1` lives it again.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

SEEDS = int(os.environ.get("ALARMINATI_SEEDS", "200"))
ROOT = Path(__file__).parents[2]


def live(day: str, days: int) -> None:
    """Live the days of seeds 0 to `days` - 1, in as many processes as there are cores."""
    cores = os.cpu_count() or 1
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.sim.campaign", day, str(n), str(days), str(cores)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for n in range(cores)
    ]
    said = [process.communicate()[0] for process in processes]
    assert not any(process.returncode for process in processes), "\n\n".join(said)[:5000]


@pytest.mark.timeout(0)
def test_g1_g2_g4_g5_stormy_days() -> None:
    """Nothing promised is lost, two masters never last, order holds, duplicates stay bounded."""
    live("storm", SEEDS)


@pytest.mark.timeout(0)
def test_g1_g2_days_in_which_alarms_live() -> None:
    """Nothing silenced is told, nothing escalates early or after somebody saw it, and in the
    evening every channel knows how every alarm stands."""
    live("life", min(SEEDS // 4, 100))


@pytest.mark.timeout(0)
def test_g1_g2_days_whose_starts_leave_out_all_but_some_seconds() -> None:
    """A start from a checkpoint comes to the same as one that folds the whole journal."""
    live("restarts", min(SEEDS // 4, 100))


@pytest.mark.timeout(0)
def test_g1_g8_days_on_which_more_comes_than_may_be_remembered() -> None:
    """Every bound is tiny: what was taken in is told, and nothing forgotten is sent."""
    live("crowd", min(SEEDS // 8, 60))


@pytest.mark.timeout(0)
def test_g1_g4_days_on_which_disks_stand_still() -> None:
    """A replica whose disk does not answer loses nothing, and keeps nobody else from leading."""
    live("standstill", min(SEEDS // 4, 100))


@pytest.mark.timeout(0)
def test_g2_a_calm_day_tells_everything_once() -> None:
    """Outages of a channel cause no duplicate."""
    live("calm", min(SEEDS // 4, 100))


@pytest.mark.timeout(0)
def test_g2_one_failover_makes_at_most_one_duplicate() -> None:
    """One crash at a random moment of a busy minute."""
    live("failover", min(SEEDS // 4, 100))
