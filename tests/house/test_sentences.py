"""Docstrings and comments of finished packages are plain sentences with standard words.

`DONE` grows until it holds every package. docs/glossary.md decides the words.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from tests.house.source import ROOT, python_files, tree

DONE = (
    "alarminati/core/",
    "alarminati/agent/health.py",
    "alarminati/agent/master_tasks/",
    "alarminati/agent/mesh/discovery/",
    "alarminati/agent/mesh/recent_entries.py",
    "alarminati/agent/reload.py",
    "alarminati/agent/store/log.py",
    "alarminati/agent/store/retention.py",
    "alarminati/agent/store/writer.py",
    "alarminati/agent/supervisor.py",
    "alarminati/agent/tls/",
    "alarminati/channels/",
    "alarminati/doctor/",
    "alarminati/pki/",
    "alarminati/wire/",
)
"""Folders and files whose sentences are held to the rules below."""

OPENERS = {"What", "How", "Where", "Who", "When", "It", "Those", "Of", "As", "Likewise"}
"""First words that put a clause or a pronoun where a verb or a noun belongs."""

WORDS = {
    r"no more(?! than)": "no longer, gone",
    r"for ever": "forever, without end",
    r"anew": "again",
    r"in peace": "paused",
    r"likewise": "repeat the noun",
    r"by then": "name the time",
    r"whoever": "name the party",
    r"somebody": "name the party",
    r"nobody": "name the party",
    r"told": "notified, sent, reported",
    r"tells?": "returns, notifies, reports",
    r"reigns?": "master, coordinator",
    r"hushed": "muted",
    r"astray": "wrong",
    r"manieth": "number",
}
"""Words that have a standard term, and the term."""

LONGEST = 25
"""Words in the first sentence of a docstring."""
SHORTEST = 3
"""Words in a public docstring."""

_CODE = re.compile(r"`[^`]*`")
_BANNED = re.compile(rf"\b(?:{'|'.join(WORDS)})\b", re.IGNORECASE)
_SENTENCE = re.compile(r".*?[.:;!?](?=\s|$)|.+", re.DOTALL)


class Text(NamedTuple):
    """One text of a file."""

    line: int
    name: str
    text: str


@cache
def finished() -> tuple[str, ...]:
    """Paths of the files that are held to the rules."""
    return tuple(python_files(*DONE))


def docstrings(root: ast.Module) -> Iterator[Text]:
    """Docstrings of modules, classes, functions and attributes."""
    named = {
        id(node.body[0]): getattr(node, "name", "module")
        for node in ast.walk(root)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
    }
    for node in ast.walk(root):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield Text(node.lineno, named.get(id(node), "attribute"), text)


def comments(path: str) -> Iterator[Text]:
    """Comments of a file."""
    source = (ROOT / path).read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield Text(token.start[0], "comment", token.string)


def messages(root: ast.Module) -> Iterator[Text]:
    """Texts for people: constants with a space that are no docstrings."""
    spoken = {id(node.value) for node in ast.walk(root) if isinstance(node, ast.Expr)}
    for node in ast.walk(root):
        match node:
            case ast.Constant(value=str(text)) if " " in text and id(node) not in spoken:
                yield Text(node.lineno, "text", text)


def first_sentence(text: str) -> str:
    """The first sentence of a docstring, without code in backquotes."""
    match = _SENTENCE.match(_CODE.sub("code", text.strip()))
    assert match is not None
    return match[0]


def faults(path: str) -> list[str]:
    """Sentences of a file that break a rule, each with its line."""
    found: list[str] = []
    for line, name, text in docstrings(tree(path)):
        place, first = f"{path}:{line}: {name}", first_sentence(text)
        if text.split()[0].rstrip(",:") in OPENERS or text.startswith("The same"):
            found.append(f"{place}: begins with {text.split()[0]!r}")
        if len(first.split()) > LONGEST:
            found.append(f"{place}: first sentence has {len(first.split())} words")
        if not name.startswith("_") and len(text.split()) < SHORTEST:
            found.append(f"{place}: {text!r} says too little")
    for line, name, text in (*docstrings(tree(path)), *comments(path), *messages(tree(path))):
        for word in _BANNED.findall(_CODE.sub("", text)):
            found.append(f"{path}:{line}: {name}: {word!r} has a standard term")
    return found


@pytest.mark.parametrize("path", finished())
def test_sentences_are_plain(path: str) -> None:
    assert faults(path) == []


def test_every_finished_folder_exists() -> None:
    for folder in DONE:
        assert python_files(folder), f"{folder} has no files"


def test_rules_find_what_they_are_for() -> None:
    root = ast.parse('"""What is owed."""\nx = "it is no more"\n"""A peer that was told."""')
    assert [text.text for text in docstrings(root)] == ["What is owed.", "A peer that was told."]
    assert [text.text for text in messages(root)] == ["it is no more"]
    assert _BANNED.findall("left in peace; no more than 5; it tells") == ["in peace", "tells"]
    assert first_sentence("Return `a. b`. Then more.") == "Return code."
