"""The rules of tests/conftest.py: nothing is skipped in silence, nothing is left running."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import conftest

SKIPS = """
import pytest
def test_runs(): pass
def test_waits_for_a_program(tool): tool("no-such-program")
"""
LEAVES = """
import subprocess, sys
def test_forgets():
    global child
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
"""


def run(folder: Path, test: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """A test run of its own with our conftest."""
    (folder / "conftest.py").write_text(Path(conftest.__file__).read_text())
    (folder / "test_it.py").write_text(test)
    environ = {name: value for name, value in os.environ.items() if name != "ALARMINATI_STRICT"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)],
        cwd=folder,
        env=environ | variables,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_what_is_skipped_is_told(tmp_path: Path) -> None:
    ended = run(tmp_path, SKIPS)
    assert ended.returncode == 0
    assert "NOT RUN: 1 tests" in ended.stdout
    assert "1 x Skipped: no-such-program is not installed" in ended.stdout


def test_what_is_skipped_fails_a_strict_run(tmp_path: Path) -> None:
    assert run(tmp_path, SKIPS, ALARMINATI_STRICT="1").returncode == pytest.ExitCode.TESTS_FAILED


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="only Linux tells")
def test_a_process_left_running_fails_the_run(tmp_path: Path) -> None:
    ended = run(tmp_path, LEAVES)
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED
    assert "LEFT RUNNING" in ended.stdout
