"""docs/sources.md: every block is what it says it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from alarminati.cli.main import main
from tests.house.source import ROOT

PAGE = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^##+ (.*?)\n(.*?)(?=^##+ |\Z)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SECTIONS = dict(SECTION.findall(PAGE))
TRIED = [name for name, text in SECTIONS.items() if "```json" in text]
TIME = re.compile(r"^  time: .*$", re.MULTILINE)


def blocks(section: str) -> dict[str, str]:
    """The blocks of a section by their language."""
    return dict(BLOCK.findall(SECTIONS[section]))


@pytest.mark.parametrize("section", TRIED)
def test_a_body_becomes_what_the_page_says(
    section: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALARMINATI_LANG", "en")
    told = blocks(section)
    (tmp_path / "body.json").write_text(told["json"])
    (tmp_path / "agent.yaml").write_text(told.get("yaml", ""))
    found = re.search(r"sources try (\w+)", SECTIONS[section])
    assert found is not None
    command = ["sources", "try", found[1], str(tmp_path / "body.json")]
    if "yaml" in told:
        command += ["--config", str(tmp_path / "agent.yaml")]
    assert main(command) == 0
    assert TIME.sub("", capsys.readouterr().out) == TIME.sub("", told["text"])
