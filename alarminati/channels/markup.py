"""Markup of one chat: escaping, cutting and counting. Each chat has its own `Markup`.

Text of alarms goes through `fit` or `one_line` before it meets any markup.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Markup:
    """Markup rules of one chat. `bold`, `small` and `link` take text that is escaped already."""

    pieces: Callable[[str], list[str]]  # escapes; no piece may be cut in two, each has a length
    # in the chat's unit, the larger one where its documentation leaves it open
    size: Callable[[str], int]
    bold: Callable[[str], str]
    small: Callable[[str], str]
    link: Callable[[str, str], str]  # address as it came, text to show; the text alone if unfit

    def fit(self, text: str, limit: int) -> str:
        """Return `text`, escaped, in at most `limit` units; a cut text ends in an ellipsis."""
        pieces = self.pieces(text[: limit + 10])  # an escape may reach past the cut
        if sum(map(self.size, pieces)) <= limit:
            return "".join(pieces)
        room, kept = limit - self.size("…"), 0
        for piece in pieces:
            room -= self.size(piece)
            if room < 0:
                break
            kept += 1
        return "".join(pieces[:kept]) + "…"

    def one_line(self, text: str, limit: int) -> str:
        """Return `fit` of the text with every run of white space made one space."""
        return self.fit(" ".join(text[: 4 * limit].split()), limit)


def length(text: str) -> int:
    """Return UTF-16 units: never fewer than characters."""
    return len(text) + sum(char > "\uffff" for char in text)
