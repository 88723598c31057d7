"""Ages of alarms in one unit, as short as a column needs them."""

from __future__ import annotations

from typing import Final

from alarminati.cli.output.terminal import translated

UNITS: Final = (
    (86_400_000, "{count}d"),
    (3_600_000, "{count}h"),
    (60_000, "{count}m"),
    (1000, "{count}s"),
)


def age(milliseconds: int) -> str:
    """Return a length of time in its largest unit, such as "3h"."""
    for size, text in UNITS:
        if milliseconds >= size:
            return translated(text, count=milliseconds // size)
    return translated("0s")
