"""docs/routing.md: its example is in order, and does what the page says."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from alarminati.config import load
from alarminati.config.changes import RELOADABLE
from alarminati.config.routing import Route

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "routing.md").read_text(encoding="utf-8")
EXAMPLE, BRANCHES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
(TRIED,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def example(tmp_path: Path) -> Path:
    file = tmp_path / "agent.yaml"
    file.write_text(EXAMPLE)
    return file


def test_the_example_is_a_configuration(example: Path) -> None:
    (example.parent / "slack-url").write_text("https://hooks.slack.com/services/T0/B0/x")
    config = load(example, {"PAGERDUTY_KEY": "0123456789abcdef0123456789abcdef"}, {})
    assert config.policy().inhibitions
    assert len(config.route.routes) == 3


def test_channels_with_conditions_are_a_configuration(tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(f"tls: {{mode: insecure}}\n{BRANCHES}")
    (tmp_path / "slack-url").write_text("https://hooks.slack.com/services/T0/B0/x")
    config = load(file, {"WEB_URL": "https://discord.com/api/webhooks/1/token"}, {})
    assert [channel.name for channel in config.channels] == ["team", "web"]


def test_the_example_does_what_the_page_says(example: Path) -> None:
    command, _, said = TRIED.partition("\n")
    words = shlex.split(command.removeprefix("$ alarminati "))
    words[words.index("agent.yaml")] = str(example)
    ended = subprocess.run(
        [sys.executable, "-m", "alarminati", *words],
        env=os.environ | {"TZ": "Asia/Seoul"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert ended.stdout.decode() == said


def test_every_key_of_a_route_is_told() -> None:
    named = set(re.findall(r"`(\w+)", PAGE))
    for field in msgspec.structs.fields(Route):
        assert field.encode_name in named, field.encode_name


def test_what_is_followed_while_running() -> None:
    (told,) = re.findall(r"Followed while running: (.*?)\. The rest", PAGE, re.DOTALL)
    assert sorted(re.findall(r"`([\w.]+)`", told)) == sorted(RELOADABLE)
