"""A call as its handler sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from alarminati.ui.app import App
from alarminati.ui.problems import invalid


@dataclass(frozen=True, slots=True)
class Asked:
    """Parts of the address, the query, and the body as the shape that the call names."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, list[str]] = field(default_factory=dict)
    body: Any = None
    raw: bytes = b""

    def text(self, name: str, preset: str = "") -> str:
        """Return a parameter; the last, if it came often."""
        values = self.query.get(name)
        return values[-1] if values else preset

    def texts(self, name: str) -> tuple[str, ...]:
        """Return all values of a parameter."""
        return tuple(self.query.get(name, ()))

    def number(self, name: str, preset: int, least: int = 0, most: int = 2**53) -> int:
        """Return a parameter that is a number. Raises Problem."""
        text = self.text(name)
        if not text:
            return preset
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise invalid(
                name,
                f"{name}: {least}에서 {most} 사이의 숫자여야 합니다.",
                f"{name} must be a number from {least} to {most}.",
            )
        return int(text)


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer that comes in parts."""

    parts: AsyncIterator[bytes]
    content: str
    name: str = ""
    """File name to save it under; empty: shown."""


Handler: TypeAlias = Callable[[App, Asked], Awaitable[Any]]
