"""Columns for people, as a terminal shows them."""

from __future__ import annotations

import shutil
import sys
from unicodedata import combining, east_asian_width

NARROWEST = 12  # columns that a cut text keeps, whatever the terminal


def screen() -> int:
    """Columns of the terminal that standard output goes to; 0 where there is none."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 0
    return shutil.get_terminal_size().columns


def cut(text: str, width: int) -> str:
    """As much of the text as fits `width` columns, with "…" where some is left out; 0: all."""
    if width <= 0 or width_of(text) <= width:
        return text
    kept, room = [], max(width, NARROWEST) - 1
    for character in text:
        room -= width_of(character)
        if room < 0:
            break
        kept.append(character)
    return "".join(kept).rstrip() + "…"


def padded(text: str, width: int) -> str:
    """Return the text with blanks up to a width."""
    return text + " " * (width - width_of(text))


def table(rows: list[list[str]], width: int = 0) -> list[str]:
    """Columns side by side; the first row is the heading. With a `width` the widest are cut."""
    widths = [max(map(width_of, column)) for column in zip(*rows, strict=True)]
    excess = sum(widths) + 2 * (len(widths) - 1) - width if width else 0
    while excess > 0 and max(widths) > NARROWEST:
        widest = widths.index(max(widths))
        widths[widest] -= 1
        excess -= 1
    lines = [[cut(c, w) for c, w in zip(row, widths, strict=True)] for row in rows]
    return [
        "  ".join(padded(c, w) for c, w in zip(row, widths, strict=True)).rstrip() for row in lines
    ]


def width_of(text: str) -> int:
    """Columns that a terminal takes for it: two for Hangul and other wide characters."""
    return sum(map(_columns, text))


def _columns(character: str) -> int:
    if combining(character) or "\u1160" <= character <= "\u11ff":  # vowels of Hangul in parts
        return 0
    return 2 if east_asian_width(character) in "WF" else 1
