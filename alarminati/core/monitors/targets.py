"""Targets of health checks: what is asked, and what counts as well. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from alarminati.core.model.entries import Pairs

SCHEMES: Final = ("http", "https", "tcp", "grpc", "grpcs", "dns")
GOOD: Final = ((200, 399),)
"""Status of an answer that is well, where nothing else is said."""


@dataclass(frozen=True, slots=True)
class Target:
    """One address, and what is asked there."""

    url: str
    method: str = "GET"
    headers: Pairs = field(default=(), repr=False)  # they may hold secrets
    status: tuple[tuple[int, int], ...] = GOOD  # from, to
    contains: str = ""  # text that the body must hold; of a name: an address that it must have
    ca: str = field(default="", repr=False)  # certificates in PEM; empty: the system's
    certificate_days: int = 0  # the certificate of the server must hold for so long

    @property
    def scheme(self) -> str:
        """Return how it is asked."""
        return self.url.partition("://")[0].lower()

    def fits(self, status: int) -> bool:
        """Return whether an answer with this status is well."""
        return any(low <= status <= high for low, high in self.status)


def read_statuses(words: tuple[int | str, ...]) -> tuple[tuple[int, int], ...]:
    """Return the ranges of statuses such as 200, "2xx" and "200-299". Raises ValueError."""
    found: list[tuple[int, int]] = []
    for word in words:
        text = str(word).strip().lower()
        low, dash, high = text.partition("-")
        if len(text) == 3 and text[0] in "12345" and text[1:] == "xx":
            found.append((int(text[0]) * 100, int(text[0]) * 100 + 99))
        elif low.isdecimal() and (high.isdecimal() or not dash):
            found.append((int(low), int(high or low)))
        else:
            raise ValueError(f"status {text[:20]!r} is neither 200, 2xx nor 200-299")
    if any(not 100 <= low <= high <= 599 for low, high in found):
        raise ValueError("status must lie between 100 and 599")
    return tuple(found)
