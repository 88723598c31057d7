"""Some seconds of every kind of trouble; `make faults` does it for half an hour."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.laboratory.checker import violations
from tests.laboratory.run import Laboratory

SECONDS = 15.0
SEED = 11


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
async def test_g1_g2_g4_g5_hold_whatever_is_done_to_machines_and_lines(
    as_root: None, tool: Callable[[str], str], tmp_path: Path
) -> None:
    """The troubles are those of the seed; when each comes is up to the machine."""
    tool("nft")
    laboratory = Laboratory(tmp_path, SEED)
    history = await laboratory.run(SECONDS)
    assert violations(history) == [], f"seed {SEED}"
    assert len([each for each in history.reports if each.answered]) > 20
    assert len(history.troubles) > 2
