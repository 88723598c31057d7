"""What things may be called, and that no two of a kind are called the same."""

from __future__ import annotations

import re
from collections.abc import Iterable

from alarminati.config.refusal import suggestion

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)


def check_name(name: str, key: str = "name") -> None:
    """Raise ValueError unless `name` is one."""
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"{key} {name[:80]!r} must be 1 to 64 letters, digits, dots, dashes or underscores"
        )


def check_unique(key: str, names: list[str]) -> None:
    """Raise ValueError when two are the same."""
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ValueError(f"{key}[{place}] is named {name!r} like an earlier one; rename it")


def check_known(key: str, kind: str, name: str, known: Iterable[str]) -> None:
    """Raise ValueError unless `name` is among those that `kind` (a key) lists."""
    names = list(known)
    if name not in names:
        near = suggestion(name, names) if names else " (it has none)"
        raise ValueError(f"{key} names {name[:80]!r}, which is not in {kind}{near}")
