"""Shapes that several answers share."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Severity: TypeAlias = Literal["CRITICAL", "ERROR", "WARNING", "INFO"]
Tab: TypeAlias = Literal["todo", "firing", "acknowledged", "muted", "resolved", "all"]
Order: TypeAlias = Literal["severity", "time"]
ClusterState: TypeAlias = Literal[
    "connecting", "live", "late", "silent", "ended", "unknown", "paused", "archived"
]


class Text(Struct, frozen=True):
    """A sentence in both languages."""

    ko: str
    en: str


class Error(Struct, frozen=True):
    """A refusal; the body of every answer with a status of 400 or more."""

    code: str
    """For programs, in capitals, such as "INVALID_FIELD" or "UNREACHABLE"."""
    ko: str
    en: str
    field: str = ""
    """Field or parameter that is wrong; empty: none in particular."""
    retry_ms: int = 0
    """Pause after which the same call may succeed; 0: it will not by itself."""


class AlarmKey(Struct, frozen=True):
    """One alarm: the id of its cluster and its fingerprint."""

    cluster: str
    fingerprint: str


class TabCounts(Struct):
    """Alarms behind each tab."""

    todo: int = 0
    firing: int = 0
    acknowledged: int = 0
    muted: int = 0
    resolved: int = 0
    all: int = 0


class SeverityCounts(Struct):
    """Firing alarms by severity."""

    CRITICAL: int = 0
    ERROR: int = 0
    WARNING: int = 0
    INFO: int = 0


class Done(Struct, frozen=True):
    """A success that has nothing to tell."""

    ok: bool = True
