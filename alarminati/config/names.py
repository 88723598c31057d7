"""What things may be called, and that no two of a kind are called the same."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from alarminati.config.refusal import suggestion
from alarminati.core.monitors.targets import SCHEMES

NAME_LIMIT: Final = 64  # characters
_SIGNS = frozenset("._-")
_PLAIN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,62}[A-Za-z0-9])?", re.ASCII)


def check_name(name: str, key: str = "name") -> None:
    """Raise ValueError unless `name` may be one of a channel, a check, a source or an interval."""
    problem = ""
    if not 1 <= len(name) <= NAME_LIMIT or not all(_letter(c) or c in _SIGNS for c in name):
        problem = "must be 1 to 64 letters, digits, dots, dashes or underscores, of any script"
    elif name[0] in _SIGNS or name[-1] in _SIGNS or unicodedata.category(name[0])[0] == "M":
        problem = "must begin and end with a letter or digit"
    elif not unicodedata.is_normalized("NFC", name):
        problem = "is written in parts of letters; write it in whole ones (Unicode's NFC)"
    if problem:
        raise ValueError(f"{key} {name[:80]!r} {problem}")


def check_plain_name(name: str, key: str = "name") -> None:
    """Raise ValueError unless `name` may stand in certificates and the DNS, too."""
    if not _PLAIN.fullmatch(name):
        raise ValueError(
            f"{key} {name[:80]!r} must be 1 to 64 letters a to z, digits, dots, dashes or"
            " underscores, for it stands in certificates"
        )


def name_of(text: str) -> str:
    """The nearest to `text` that `check_name` takes; empty when nothing of it does."""
    whole = unicodedata.normalize("NFC", text)
    spread = "".join(c if _letter(c) or c in _SIGNS else " " for c in whole)
    plain = "-".join(spread.split()).lstrip("._-")
    while plain and unicodedata.category(plain[0])[0] == "M":
        plain = plain[1:].lstrip("._-")
    return plain[:NAME_LIMIT].rstrip("._-")


def _letter(character: str) -> bool:
    """A letter, the mark of one, or a digit."""
    return unicodedata.category(character)[0] in "LMN"


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


def check_url(url: str) -> None:
    """Raise ValueError unless a health check can look at this address."""
    try:
        parts = urlsplit(url)
        fits = parts.scheme in SCHEMES and bool(parts.hostname) and parts.port != 0
        fits &= parts.scheme not in ("tcp", "grpc", "grpcs") or bool(parts.port)
    except ValueError:
        fits = False
    if not fits or not url.isascii() or not url.isprintable() or " " in url:
        raise ValueError(
            "url is not an address of http, https, tcp, grpc, grpcs or dns; write http://HOST/PATH,"
            " tcp://HOST:PORT, grpc://HOST:PORT/SERVICE or dns://NAME"
        )
    if "@" in parts.netloc:
        raise ValueError("url carries a user name or password, which everybody would see in alarms")
