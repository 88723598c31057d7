"""Recorder of the demo: docs/images/demo.svg and demo.ko.svg, a little slower than it ran.

Runs `make demo ARGS=--once` in a terminal of its own and writes what it prints as an SVG without
scripts. A reader who wants no motion sees the end. Run it again when the demo changes.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import time
from html import escape
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PICTURES = {"en": ROOT / "docs/images/demo.svg", "ko": ROOT / "docs/images/demo.ko.svg"}
TITLES = {"en": "Recording of make demo", "ko": "make demo의 기록"}
COLUMNS, ROWS = 110, 30
SIZE, LINE, EDGE = 13, 18, 14  # pixels: letters, lines, margin
LONGEST, SHORTEST = 1.5, 0.2  # seconds from one line to the next
CODE = re.compile(r"\x1b\[([\d;]*)([A-Za-z])|\x1b\][^\x07]*\x07")
COLOURS = {
    "1": "b", "2": "d", "31": "r", "32": "g", "33": "y", "34": "u", "35": "m", "36": "c", "90": "d",
}  # fmt: skip
STYLE = """text{font:%dpx ui-monospace,Menlo,Consolas,D2Coding,monospace}
text{fill:#e6e9ee;white-space:pre}
.b{font-weight:bold}.d{fill:#9aa4b0}.r{fill:#ff7b7f}.g{fill:#63c98a}.y{fill:#e6c34a}
.u{fill:#7db7ff}.m{fill:#b9a5ff}.c{fill:#6fd3d3}
@keyframes wait{from,to{opacity:0}}
@media (prefers-reduced-motion){*{animation:none!important}}"""


class Line(NamedTuple):
    """One line of output, and when it was complete."""

    seconds: float
    text: str


def record(command: list[str], language: str) -> list[Line]:
    """Run a command in a terminal and return its lines. Raises SystemExit when it fails."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    settings = {"ALARMINATI_LANG": language, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=theirs, stdout=theirs, stderr=theirs, env=os.environ | settings
    )
    os.close(theirs)
    lines, rest, begin = [Line(0.0, f"$ {' '.join(command)}")], b"", time.monotonic()
    while True:
        try:
            some = os.read(ours, 65536)
        except OSError:  # Linux: the other end is closed
            break
        *complete, rest = (rest + some).split(b"\n")
        now = time.monotonic() - begin
        lines += [Line(now, each.decode(errors="replace").rstrip("\r")) for each in complete]
    if process.wait():
        raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
    return lines


def shortened(lines: list[Line]) -> list[Line]:
    """Return the lines at a pace that people can read."""
    found: list[Line] = []
    before = at = 0.0
    for line in lines:
        at += min(max(line.seconds - before, SHORTEST), LONGEST)
        before = line.seconds
        text = line.text.replace(f"{ROOT}/", "")
        wide = len(CODE.sub("", text)) > COLUMNS and "\x1b" not in text
        found.append(Line(round(at, 2), f"{text[: COLUMNS - 1]}…" if wide else text))
    return found


def spans(text: str) -> str:
    """Return a line of a terminal as SVG, its colours as classes."""
    parts, style, last = [], "", 0
    for code in [*CODE.finditer(text), None]:
        piece = text[last : code.start() if code else None]
        if piece:
            inside = escape(piece, quote=False)
            parts.append(f'<tspan class="{style}">{inside}</tspan>' if style else inside)
        if code is not None:
            last = code.end()
            if code[2] == "m":
                style = " ".join(COLOURS.get(each, "") for each in code[1].split(";")).strip()
    return "".join(parts)


def drawn(lines: list[Line], title: str) -> str:
    """Return lines as a picture that shows each at its time and scrolls."""
    height = ROWS * LINE + 2 * EDGE
    end = max(len(lines) - ROWS, 0)
    total = max(lines[-1].seconds, 0.01)
    steps = [
        f"{100 * at / total:.2f}%{{transform:translateY({-max(count - ROWS, 0) * LINE}px)}}"
        for at, count in seen(lines)
    ]
    texts = [
        f'<text x="{EDGE}" y="{EDGE + SIZE + number * LINE}"'
        f' style="animation:wait {line.seconds}s">{spans(line.text)}</text>'
        for number, line in enumerate(lines)
        if line.text.strip()
    ]
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 {height}" role="img">',
            f"<title>{escape(title)}</title>",
            f"<style>{STYLE % SIZE}",
            f"@keyframes scroll{{{''.join(steps)}}}",
            f"#s{{transform:translateY({-end * LINE}px)}}",
            f"#s{{animation:scroll {total}s step-end}}</style>",
            f'<rect width="900" height="{height}" rx="8" fill="#111418"/>',
            '<g id="s">',
            *texts,
            "</g></svg>",
            "",
        ]
    )


def seen(lines: list[Line]) -> list[tuple[float, int]]:
    """Return how many lines there are at each time at which there are more."""
    counts, count = [], 0
    for at, group in groupby(lines, key=lambda line: line.seconds):
        count += len(list(group))
        counts.append((at, count))
    return counts


def main() -> None:
    """Record the demo in both languages."""
    command = ["make", "demo", "ARGS=--once"]
    for language, path in PICTURES.items():
        path.write_text(drawn(shortened(record(command, language)), TITLES[language]))
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
