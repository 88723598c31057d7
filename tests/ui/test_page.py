"""The page of the app: its logic under vitest, the built page in Debian's Chromium."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.house.source import ROOT

WEB = ROOT / "alarminati/ui/web"
MODULES = ROOT / ".tools/web/node_modules"
Find = Callable[[str], str]


def run(program: str, *arguments: str, **variables: str) -> None:
    """Run a program of the page's packages in its folder; what it says is shown when it fails."""
    if not (MODULES / ".bin" / program).exists():
        pytest.skip(f"{program} is not installed and `make tools` could not get it")
    subprocess.run([ROOT / "scripts/web.sh", "--link"], check=True)
    ended = subprocess.run(
        [MODULES / ".bin" / program, *arguments],
        cwd=WEB,
        env=os.environ | {"NO_COLOR": "1", "CI": "1"} | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:]


def test_its_types_are_those_of_the_api() -> None:
    written = [sys.executable, str(ROOT / "scripts/ui_types.py"), "--check"]
    assert subprocess.run(written, capture_output=True, text=True).returncode == 0


def test_its_logic(tool: Find) -> None:
    tool("node")
    run("vitest", "run")


# Apart: axe takes a whole processor, and events of the page then come too late for the others.
@pytest.mark.timeout(600)
@pytest.mark.parametrize("specs", [("feed.spec.ts", "keyboard.spec.ts"), ("axe.spec.ts",)])
def test_it_in_a_browser(specs: tuple[str, ...], tool: Find, tmp_path: Path) -> None:
    tool("node")
    chromium = tool("chromium")
    run(
        "playwright",
        "test",
        *specs,
        CHROMIUM=chromium,
        PYTHON=sys.executable,
        ALARMINATI_E2E_OUTPUT=str(tmp_path / "e2e"),
    )
