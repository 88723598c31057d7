"""Texts of an alarm in the forms that searches need."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import Final

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.matchers import labels_of
from alarminati.ui.schema.common import Severity as SeverityName

BREAK: Final = "\x1f"
"""Stands before, between and after labels: no label holds it in earnest."""

SEVERITIES: Final[tuple[SeverityName, ...]] = ("CRITICAL", "ERROR", "WARNING", "INFO")
"""Worst first; the index counts from 1 and is called rank."""


def rank_of(severity: Severity) -> int:
    """Return 1 for the worst severity, 4 for the least."""
    name = severity.name
    return SEVERITIES.index(name) + 1 if name in SEVERITIES else len(SEVERITIES)


def severity_of(rank: int) -> SeverityName:
    """Return the name of a rank."""
    return SEVERITIES[min(max(rank, 1), len(SEVERITIES)) - 1]


def folded(text: str) -> str:
    """Return a text as searches compare it: composed, without case."""
    return unicodedata.normalize("NFC", text).casefold()


def packed(labels: Mapping[str, str]) -> str:
    """Return labels as one text, in which `name=value` can be found by its breaks."""
    pairs = (f"{name}={value}".replace(BREAK, " ") for name, value in sorted(labels.items()))
    return BREAK + BREAK.join(pairs) + BREAK


def unpacked(text: str) -> dict[str, str]:
    """Return the labels that were packed."""
    pairs = (each.partition("=") for each in text.strip(BREAK).split(BREAK) if each)
    return {name: value for name, _, value in pairs}


def matched_labels(alarm: Alarm, project: str) -> dict[str, str]:
    """Return the labels that matchers see, as plain texts."""
    return {name: str(value) for name, value in labels_of(alarm, project).items()}


def own_labels(matched: Mapping[str, str]) -> dict[str, str]:
    """Return the labels that a reader wants to see: without those shown elsewhere in the row."""
    hidden = ("severity", "project", "source")
    return {name: value for name, value in matched.items() if name not in hidden}


def searched(alarm: Alarm, labels: Mapping[str, str], where: str) -> str:
    """Return the text in which words are looked for."""
    parts = [alarm.message, *(f"{name}={value}" for name, value in labels.items()), where]
    return folded(BREAK.join(parts))
