"""What of a new configuration can be used at once, and what only by a new process."""

from __future__ import annotations

from typing import Any

import msgspec

from alarminati.config.schema import AgentConfig

RELOADABLE = frozenset(
    {
        *("channels", "route", "time_intervals", "inhibit_rules", "flapping"),
        *("resolve_timeouts", "checks", "heartbeats"),
        *("http", "sources", "severity_words", "queues", "retention", "log.level"),
    }
)
"""Keys of which a running agent takes other values. A test holds docs/routing.md to it."""


def usable(old: AgentConfig, new: AgentConfig) -> tuple[AgentConfig, list[str]]:
    """The new one with what cannot change left as it was, and the keys where that made a
    difference."""
    kept: dict[str, Any] = {}
    changed: list[str] = []
    for field in msgspec.structs.fields(AgentConfig):
        if field.name not in RELOADABLE:
            before, after = getattr(old, field.name), getattr(new, field.name)
            kept[field.name], keys = _usable(field.name, before, after)
            changed += keys
    return msgspec.structs.replace(new, **kept), changed


def _usable(key: str, old: Any, new: Any) -> tuple[Any, list[str]]:
    if old == new:
        return old, []
    if not isinstance(new, msgspec.Struct):
        return old, [key]
    names = [field.name for field in msgspec.structs.fields(new)]
    other = [name for name in names if getattr(old, name) != getattr(new, name)]
    taken = {name: getattr(new, name) for name in other if f"{key}.{name}" in RELOADABLE}
    kept = [f"{key}.{name}" for name in other if name not in taken]
    return msgspec.structs.replace(old, **taken), kept
