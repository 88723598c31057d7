"""docs/sources.md: every block is what it says it is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml

from alarminati.agent.sources import pages_of
from alarminati.cli.main import main
from alarminati.config import load_sources
from alarminati.edge.shapes.inbound import Inbound
from alarminati.edge.shapes.table import PRESETS
from tests.house.source import ROOT

PAGE = (ROOT / "docs/sources.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^##+ (.*?)\n(.*?)(?=^##+ |\Z)", re.DOTALL | re.MULTILINE)
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SECTIONS = dict(SECTION.findall(PAGE))
TRIED = [name for name, text in SECTIONS.items() if "```json" in text]
CONFIGURED = [name for name, text in SECTIONS.items() if "```yaml\nsources:" in text]
WRITTEN = {
    "gatus": ("Gatus", r"body: \|\n(.*?)\n    default-alert"),
    "healthchecks": ("healthchecks", r"```text\n(.*?)```"),
    "datadog": ("Datadog", r"```text\n(.*?)```"),
    "elastic": ("Elastic", r"```text\n(.*?)```"),
    "argocd": ("Argo CD", r"body: \|\n(.*?)\ntrigger"),
}
"""Presets whose body people write themselves, and where the page has it."""
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


@pytest.mark.parametrize("section", CONFIGURED)
def test_configurations_are_taken(section: str, tmp_path: Path) -> None:
    for number, text in enumerate(re.findall(r"```yaml\n(.*?)```", SECTIONS[section], re.DOTALL)):
        file = tmp_path / f"{number}.yaml"
        file.write_text(text)
        assert pages_of(load_sources(file))[0]


@pytest.mark.parametrize("preset", WRITTEN)
def test_a_body_that_people_write_has_the_members_of_its_preset(preset: str) -> None:
    section, pattern = WRITTEN[preset]
    found = re.search(pattern, SECTIONS[section], re.DOTALL)
    assert found is not None
    text = found[1].replace("$NAME_JSON", '"$NAME"')
    members = set(json.loads(text))
    recorded = json.loads((ROOT / f"tests/edge/payloads/{preset}.json").read_text())
    assert members <= set(recorded)
    used: set[str] = set()
    list(PRESETS[preset].shape(Inbound(text.encode(), 1_758_166_920_000, source="x", used=used)))
    assert len(used) >= len(members) - 2


def test_every_preset_is_on_the_page() -> None:
    table = SECTIONS["Presets"]
    assert [name for name in PRESETS if f"`{name}`" not in table] == []


def test_the_media_type_of_zabbix_sends_what_the_preset_reads() -> None:
    (media,) = yaml.safe_load((ROOT / "deploy/zabbix/media_alarminati.yaml").read_text())[
        "zabbix_export"
    ]["media_types"]
    sent = {each["name"] for each in media["parameters"]}
    sent -= {"agent", "token", "event_date", "event_time", "zabbix_url"}
    recorded = json.loads((ROOT / "tests/edge/payloads/zabbix.json").read_text())
    assert sent | {"timestamp", "url"} == set(recorded)
