"""Writes what the chart makes of values.yaml: the table in its README, and defaults.json.

A key is told by a line "# -- TEXT" right above it. Templates cannot read values.yaml, so
defaults.json repeats it for releases that lack keys. With --check nothing is written, and a file
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


def defaults(values: str) -> str:
    """The text of defaults.json."""
    return json.dumps(yaml.safe_load(values), indent=2) + "\n"


def main() -> int:
    """Write, or compare; the exit code."""
    values = (CHART / "values.yaml").read_text(encoding="utf-8")
    readme = CHART / "README.md"
    made = {
        readme: fresh(readme.read_text(encoding="utf-8"), values),
        CHART / "defaults.json": defaults(values),
    }
    stale = 0
    for path, text in made.items():
        if "--check" not in sys.argv:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            print(f"charts/alarminati/{path.name} is not fresh: run 'make chart'", file=sys.stderr)
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
