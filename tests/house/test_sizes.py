"""A module over 500 lines or a function over 60 is asking to become two."""

from __future__ import annotations

import ast

from tests.house.source import ROOT, python_files, tree

MODULE_LINES = 500
FUNCTION_LINES = 60
LONGER_ON_PURPOSE: dict[str, str] = {}
"""Path or "path:function", and the reason why cutting it would not make it clearer."""

FILES = python_files("alarminati/", "tests/", "bench/", "scripts/")


def longer() -> set[str]:
    """What is longer than it should be."""
    found = set()
    for path in FILES:
        if len((ROOT / path).read_text(encoding="utf-8").splitlines()) > MODULE_LINES:
            found.add(path)
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                assert node.end_lineno is not None
                if node.end_lineno - node.lineno + 1 > FUNCTION_LINES:
                    found.add(f"{path}:{node.name}")
    return found


def test_nothing_is_too_long() -> None:
    assert len(FILES) > 40
    too_long = sorted(longer() - set(LONGER_ON_PURPOSE))
    assert not too_long, "too long: " + ", ".join(too_long)


def test_no_exception_is_out_of_date() -> None:
    assert set(LONGER_ON_PURPOSE) <= longer()
