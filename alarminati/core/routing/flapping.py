"""Flapping: changes of an alarm that are muted because there are too many of them.

Computed from the episodes alone, so that every master comes to the same result. A spell starts
with the begin that is one too many within the window, and ends when nothing has changed for `calm`
seconds. The last change of a spell says how the alarm stands and is notified then; earlier changes
of the spell are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.model.hlc import milliseconds
from alarminati.core.routing.policy import Damping


class Flaps(NamedTuple):
    """Effect of flapping on the episodes of an alarm."""

    skipped: frozenset[tuple[int, str, int]]  # orders of reports whose change is not notified
    until: int  # milliseconds until which the spell may go on and mutes the alarm; 0: no spell


NONE = Flaps(frozenset(), 0)


def flaps(episodes: Sequence[Episode], damping: Damping) -> Flaps:
    """Compute flapping from all remembered episodes of an alarm."""
    if not damping.count or len(episodes) < damping.count:
        return NONE
    window, calm = round(damping.window * 1000), round(damping.calm * 1000)
    skipped: set[tuple[int, str, int]] = set()
    begins: list[int] = []
    last: Report | None = None  # last change within a spell
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
