"""What the READMEs show works, and both show the same."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alarminati.cli.main import COMMANDS
from alarminati.cli.output.terminal import Exit
from alarminati.config import load
from alarminati.core.model.entries import Alarm
from alarminati.edge.reports import read_reports
from tests.house.source import ROOT

READMES = ("README.md", "README.ko.md")
COMMAND_PAGES = ("docs/cli.md", "docs/cli.ko.md")
BY_HAND = "docs/by-hand.md"
TWO_SCREENS = 90  # lines


def text(name: str) -> str:
    """One README."""
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str, kind: str = r"\w*") -> list[str]:
    """The fenced blocks of a kind, comments in them left out: they are in the reader's language."""
    found = re.findall(rf"^```{kind}\n(.*?)^```", text(name), re.DOTALL | re.MULTILINE)
    return [re.sub(r"\s*#.*", "", block) for block in found]


def test_the_readmes_are_twins() -> None:
    english, other = (text(name) for name in READMES)
    assert len(blocks("README.md")) > 2
    assert blocks("README.md") == blocks("README.ko.md")
    assert english.count("\n## ") == other.count("\n## ")
    for first in re.findall(r"^\| (`\S+|G?\d+) ", english, re.MULTILINE):
        assert f"\n| {first} " in other


@pytest.mark.parametrize("name", READMES)
def test_a_readme_is_two_screens_long(name: str) -> None:
    assert len(text(name).splitlines()) <= TWO_SCREENS


@pytest.mark.parametrize("name", READMES)
def test_what_a_readme_links_to_is_there(name: str) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text(name))
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_commands_and_targets_exist() -> None:
    lines = "".join(blocks("README.md", "sh") + blocks(BY_HAND, "sh")).splitlines()
    typed = [line.split() for line in lines]
    assert {words[1] for words in typed if words[:1] == ["alarminati"]} <= set(COMMANDS)
    made = {words[1] for words in typed if words[:1] == ["make"]}
    assert made == {"demo", "test", "ui"}
    assert made <= set(re.findall(r"^(\w+):", text("Makefile"), re.MULTILINE))
    for page in COMMAND_PAGES:
        table = re.search(r"^## [^\n]+\n\| [^\n]+ \| \|\n(.*?)\n\n", text(page), re.M | re.S)
        assert table is not None, page
        assert set(COMMANDS) <= set(re.findall(r"`([\w-]+)`", table[1])), page


@pytest.mark.parametrize("block", blocks(BY_HAND, "yaml"))
def test_configurations_are_valid(block: str, tmp_path: Path) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(block)
    secrets = {"SLACK_WEBHOOK_URL": "https://hooks.slack.com/services/T0/B0/x"}
    assert load(file, secrets, {}).project == "w-sharing"


def test_exit_codes_are_those_of_the_program() -> None:
    for name in COMMAND_PAGES:
        table = re.findall(r"^\| (\d{1,3}) \|", text(name), re.MULTILINE)
        assert [int(code) for code in table] == sorted(Exit)


def test_the_smallest_alarm_is_accepted() -> None:
    (body,) = re.findall("-d '(.*)'", text("README.md"))
    assert body in text(BY_HAND)
    now = int(datetime.now(UTC).timestamp() * 1000)  # of whoever tries it
    (alarm,) = read_reports(body.encode(), now)
    assert isinstance(alarm, Alarm)
    assert alarm.message == "[WS-API] Health check failed"
