"""A text that must not be seen: not in a log, an error, a traceback or an answer."""

from __future__ import annotations

from typing import final


@final
class Secret:
    """Holds a secret; only `reveal` gives it out."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself: to be sent where it belongs and kept nowhere else."""
        return self._text

    def __repr__(self) -> str:
        return "***"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)
