"""Tables and plots of docs/figures.md from what `python -m bench` wrote.

`scripts/figures.py FILE...` takes results into docs/figures.json, the newest of each figure, and
writes tables and plots. Without a file it writes them again; with --check it fails when they are
other than what docs/figures.json says.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from bench.figure import Figure, number  # noqa: E402

PLAN = ROOT / "bench/figures.yaml"
KEPT = ROOT / "docs/figures.json"
PAGES = {"en": ROOT / "docs/figures.md", "ko": ROOT / "docs/figures.ko.md"}
HEADS = {
    "en": ("what", "goal", "median", "spread", "Alertmanager", "measured"),
    "ko": ("항목", "목표", "중앙값", "범위", "Alertmanager", "측정일"),
}
WIDTH, BAR, GAP, LEFT, RIGHT = 640, 22, 10, 110, 80  # pixels of a plot
INK, OURS, THEIRS = "#7d8590", "#2f81f7", "#8b949e"  # readable on white and on black

Kept = dict[str, dict[str, Any]]
"""Figures by what they are of: samples, unit, goal, more, and the day."""


def taken(kept: Kept, files: list[Path]) -> Kept:
    """Return the figures kept with those of the files; the newer of two stays."""
    found = dict(kept)
    for path in files:
        document = json.loads(path.read_text())
        if document["quick"]:
            raise SystemExit(f"{path}: it is of a run with --quick, which measures nothing")
        day = document["time"][:10]
        for figure in document["figures"]:
            old = found.get(figure["what"])
            if old is None or old["day"] <= day:
                kept_keys = ("samples", "unit", "goal", "more")
                found[figure["what"]] = {key: figure[key] for key in kept_keys} | {"day": day}
    return dict(sorted(found.items()))


def table(rows: list[Mapping[str, str]], kept: Kept, language: str) -> str:
    """Return a table in Markdown. A figure that was never measured has a dash."""
    head = HEADS[language]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for row in rows:
        lines.append(f"| {' | '.join([row[language], *cells(row, kept)])} |")
    return "\n".join(lines)


def cells(row: Mapping[str, str], kept: Kept) -> list[str]:
    """Return goal, median, spread, the figure beside it, and the day."""
    if row["what"] not in kept:
        return ["", "–", "", "", ""]
    found = kept[row["what"]]
    figure = figure_of(row["what"], found)
    _, unit, goal, median, spread, _, _ = figure.cells()
    beside = kept.get(row.get("beside", ""))
    peer = number(figure_of("", beside).median) if beside else ""
    reached = f"**{median}**" if figure.missed_by else median
    return [f"{goal} {unit}" if goal else "", f"{reached} {unit}", spread, peer, found["day"]]


def figure_of(what: str, found: Mapping[str, Any]) -> Figure:
    """Return a figure as it was measured."""
    samples = tuple(found["samples"])
    return Figure(what, samples, found["unit"], found["goal"], found["more"])


def plot(title: str, bars: Mapping[str, float]) -> str:
    """Return bars as SVG, each with its value at its end."""
    most = max(bars.values(), default=1.0)
    height = 40 + len(bars) * (BAR + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img"'
        f' font-family="sans-serif" font-size="13" fill="{INK}">',
        f"<title>{escape(title)}</title>",
        f'<text x="0" y="18" font-size="15">{escape(title)}</text>',
    ]
    for place, (name, value) in enumerate(bars.items()):
        top = 34 + place * (BAR + GAP)
        length = max(2.0, (WIDTH - LEFT - RIGHT) * value / most)
        colour = THEIRS if name == "Alertmanager" else OURS
        middle = top + BAR - 6
        parts += [
            f'<text x="{LEFT - 8}" y="{middle}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{top}" width="{length:.1f}" height="{BAR}" rx="3"'
            f' fill="{colour}"/>',
            f'<text x="{LEFT + length + 8:.1f}" y="{middle}">{number(value)}</text>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def inserted(page: str, name: str, table_: str) -> str:
    """Return a page with the table between its two marks. Raises SystemExit without marks."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        raise SystemExit(f"the page has no place for the table {name}: {begin.strip()} ... {end}")
    return f"{before}{begin}{table_}\n{end}{after}"


def outputs(kept: Kept) -> Iterator[tuple[Path, str]]:
    """Return every file and what must stand in it."""
    plan = yaml.safe_load(PLAN.read_text())
    for language, path in PAGES.items():
        if not path.exists():
            continue
        page = path.read_text()
        for each in plan["tables"]:
            page = inserted(page, each["name"], table(each["rows"], kept, language))
        yield path, page
    for each in plan["plots"]:
        medians = {
            name: figure_of(what, kept[what]).median
            for name, what in each["bars"].items()
            if what in kept
        }
        for language in PAGES:
            end = "" if language == "en" else f".{language}"
            yield (
                ROOT / f"docs/images/figures-{each['name']}{end}.svg",
                plot(each[language], medians),
            )


def main(arguments: list[str]) -> int:
    """Write all, or with --check say what is not as it must be."""
    check = arguments == ["--check"]
    kept: Kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    if not check:
        kept = taken(kept, [Path(each) for each in arguments])
        KEPT.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n")
    stale = [path for path, text in outputs(kept) if not path.exists() or path.read_text() != text]
    if check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not of docs/figures.json: run scripts/figures.py")
        return bool(stale)
    for path, text in outputs(kept):
        path.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
