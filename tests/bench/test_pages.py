"""The page of figures says what was measured, and nothing of trial runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from scripts.figures import Kept, cells, inserted, plot, table, taken

WAY = {"what": "way", "en": "the way", "ko": "길"}


def result(path: Path, day: str, value: float, *, quick: bool = False) -> Path:
    """Write what `python -m bench` would have."""
    figure: dict[str, Any] = {
        "what": "way", "samples": [value, value + 1, value + 2], "unit": "ms", "goal": 3.0,
        "more": False,
    }  # fmt: skip
    document = {"time": f"{day}T101112Z", "quick": quick, "figures": [figure]}
    path.write_text(json.dumps(document))
    return path


def test_the_newest_of_two_results_stays(tmp_path: Path) -> None:
    new = result(tmp_path / "b.json", "2026-11-02", 2.0)
    old = result(tmp_path / "a.json", "2026-11-01", 1.0)
    kept = taken(taken({}, [new]), [old])
    assert kept["way"]["samples"] == [2.0, 3.0, 4.0] and kept["way"]["day"] == "2026-11-02"


def test_a_trial_run_measures_nothing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="--quick"):
        taken({}, [result(tmp_path / "a.json", "2026-11-01", 1.0, quick=True)])


def test_a_missed_goal_is_bold_and_what_was_never_measured_has_a_dash(tmp_path: Path) -> None:
    kept: Kept = taken({}, [result(tmp_path / "a.json", "2026-11-01", 4.0)])
    assert cells(WAY, kept) == ["≤ 3 ms", "**5** ms", "4 to 6", "", "2026-11-01"]
    assert cells({**WAY, "what": "luck"}, kept) == ["", "–", "", "", ""]
    assert "| 길 | ≤ 3 ms | **5** ms |" in table([WAY], kept, "ko")


def test_a_table_takes_the_place_between_its_marks() -> None:
    page = "before\n<!-- way: begin -->\nold\n<!-- way: end -->\nafter\n"
    assert inserted(page, "way", "new") == page.replace("old", "new")
    with pytest.raises(SystemExit, match="no place for the table luck"):
        inserted(page, "luck", "new")


def test_a_plot_says_every_value() -> None:
    drawn = plot("Way & means", {"a": 1.0, "Alertmanager": 49.4})
    assert "Way &amp; means" in drawn and ">49.4</text>" in drawn and ">1</text>" in drawn
