"""Severity words: words of a team or tool for a severity, before the common ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alarminati.core.model.entries import Severity
from alarminati.core.model.validation import Invalid, parse_severity

OTHERWISE: Final = "*"
"""Word that stands for every word that is not known."""


class SeverityWords:
    """Reader of severities. Case and surrounding space do not matter."""

    def __init__(self, *words: Mapping[str, Severity]) -> None:
        """Take several maps; an earlier one counts before a later one."""
        self._words: dict[str, Severity] = {}
        for each in reversed(words):
            self._words |= {word.strip().lower(): level for word, level in each.items()}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SeverityWords) and self._words == other._words

    def __hash__(self) -> int:
        return hash(tuple(sorted(self._words.items())))

    def under(self, words: Mapping[str, Severity]) -> SeverityWords:
        """Return the same words below others."""
        return SeverityWords(words, self._words) if words else self

    def read(self, text: str) -> Severity:
        """Return the severity that a word stands for. Raises Invalid."""
        known = self._words.get(text.strip().lower()) if self._words else None
        if known is not None:
            return known
        try:
            return parse_severity(text)
        except Invalid:
            if OTHERWISE in self._words:
                return self._words[OTHERWISE]
            raise

    def guess(self, text: str, otherwise: Severity = Severity.WARNING) -> Severity:
        """Return the severity that a word stands for, or `otherwise`: the word of a tool."""
        try:
            return self.read(text)
        except Invalid:
            return otherwise


COMMON: Final = SeverityWords()
"""Nothing but the common words."""


def read_words(words: Mapping[str, str]) -> dict[str, Severity]:
    """Return what each word stands for. Raises Invalid, which names the word."""
    found: dict[str, Severity] = {}
    for word, meant in words.items():
        try:
            found[word] = parse_severity(meant)
        except Invalid as error:
            raise Invalid(word, error.problem) from None
    return found
