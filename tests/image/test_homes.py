"""Homes other than Kubernetes: the systemd unit and the compose file."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from alarminati import __version__
from alarminati.channels.table import TYPES
from alarminati.cli.main import COMMANDS
from alarminati.config import load
from tests.house.source import ROOT

UNIT = ROOT / "alarminati/agent/alarminati.service"
PAGE = ROOT / "docs/bare-metal.md"
COMPOSE = ROOT / "deploy/compose.yaml"


def test_systemd_understands_the_unit(tool: Callable[[str], str], tmp_path: Path) -> None:
    program = tool("systemd-analyze")
    unit = tmp_path / UNIT.name
    # It looks for the program, which is not installed here.
    unit.write_text(UNIT.read_text().replace("/opt/alarminati/bin/alarminati", "/bin/true"))
    ended = subprocess.run(
        [program, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60
    )
    told = [line for line in ended.stderr.splitlines() if unit.name in line]
    assert (ended.returncode, told) == (0, [])
    unit.write_text(unit.read_text().replace("ProtectHome=yes", "ProtectHome=perhaps"))
    ended = subprocess.run(
        [program, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60
    )
    assert "Failed to parse protect home value" in ended.stderr


def test_the_unit_is_closed(tool: Callable[[str], str]) -> None:
    ended = subprocess.run(
        [tool("systemd-analyze"), "security", "--offline=true", "--threshold=20", str(UNIT)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stdout.splitlines()[-1]


def test_the_unit_starts_the_program_as_it_is() -> None:
    (start,) = re.findall(r"^ExecStart=\S+ (\w+) --config", UNIT.read_text(), re.MULTILINE)
    assert start in COMMANDS
    assert "RestartPreventExitStatus=2" in UNIT.read_text()  # Exit.USAGE


@pytest.fixture
def services(tool: Callable[[str], str]) -> dict[str, Any]:
    """The compose file as `docker compose` reads it."""
    ended = subprocess.run(
        [tool("compose-spec"), str(COMPOSE)], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    found: dict[str, Any] = yaml.safe_load(ended.stdout)["services"]
    return found


def test_the_compose_file_makes_three_agents_of_one_cluster(
    services: dict[str, Any], tmp_path: Path
) -> None:
    agents = [name for name in services if name.startswith("agent-")]
    assert len(agents) == 3
    for name in agents:
        service = services[name]
        environ = service["environment"]
        assert "SLACK_WEBHOOK_URL" in environ
        environ |= {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/x"}
        config = load(None, environ, {"name": name, "data": str(tmp_path)})
        assert config.cluster == "compose"
        assert str(config.advertise) == f"{service['hostname']}:7443"
        assert [str(peer) for peer in config.discovery.peers] == [f"{a}:7443" for a in agents]
        assert [channel.type in TYPES for channel in config.channels] == [True]
        assert service["read_only"] and service["image"].endswith(f":{__version__}")


def test_what_compose_does_not_know_is_seen(tool: Callable[[str], str], tmp_path: Path) -> None:
    broken = tmp_path / "compose.yaml"
    broken.write_text(COMPOSE.read_text().replace("read_only: true", "readonly: true"))
    ended = subprocess.run(
        [tool("compose-spec"), str(broken)], capture_output=True, text=True, timeout=60
    )
    assert ended.returncode != 0 and "readonly" in ended.stderr + ended.stdout


def test_the_documented_configuration_is_valid(tmp_path: Path) -> None:
    (block,) = re.findall(r"^```yaml\n(.*?)^```", PAGE.read_text(), re.MULTILINE | re.DOTALL)
    file = tmp_path / "agent.yaml"
    file.write_text(block)
    config = load(file, {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/x"}, {})
    credential = re.findall("^LoadCredential=(.*?):", UNIT.read_text(), re.MULTILINE)
    assert str(config.tls.key) == f"/run/credentials/{UNIT.name}/{credential[0]}"
    assert str(config.data) == "/var/lib/alarminati"  # StateDirectory


def test_the_program_prints_the_unit_for_where_it_is(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "alarminati", "agent", "--print-unit", "--config", "mine.yaml"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    (start,) = re.findall(r"^ExecStart=(.*)", ended.stdout, re.MULTILINE)
    assert start.endswith(f" agent --config {tmp_path}/mine.yaml") and start.startswith("/")
    assert ended.stdout.replace(start, "").count("\n") == UNIT.read_text().count("\n")
