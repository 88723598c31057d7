"""What every test stands on: programs on the path, reproducible dice, and no silent skips."""

from __future__ import annotations

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parents[1]

# `make tools` puts programs there; ip and nft lie where only root's path leads.
os.environ["PATH"] = os.pathsep.join(
    [str(ROOT / ".tools/bin"), os.environ.get("PATH", ""), "/usr/sbin", "/sbin"]
)

os.environ["ALARMINATI_LANG"] = "en"  # tests read what people would

# A shell that starts something with & lets it ignore Ctrl-C, and programs under test inherit that.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# What is seen once is seen always. `make sim` looks further, with new dice every time.
settings.register_profile(
    "steady", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("campaign", settings.get_profile("steady"), derandomize=False)
settings.load_profile("steady")


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """Find a program by name; the test is skipped, loudly, where it is not to be had."""

    def find(name: str) -> str:
        path = shutil.which(name)
        if path is None:
            pytest.skip(f"{name} is not installed and `make tools` could not get it")
        return path

    return find


@pytest.fixture
def as_root() -> None:
    """For tests that make network namespaces or mount file systems."""
    if os.geteuid() != 0:
        pytest.skip("needs root")


def _skipped(config: pytest.Config) -> Counter[str]:
    """Reasons of skipped tests, with how many each."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reasons: Counter[str] = Counter()
    for report in reporter.stats.get("skipped", []) if reporter is not None else []:
        told = report.longrepr
        reasons[told[2] if isinstance(told, tuple) else str(told)] += 1
    return reasons


def _children() -> list[str]:
    """Processes that tests started and left running, where the kernel tells (Linux)."""
    left = []
    for listing in Path("/proc/self/task").glob("*/children"):
        for pid in listing.read_text().split():
            try:
                state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
                command = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it ended while we looked
            if state != "Z":
                left.append(f"{pid}: {command}")
    return left


_left_by_workers: list[str] = []
"""What the processes that ran tests left running, where tests run in several."""


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker says at its end."""
    _left_by_workers.extend(getattr(node, "workeroutput", {}).get("left", ()))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail for what was left running; and, when strict, for what was not run."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left"] = _children()
        return
    strict = os.environ.get("ALARMINATI_STRICT") == "1"
    if session.exitstatus == pytest.ExitCode.OK and (
        _left() or (strict and _skipped(session.config))
    ):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def _left() -> list[str]:
    return [*_left_by_workers, *_children()]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say at the end what was not run and what still runs."""
    reasons = _skipped(terminalreporter.config)
    if reasons:
        terminalreporter.section(f"NOT RUN: {sum(reasons.values())} tests", red=True, bold=True)
        for reason, count in sorted(reasons.items()):
            terminalreporter.line(f"{count} x {reason}")
        if os.environ.get("ALARMINATI_STRICT") == "1":
            terminalreporter.line("ALARMINATI_STRICT=1: that fails the run", red=True)
    left = _left()
    if left:
        terminalreporter.section("LEFT RUNNING", red=True, bold=True)
        for process in left:
            terminalreporter.line(process)
