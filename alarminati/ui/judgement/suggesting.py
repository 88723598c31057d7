"""Matchers for a silence, made of the alarms that a person selected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from alarminati.core.model.matchers import Matcher
from alarminati.ui.schema.acts import SilenceSuggestion

INSTANCES: Final = frozenset(
    {
        *("instance", "pod", "pod_name", "container_id", "host", "hostname", "node", "ip"),
        *("uid", "replica", "job_id", "trace_id", "endpoint", "device"),
    }
)
"""Labels that name one of many: left out when they have several values."""
_LEAST: Final = 2


def suggestions(selected: Sequence[Mapping[str, str]]) -> list[SilenceSuggestion]:
    """Return one suggestion a label; on are those equal in all selected."""
    if not selected:
        return []
    counts: dict[str, Counter[str]] = {}
    for labels in selected:
        for name, value in labels.items():
            counts.setdefault(name, Counter())[value] += 1
    found = []
    for name, values in counts.items():
        value, count = values.most_common(1)[0]
        equal = len(values) == 1 and count == len(selected)
        if not equal and name not in INSTANCES:
            continue
        found.append(SilenceSuggestion(name, value if equal else "", equal, len(values)))
    if len(selected) == 1 and sum(each.on for each in found) > _LEAST:
        found = [
            SilenceSuggestion(each.name, each.value, each.name not in ("severity",), each.values)
            for each in found
        ]
    return sorted(found, key=lambda each: (not each.on, each.name != "alertname", each.name))


def matchers_of(suggested: Sequence[SilenceSuggestion]) -> list[str]:
    """Return the matchers that are on."""
    return [str(Matcher(each.name, "=", each.value)) for each in suggested if each.on]
