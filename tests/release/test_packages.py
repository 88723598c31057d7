"""The wheel as strangers install it: thin, with the oldest libraries that it promises to take."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from alarminati.cli.extras import EXTRAS, extra_of, require
from tests.house.source import ROOT
from tests.support.cluster import Cluster, Place

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# Each command explains itself, and nothing of this warns.
WALK = """
import warnings
warnings.simplefilter("error")
from alarminati.cli.main import COMMANDS, main
for name in COMMANDS:
    assert main([name, "--help"]) == 0, name
import alarminati.client, alarminati.client.sync, alarminati.client.handler
"""
CALL = """
import sys
from pathlib import Path
from alarminati.client import Severity, alarm
from alarminati.client.sync import SyncClient
with SyncClient([sys.argv[1]], tls=Path(sys.argv[2])) as client:
    print(client.report(alarm("disk is full", Severity.CRITICAL)).replicas)
"""


def names(requirements: list[str]) -> set[str]:
    """Return the names of packages."""
    return {re.split(r"[^\w-]", requirement)[0] for requirement in requirements}


@pytest.mark.parametrize("extra", EXTRAS)
def test_an_extra_installs_the_modules_that_commands_look_for(extra: str) -> None:
    packages = packages_distributions()
    found = {packages[module][0].lower().replace("_", "-") for module in EXTRAS[extra]}
    assert found == names(PROJECT["optional-dependencies"][extra]) - {"google-re2"}
    assert {extra_of(f"{module}.inside") for module in EXTRAS[extra]} == {extra}
    require(extra)


def test_what_is_not_of_us_is_of_no_extra() -> None:
    assert extra_of("somebody.elses") is None
    assert extra_of(None) is None


def test_classifiers_name_every_python_that_is_tried() -> None:
    matrix = (ROOT / ".github/workflows/check.yaml").read_text()
    said = [line for line in PROJECT["classifiers"] if re.search(r":: 3\.\d+$", line)]
    assert [line.rpartition(" ")[2] for line in said] == ["3.11", "3.12", "3.13", "3.14"]
    assert all(f'"{line.rpartition(" ")[2]}"' in matrix for line in said)


@pytest.fixture(scope="module")
def oldest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with the wheel and the oldest libraries it takes; its folder of programs."""
    folder = tmp_path_factory.mktemp("oldest")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True, timeout=60)
    uv, env = str(ROOT / ".venv/bin/uv"), folder / "env"
    outside = {"VIRTUAL_ENV": str(env)}
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, str(env)], check=True, timeout=60)
    install = [uv, "pip", "install", "-q", "--only-binary", ":all:"]
    lowest = [*install, "--resolution", "lowest-direct", "-r", str(ROOT / "pyproject.toml")]
    got = subprocess.run(lowest, env=os.environ | outside, capture_output=True, text=True)
    if got.returncode and "Failed to" in got.stderr and "download" in got.stderr:
        pytest.skip("packages could not be had")
    assert got.returncode == 0, got.stderr
    wheel = [*install, "--no-deps", *map(str, folder.glob("*.whl"))]
    subprocess.run(wheel, env=os.environ | outside, check=True, timeout=60)
    return env / "bin"


def run(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program and return how it ended."""
    told = os.environ | environment
    return subprocess.run(command, env=told, capture_output=True, text=True, timeout=60, cwd="/")


def test_every_command_explains_itself_without_a_warning(oldest: Path) -> None:
    ended = run(oldest / "python", "-c", WALK)
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize(
    ("command", "extra"), [(["agent"], "agent"), (["demo", "--once"], "agent"), (["ui"], "ui")]
)
def test_what_is_not_installed_is_named_in_both_languages(
    oldest: Path, command: list[str], extra: str
) -> None:
    for language, told in (
        ("en", "this needs more packages: pip install"),
        ("ko", "패키지가 더 필요합니다: pip install"),
    ):
        ended = run(oldest / "alarminati", *command, ALARMINATI_LANG=language)
        assert (ended.returncode, ended.stdout) == (2, "")
        assert ended.stderr == f"alarminati: {told} 'alarminati[{extra}]'\n"


async def test_the_oldest_libraries_report_to_an_agent(oldest: Path, tmp_path: Path) -> None:
    async with Cluster(tmp_path, [Place()]) as cluster:
        (agent,) = cluster.agents
        told = (oldest / "python", "-W", "error", "-c", CALL, agent.grpc, str(cluster.tls))
        ended = await asyncio.to_thread(run, *told)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "1\n", "")
        listing = (oldest / "alarminati", "list", "--agent", agent.grpc, "--tls", str(cluster.tls))
        listed = await asyncio.to_thread(run, *listing)
        assert listed.returncode == 0 and "disk is full" in listed.stdout, listed.stderr
