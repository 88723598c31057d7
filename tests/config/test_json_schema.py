"""The JSON schema takes what agents take, and editors see common mistakes by it."""

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from alarminati.channels.forms import settings_schema
from alarminati.channels.table import TYPES
from alarminati.cli.commands.config import config
from alarminati.config.json_schema import json_schema, text
from tests.house.source import ROOT

SCHEMA = json_schema({type_: settings_schema(type_) for type_ in TYPES})
CHECK = Draft202012Validator(SCHEMA)
PAGES = ("docs/by-hand.md", "docs/bare-metal.md", "docs/routing.md", "docs/channels.md")
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def blocks() -> list[Any]:
    """What the pages show of configurations."""
    found: list[Any] = []
    for page in PAGES:
        for block in BLOCK.findall((ROOT / page).read_text()):
            document = yaml.safe_load(block)
            if isinstance(document, dict) and document.keys() <= SCHEMA["properties"].keys():
                found.append(pytest.param(document, id=f"{page}-{len(found)}"))
    assert len(found) > 5
    return found


def test_it_is_a_schema_and_every_key_of_the_file_stands_in_it() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert {"listen", "channels", "route", "checks", "tls"} <= SCHEMA["properties"].keys()
    assert "required" not in SCHEMA or not SCHEMA["required"]
    assert "description" in SCHEMA["properties"]["project"]


@pytest.mark.parametrize("document", blocks())
def test_what_the_pages_show_passes(document: dict[str, Any]) -> None:
    assert [error.message for error in CHECK.iter_errors(document)] == []


@pytest.mark.parametrize(
    "document",
    [
        {"tls": "tls", "listen": {"http": "off"}, "http": {"anonymous": True}},
        {"tls": {"folder": "tls", "ca_key": "ca.key"}, "cluster_key": "env:KEY"},
        {"channels": [{"name": "a", "type": "slack", "url": "env:URL", "rate": 1.5}]},
        {"channels": [{"name": "a", "type": "webhook", "url": "http://a", "match": ["a=b"]}]},
        {"route": {"routes": [{"match": "a=b", "routes": [{"continue": True}]}]}},
    ],
)
def test_short_forms_pass(document: dict[str, Any]) -> None:
    assert [error.message for error in CHECK.iter_errors(document)] == []


@pytest.mark.parametrize(
    "document",
    [
        {"chanels": []},
        {"listen": {"grcp": ":7443"}},
        {"discovery": {"mode": "magic"}},
        {"priority": 1001},
        {"channels": [{"name": "a", "type": "slak"}]},
        {"channels": [{"name": "a", "type": "slack"}]},
        {"channels": [{"name": "a", "type": "slack", "url": "env:U", "token": "x"}]},
        {"route": {"routes": [{"matchs": "a=b"}]}},
    ],
)
def test_mistakes_are_seen(document: dict[str, Any]) -> None:
    assert not CHECK.is_valid(document)


def test_the_command_prints_it() -> None:
    ended = CliRunner().invoke(config, ["schema"])
    assert ended.exit_code == 0
    assert ended.output == text({type_: settings_schema(type_) for type_ in TYPES}) + "\n"
