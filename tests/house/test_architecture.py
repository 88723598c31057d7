"""docs/architecture.md names every module of the core and of the agent, and none that is gone."""

from __future__ import annotations

import re

import pytest

from tests.house.source import ROOT, modules

PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def table(head: str) -> str:
    """The first column of the table whose head begins so."""
    lines = PAGE[PAGE.index(f"| {head} |") :].partition("\n\n")[0].splitlines()
    return "\n".join(line.split("|")[1] for line in lines[2:])


def folder(name: str) -> set[str]:
    """The modules right in that folder."""
    found = (module.rpartition(".") for module in modules())
    return {module for package, _, module in found if package == f"alarminati.{name}"}


def test_the_core_table_has_every_module_once() -> None:
    told = re.findall(r"`(\w+)`", table("in `core/`"))
    assert sorted(told) == sorted(folder("core"))


@pytest.mark.parametrize("module", sorted(folder("agent") - {"agent"}))
def test_every_module_of_the_agent_is_told(module: str) -> None:
    rows = PAGE[PAGE.index("| shell |") :].partition("\n\n")[0]
    assert re.search(rf"\b{module}\b", rows), f"agent/{module}.py is in no row of the table"


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", PAGE))))
def test_what_is_named_is_there(path: str) -> None:
    assert (ROOT / "alarminati" / path).is_file()
