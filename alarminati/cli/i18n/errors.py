"""Errors in Korean: sentences that were made elsewhere are known again by their pattern.

Agents and libraries speak English, for programs read them, too. A sentence that nobody knows here
stays as it is.
"""

from __future__ import annotations

import re
from functools import cache
from string import Formatter

from alarminati.cli.i18n import korean_config, korean_errors, korean_files, korean_rare

DEPTH = 4  # sentences within sentences
TABLES = (
    korean_rare.SENTENCES,
    korean_config.SENTENCES,
    korean_errors.SENTENCES,
    korean_files.SENTENCES,
    korean_files.PARTS,
)


def in_korean(text: str, depth: int = DEPTH) -> str:
    """The Korean for a sentence, its parts included, or as much of it as is known."""
    if not depth or not text:
        return text
    for pattern, korean in _patterns():
        if found := pattern.fullmatch(text):
            return korean.format(
                **{k: in_korean(v, depth - 1) for k, v in found.groupdict().items()}
            )
    head, mark, rest = text.partition(": ")
    if mark and (known := in_korean(rest, depth - 1)) != rest:
        return f"{head}: {known}"
    parts = text.split("; ")
    known_parts = [in_korean(part, depth - 1) for part in parts] if len(parts) > 1 else parts
    return ". ".join(known_parts) if known_parts != parts else text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """Those that say the most themselves come first."""
    known: dict[str, str] = {}
    for table in TABLES:
        known |= table
    ordered = sorted(known, key=lambda english: -len(re.sub(r"{\w+}", "", english)))
    return [(_pattern(english), known[english]) for english in ordered]


def _pattern(english: str) -> re.Pattern[str]:
    parts = [
        re.escape(literal)
        + (f"(?P<{name}>{_part(name, first=not at and not literal)})" if name else "")
        for at, (literal, name, _, _) in enumerate(Formatter().parse(english))
    ]
    return re.compile("".join(parts), re.DOTALL)


def _part(name: str, *, first: bool) -> str:
    """What a part may be. The place before a sentence, as in "a.yaml: name: ...", is none of it."""
    if name == "key":
        return r"[^:\s]+"
    return "(?:(?!: ).)+?" if first and name in ("problem", "file") else ".+?"
