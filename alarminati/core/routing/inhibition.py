"""Inhibition: a firing alarm mutes other alarms, which it explains.

The index is by rule and by the values of the labels that must be equal, so that a query does not
depend on how many alarms fire. Past firing of sources is kept as spans of time: an alarm that
began and ended within a span is not notified afterwards.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeAlias

from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.matchers import labels_of
from alarminati.core.routing.policy import Inhibition

# milliseconds by which an inhibition outlasts its source, for alarms that end with it
LINGER = 10_000
SPANS = 64  # spans remembered of one place
LOOKS = 100  # sources compared for one query
MOST = 10_000  # places remembered without a firing source

Place: TypeAlias = tuple[str, ...]
"""Rule (by number), whether its sources are targets, too, and the values that must be equal."""


class Inhibited(NamedTuple):
    """The inhibition that mutes an alarm."""

    place: Place
    source: str  # fingerprint; empty: the source is resolved
    until: int  # milliseconds; 0: while the source fires


@dataclass(slots=True)
class _Sources:
    """Firing alarms that are sources at one place."""

    # milliseconds since which each source fires
    firing: dict[str, int] = field(default_factory=dict)
    spans: list[tuple[int, int]] = field(default_factory=list)  # spans of resolved sources, merged

    def add(self, start: int, end: int) -> None:
        """Add a span in which a source fired, from `start` up to `end`."""
        at = bisect_right(self.spans, (start, end))
        while at and self.spans[at - 1][1] >= start:
            at -= 1
        while at < len(self.spans) and self.spans[at][0] <= end:
            before = self.spans.pop(at)
            start, end = min(start, before[0]), max(end, before[1])
        insort(self.spans, (start, end))
        del self.spans[:-SPANS]

    def at(self, moment: int, target: str) -> tuple[str, int] | None:
        """Return a source that fired at that time, and until when.

        Sources are kept in the order in which they came, so the first of them fires for longest.
        """
        for source, since in islice(self.firing.items(), LOOKS):
            if since <= moment and source != target:
                return source, 0
        after = bisect_right(self.spans, moment, key=lambda span: span[0])
        if after and moment < self.spans[after - 1][1]:
            return "", self.spans[after - 1][1]
        return None


class Inhibitors:
    """Index of all sources. `project` is the cluster's own."""

    def __init__(self, rules: Sequence[Inhibition], project: str) -> None:
        self._rules = rules
        self._project = project
        self._sources: dict[Place, _Sources] = {}
        self._places: dict[str, tuple[Place, ...]] = {}  # places of firing sources, by fingerprint

    def __bool__(self) -> bool:
        return bool(self._rules)

    def learn(self, state: AlarmState) -> None:
        """Add all that is known of an alarm, at the start."""
        if self._rules:
            for episode in state.episodes():
                self._note_spans(episode)
            self.turned(state)

    def turned(self, state: AlarmState) -> list[tuple[Place, int]]:
        """Handle an alarm that changed; return the places where it inhibits no longer, and since
        when."""
        if not self._rules:
            return []
        before = self._places.pop(state.fingerprint, ())
        places = tuple(self._places_of(state.peak)) if state.firing else ()
        over = milliseconds(state.resolved or state.peak.stamp) + LINGER
        lifted = [(place, over) for place in before if place not in places]
        for place, _ in lifted:
            self._sources[place].firing.pop(state.fingerprint, None)
        self._note_spans(state.episodes()[-1])
        for place in places:
            firing = self._sources.setdefault(place, _Sources()).firing
            firing.setdefault(state.fingerprint, milliseconds(state.peak.stamp))
        if places:
            self._places[state.fingerprint] = places
        self._make_room()
        return lifted

    def _note_spans(self, episode: Episode) -> None:
        """Remember the spans of past levels of the alarm, each with its own labels."""
        ends = [*(level.stamp for level in episode.levels[1:])]
        if episode.close is not None:
            ends.append(episode.close.stamp)
        for level, end in zip(episode.levels, ends, strict=False):
            for place in self._places_of(level):
                self._sources.setdefault(place, _Sources()).add(*_span(level.stamp, end))

    def _places_of(self, report: Report) -> Iterator[Place]:
        labels = labels_of(report.alarm, self._project)
        for number, rule in enumerate(self._rules):
            if all(matcher.fits(labels) for matcher in rule.source):
                two_sided = all(matcher.fits(labels) for matcher in rule.target)
                yield _place(number, rule, two_sided, labels)

    def _make_room(self) -> None:
        if len(self._sources) > MOST + len(self._places):
            quiet = [place for place, sources in self._sources.items() if not sources.firing]
            for place in quiet[: len(quiet) // 2]:
                del self._sources[place]

    def inhibiting(
        self, fingerprint: str, labels: Mapping[str, str], moment: int
    ) -> Inhibited | None:
        """Return the inhibition of an alarm with these labels at that time, milliseconds.

        An alarm that is source and target of the same rule is not inhibited by other such alarms,
        as in Alertmanager.
        """
        for number, rule in enumerate(self._rules):
            if not all(matcher.fits(labels) for matcher in rule.target):
                continue
            source_itself = all(matcher.fits(labels) for matcher in rule.source)
            for two_sided in (False,) if source_itself else (False, True):
                place = _place(number, rule, two_sided, labels)
                sources = self._sources.get(place)
                if sources and (found := sources.at(moment, fingerprint)):
                    return Inhibited(place, *found)
        return None


def _place(number: int, rule: Inhibition, two_sided: bool, labels: Mapping[str, str]) -> Place:
    sides = "2" if two_sided else "1"
    return (str(number), sides, *(labels.get(name, "") for name in rule.equal))


def _span(start: int, end: int) -> tuple[int, int]:
    """Convert stamps to milliseconds."""
    return milliseconds(start), milliseconds(end) + LINGER
