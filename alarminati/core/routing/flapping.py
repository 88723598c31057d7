"""Flapping: which changes of an alarm are not told one by one, but as how it stands after.

Worked out from the episodes alone, so that every master comes to the same. A spell begins with the
begin that makes one too many within the window, and ends when nothing has changed for the calm.
Its last change says how the alarm stands and is told then; what was before within the spell is not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.model.hlc import milliseconds
from alarminati.core.routing.policy import Damping


class Flaps(NamedTuple):
    """What flapping makes of an alarm's episodes."""

    skipped: frozenset[tuple[int, str, int]]  # orders of reports whose change is not told
    until: int  # milliseconds; until then it may still flap and nothing is told; 0: it is calm


NONE = Flaps(frozenset(), 0)


def flaps(episodes: Sequence[Episode], damping: Damping) -> Flaps:
    """Look at all that is remembered of an alarm."""
    if not damping.count or len(episodes) < damping.count:
        return NONE
    window, calm = round(damping.window * 1000), round(damping.calm * 1000)
    skipped: set[tuple[int, str, int]] = set()
    begins: list[int] = []
    last: Report | None = None  # the last change, within a spell
    for report in _changes(episodes):
        at = milliseconds(report.stamp)
        if last is not None and at - milliseconds(last.stamp) >= calm:
            last = None
        if not report.resolved:
            begins = [*(begin for begin in begins if begin > at - window), at]
        if last is not None:
            skipped.add(last.order)
            last = report
        elif len(begins) >= damping.count and not report.resolved:
            last = report
    until = milliseconds(last.stamp) + calm if last is not None else 0
    return Flaps(frozenset(skipped), until)


def _changes(episodes: Sequence[Episode]) -> list[Report]:
    changes: list[Report] = []
    for episode in episodes:
        changes.append(episode.first)
        if episode.close is not None:
            changes.append(episode.close)
    return changes
