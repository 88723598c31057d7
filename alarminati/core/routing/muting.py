"""Muting: whether an alarm may be notified now, and if not, why and until when.

Nothing muted is lost: it waits. An episode that began and ended while it was muted all along is
not notified at all. That follows from the journal, so a later master does not notify it either.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.entries import Silence
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.matchers import labels_of
from alarminati.core.routing.flapping import flaps
from alarminati.core.routing.inhibition import Inhibitors
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import ChannelRoute
from alarminati.core.routing.silences import Silences
from alarminati.core.routing.time_intervals import TimeIntervals

Ward: TypeAlias = tuple[str, ...]
"""Key of what a muted alarm waits for, shared by all alarms that wait for the same."""


class Reason(Enum):
    """Reason why an alarm is muted."""

    SILENCED = "silenced"
    INHIBITED = "inhibited"
    TIME_INTERVAL = "time_interval"
    FLAPPING = "flapping"


@dataclass(frozen=True, slots=True)
class Muted:
    """An alarm is muted for the time being."""

    reason: Reason
    subject: str = ""  # id of the silence; fingerprint of the source; names of the intervals
    until: int = 0  # milliseconds since 1970; 0: until an event ends it
    created_by: str = ""  # creator of the silence
    comment: str = ""  # comment of the silence
    ward: Ward = ()  # empty: the alarm waits for `until` only


class Muting:
    """Combination of everything that mutes. `project` is the cluster's own."""

    def __init__(self, silences: Silences, policy: Policy, project: str) -> None:
        self._silences = silences
        self._policy = policy
        self._project = project
        self._hours = TimeIntervals(policy.intervals)
        self.inhibitors = Inhibitors(policy.inhibitions, project)

    def alarm(self, state: AlarmState, wall: int) -> Muted | None:
        """Return what mutes an alarm on every channel, or None."""
        return self._named(state, wall) or self._flapping(state, wall)

    def every(self, state: AlarmState, wall: int) -> list[Muted]:
        """Return all that mutes an alarm on every channel; silences first, the longest first."""
        labels = labels_of(state.at_worst, self._project)
        active = reversed(self._silences.active(wall))
        found = [self._by_silence(one, wall) for one in active if self._silences.fits(one, labels)]
        others = (self._inhibited(state, labels, wall), self._flapping(state, wall))
        return found + [each for each in others if each is not None]

    def new(self, fingerprint: str, labels: Mapping[str, str], wall: int) -> list[Muted]:
        """Return all that would mute an alarm with these labels that begins at that time."""
        active = reversed(self._silences.active(wall))
        found = [self._by_silence(one, wall) for one in active if self._silences.fits(one, labels)]
        inhibited = self._inhibited_by(fingerprint, labels, wall)
        return [*found, inhibited] if inhibited else found

    def way(self, way: ChannelRoute, wall: int) -> Muted | None:
        """Return what mutes one route of an alarm, or None."""
        until = self._hours.quiet_until(way.route, wall)
        if not until:
            return None
        names = (*way.route.muted, *way.route.active)
        return Muted(Reason.TIME_INTERVAL, ", ".join(names), until, ward=("interval", *names))

    def hushed(
        self, state: AlarmState, episode: Episode, way: ChannelRoute | None, since: Report
    ) -> bool:
        """Return whether a resolved episode was muted throughout, from that report on.

        Such an episode needs no notification.
        """
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
        """Return the silence or inhibition of an alarm, at its present or a past level.

        Both match the alarm as lists show it, but with its worst severity.
        """
        if not self.inhibitors and not self._silences.active(wall):
            return None
        alarm = level.alarm if level else state.at_worst
        labels = labels_of(alarm, self._project)
        silence = self._silences.muting(labels, wall)
        if silence is not None:
            return self._by_silence(silence, wall)
        return self._inhibited(state, labels, wall)

    def _inhibited(self, state: AlarmState, labels: Mapping[str, str], wall: int) -> Muted | None:
        return self._inhibited_by(state.fingerprint, labels, wall)

    def _inhibited_by(self, fingerprint: str, labels: Mapping[str, str], wall: int) -> Muted | None:
        found = self.inhibitors.inhibiting(fingerprint, labels, wall)
        if found is None:
            return None
        place = ("inhibition", *found.place)
        return Muted(Reason.INHIBITED, found.source, found.until, ward=place)

    def _flapping(self, state: AlarmState, wall: int) -> Muted | None:
        if not self._policy.damping.count:
            return None
        until = flaps(state.episodes(), self._policy.damping).until
        return Muted(Reason.FLAPPING, until=until) if wall < until else None

    def _by_silence(self, silence: Silence, wall: int) -> Muted:
        ward, until = ("silence", silence.id), self._silences.until(silence, wall)
        by, comment = silence.created_by, silence.comment
        return Muted(Reason.SILENCED, silence.id, until, by, comment, ward)
