"""Muting: may this be told now; and if not, why, and when is it worth asking again?

Nothing muted is lost: it waits. What began and ended while it was muted all along is not told at
all; that is worked out from what is in the journal, so that a later master does not tell it either.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from alarminati.core.alarms.book import AlarmState
from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.matchers import labels_of
from alarminati.core.routing.flapping import flaps
from alarminati.core.routing.inhibition import Inhibitors
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import ChannelRoute
from alarminati.core.routing.silences import Silences
from alarminati.core.routing.time_intervals import TimeIntervals

Ward: TypeAlias = tuple[str, ...]
"""What a muted alarm waits for, shared by all that wait for the same."""


class Reason(Enum):
    """Why an alarm is not told."""

    SILENCED = "silenced"
    INHIBITED = "inhibited"
    INTERVAL = "interval"
    FLAPPING = "flapping"


@dataclass(frozen=True, slots=True)
class Muted:
    """An alarm is not told for the time being."""

    reason: Reason
    by: str = ""  # who silenced it; the fingerprint of what inhibits it; names of the intervals
    until: int = 0  # milliseconds since 1970; 0: until something else happens
    detail: str = ""  # the silence's comment
    ward: Ward = ()  # empty: it waits for nothing but the time


class Muting:
    """Asks everything that mutes. `project` is the cluster's own."""

    def __init__(self, silences: Silences, policy: Policy, project: str) -> None:
        self._silences = silences
        self._policy = policy
        self._project = project
        self._hours = TimeIntervals(policy.intervals)
        self.inhibitors = Inhibitors(policy.inhibitions, project)

    def alarm(self, state: AlarmState, wall: int) -> Muted | None:
        """What mutes an alarm on every channel."""
        return self._named(state, wall) or self._flapping(state, wall)

    def way(self, way: ChannelRoute, wall: int) -> Muted | None:
        """What mutes one way of an alarm."""
        until = self._hours.quiet_until(way.route, wall)
        if not until:
            return None
        names = (*way.route.muted, *way.route.active)
        return Muted(Reason.INTERVAL, ", ".join(names), until, ward=("interval", *names))

    def hushed(
        self, state: AlarmState, episode: Episode, way: ChannelRoute | None, since: Report
    ) -> bool:
        """Whether an episode that is over was muted all along from that report of it on, and need
        not be told."""
        if episode.close is None:
            return False
        at, end = milliseconds(since.stamp), milliseconds(episode.close.stamp)
        levels = [level for level in episode.levels if level.order >= since.order]
        while at <= end:
            while len(levels) > 1 and milliseconds(levels[1].stamp) <= at:
                del levels[0]
            muted = self._named(state, at, levels[0]) or (self.way(way, at) if way else None)
            if muted is None:
                return False
            worse = milliseconds(levels[1].stamp) if len(levels) > 1 else 0
            if not (ends := [each for each in (muted.until, worse) if each]):
                return True
            at = min(ends)
        return True

    def _named(self, state: AlarmState, wall: int, level: Report | None = None) -> Muted | None:
        """Silences and inhibitions, which go by what an alarm is; or was, at a level of the past.

        It is what lists show, but as severe as it was at its worst.
        """
        if not self.inhibitors and not self._silences.active(wall):
            return None
        alarm = level.alarm if level else state.at_worst
        labels = labels_of(alarm, self._project)
        silence = self._silences.muting(labels, wall)
        if silence is not None:
            ward = ("silence", silence.id)
            return Muted(Reason.SILENCED, silence.by, silence.ends, silence.comment, ward)
        found = self.inhibitors.inhibiting(state.fingerprint, labels, wall)
        if found is None:
            return None
        place = ("inhibition", *found.place)
        return Muted(Reason.INHIBITED, found.source, found.until, ward=place)

    def _flapping(self, state: AlarmState, wall: int) -> Muted | None:
        if not self._policy.damping.count:
            return None
        until = flaps(state.episodes(), self._policy.damping).until
        return Muted(Reason.FLAPPING, until=until) if wall < until else None
