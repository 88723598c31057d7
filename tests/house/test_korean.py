"""The command line says the same in both languages."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from string import Formatter

import pytest

from alarminati.cli.commands.doctor import SENTENCES
from alarminati.cli.i18n.korean import TEXTS
from alarminati.cli.main import COMMANDS
from alarminati.config.alertmanager_notes import PLACES, SAYINGS
from tests.house.source import python_files, tree

SPEAKERS = ("tell", "translated")


def spoken() -> Iterator[str]:
    """Every text that the command line hands over for translation."""
    for _, _, summary in COMMANDS.values():
        yield summary
    yield from SENTENCES.values()
    yield from SAYINGS.values()
    yield from (place for place in PLACES.values() if place != "{name}")
    for path in python_files("alarminati/cli/"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in SPEAKERS:
                text = node.args[0]
                if isinstance(text, ast.Constant):
                    yield str(text.value)


def fields(text: str) -> list[str]:
    """Names of the placeholders."""
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name is not None)


def test_every_text_has_its_korean_and_none_is_left_behind() -> None:
    assert sorted(set(spoken()) - set(TEXTS)) == []
    assert sorted(set(TEXTS) - set(spoken())) == []


@pytest.mark.parametrize("english", TEXTS)
def test_both_have_the_same_placeholders(english: str) -> None:
    assert fields(english) == fields(TEXTS[english])
    assert re.search("[가-힣]", TEXTS[english])
