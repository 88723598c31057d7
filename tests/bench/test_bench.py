"""The benchmarks run, and what they say of goals is right."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from bench.figure import Figure, number, percentile, table

ROOT = Path(__file__).resolve().parents[2]


def test_goals_are_bounds_on_the_median() -> None:
    slow = Figure("way", (3.0, 2.0, 9.0), "ms", 2.0)
    assert (slow.median, slow.verdict) == (3.0, "missed by 50%")
    assert Figure("way", (2.0,), "ms", 2.0).verdict == "reached"
    assert Figure("rate", (150.0,), "/s", 200.0, more=True).verdict == "missed by 25%"
    assert Figure("rate", (200.0,), "/s", 200.0, more=True).verdict == "reached"
    assert Figure("for comparison", (1.0,), "s").verdict == ""


@pytest.mark.parametrize(
    ("value", "text"), [(0.6789, "0.679"), (2.0, "2"), (21.04, "21"), (20_313.7, "20,314")]
)
def test_three_digits_are_told(value: float, text: str) -> None:
    assert number(value) == text


def test_percentiles() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99)) == (51.0, 100.0)


def test_the_table_lines_up() -> None:
    lines = table([Figure("a", (1.0,), "s", 2.0), Figure("longer", (1.0, 3.0), "ms")]).split("\n")
    assert (
        len({line.index(unit) for line, unit in zip(lines, ("unit", "s", "ms"), strict=True)}) == 1
    )


def test_a_measurement_runs_from_the_command_line() -> None:
    command = [sys.executable, "-m", "bench", "fanout", "--quick"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert "fan-out to 100 followers" in done.stdout and "deliveries/s" in done.stdout


def test_what_is_not_there_is_refused() -> None:
    command = [sys.executable, "-m", "bench", "luck"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "no measurement 'luck'" in done.stderr
