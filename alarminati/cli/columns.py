"""Columns for people, as a terminal shows them."""

from __future__ import annotations

from unicodedata import east_asian_width


def table(rows: list[list[str]]) -> list[str]:
    """Columns side by side; the first row is the heading."""
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(c + " " * (w - _width(c)) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    """Columns that a terminal takes for it: two for Hangul and other wide characters."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)
