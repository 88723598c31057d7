"""docs/architecture.md names every room, and none that is gone."""

from __future__ import annotations

import re

import pytest

from tests.house.source import ROOT, modules

PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
TABLE = PAGE[PAGE.index("| room | purpose |") :].partition("\n\n")[0]
ROOMS = ("core", "agent", "cli")


def told() -> set[str]:
    """Paths in the first column of the table."""
    firsts = (line.split("|")[1] for line in TABLE.splitlines()[2:])
    return {path.rstrip("/") for first in firsts for path in re.findall(r"`([\w/.]+)`", first)}


def rooms() -> set[str]:
    """Packages right below the large folders."""
    below = (module.split(".")[1:] for module in modules())
    return {"/".join(parts[:2]) for parts in below if len(parts) > 2 and parts[0] in ROOMS}


def test_every_room_is_told() -> None:
    assert rooms() <= told()


@pytest.mark.parametrize("path", sorted(told()))
def test_every_room_that_is_told_is_there(path: str) -> None:
    assert (ROOT / "alarminati" / path).exists()


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z_]+/[a-z_/]+\.py)`", PAGE))))
def test_what_is_named_is_there(path: str) -> None:
    assert (ROOT / "alarminati" / path).is_file()


def test_every_room_says_what_it_is_for() -> None:
    for room in sorted(rooms()):
        init = (ROOT / "alarminati" / room / "__init__.py").read_text(encoding="utf-8")
        assert re.match(r'"""[A-Z].{15,}', init), f"{room}/__init__.py has no sentence"


def test_paths_in_the_guide_for_contributors_exist() -> None:
    guide = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:[\w.]+/)+[\w.]*)`", guide))
    paths = {
        path
        for path in named
        if "NAME" not in path and not path.startswith((".venv", ".tools", "dist"))
    }
    assert len(paths) > 20
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []
