"""Writes the table of values in the chart's README from the comments of values.yaml.

A key is told by a line "# -- TEXT" right above it. With --check nothing is written, and a README
that is not fresh fails. Run by `make chart`.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

CHART = Path(__file__).resolve().parents[1] / "charts/alarminati"
_TELLING = re.compile(r"\s*# -- (.*)")
_KEY = re.compile(r"(\s*)([A-Za-z]\w*):(.*)")
_TABLE = re.compile(r"(<!-- values -->\n).*?(<!-- /values -->)", re.DOTALL)


def described(text: str) -> Iterator[tuple[str, str]]:
    """Every key of values.yaml that has a comment, as a path, and the comment."""
    path: list[str] = []
    telling = ""
    for line in text.splitlines():
        if comment := _TELLING.fullmatch(line):
            telling = comment[1]
        elif key := _KEY.fullmatch(line):
            path = [*path[: len(key[1]) // 2], key[2]]
            if telling:
                yield ".".join(path), telling
            telling = ""
        else:
            telling = ""


def default(values: Any, path: str) -> str:
    """What a key is when nothing is said, as JSON."""
    for name in path.split("."):
        values = values[name]
    return json.dumps(values)


def table(text: str) -> str:
    """The table as Markdown."""
    values = yaml.safe_load(text)
    rows = [
        f"| `{path}` | `{default(values, path)}` | {telling.replace('|', chr(92) + '|')} |"
        for path, telling in described(text)
    ]
    return "\n".join(["| key | default | meaning |", "|---|---|---|", *rows, ""])


def fresh(readme: str, values: str) -> str:
    """The README with the table as it should be."""
    return _TABLE.sub(lambda match: match[1] + table(values) + match[2], readme)


def main() -> int:
    """Write, or compare; the exit code."""
    readme = CHART / "README.md"
    there = readme.read_text(encoding="utf-8")
    made = fresh(there, (CHART / "values.yaml").read_text(encoding="utf-8"))
    if "--check" in sys.argv:
        if made != there:
            print("charts/alarminati/README.md is not fresh: run 'make chart'", file=sys.stderr)
        return int(made != there)
    readme.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
