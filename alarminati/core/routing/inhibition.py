"""Inhibition: which alarms are not told because another fires that explains them.

An index by rule and by the values of the labels that must be equal, so that asking does not depend
on how many alarms fire. When sources fired in the past is kept as spans of time: what began and
ended under one is not told afterwards.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple, TypeAlias

from alarminati.core.alarms.book import AlarmState
from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.matchers import labels_of
from alarminati.core.routing.policy import Inhibition

LINGER = 10_000  # milliseconds that it outlasts its source, so that what ends with it is not told
SPANS = 64  # remembered of one place
LOOKS = 100  # sources asked about one moment
MOST = 10_000  # places remembered where nothing fires

Place: TypeAlias = tuple[str, ...]
"""A rule (by number), whether its sources are targets, too, and the values that must be equal."""


class Inhibited(NamedTuple):
    """What keeps an alarm from being told."""

    place: Place
    source: str  # fingerprint; empty: it fires no more
    until: int  # milliseconds; 0: for as long as the source fires


@dataclass(slots=True)
class _Sources:
    """Alarms that are sources at one place."""

    firing: dict[str, int] = field(default_factory=dict)  # since when, milliseconds
    spans: list[tuple[int, int]] = field(default_factory=list)  # of those that are over, merged

    def add(self, start: int, end: int) -> None:
        """They fired from `start` up to `end`."""
        at = bisect_right(self.spans, (start, end))
        while at and self.spans[at - 1][1] >= start:
            at -= 1
        while at < len(self.spans) and self.spans[at][0] <= end:
            before = self.spans.pop(at)
            start, end = min(start, before[0]), max(end, before[1])
        insort(self.spans, (start, end))
        del self.spans[:-SPANS]

    def at(self, moment: int, target: str) -> tuple[str, int] | None:
        """Who fired at that moment, and until when.

        Sources are kept in the order in which they came, so the first of them fire for longest.
        """
        for source, since in islice(self.firing.items(), LOOKS):
            if since <= moment and source != target:
                return source, 0
        after = bisect_right(self.spans, moment, key=lambda span: span[0])
        if after and moment < self.spans[after - 1][1]:
            return "", self.spans[after - 1][1]
        return None


class Inhibitors:
    """All sources there are. `project` is the cluster's own."""

    def __init__(self, rules: Sequence[Inhibition], project: str) -> None:
        self._rules = rules
        self._project = project
        self._sources: dict[Place, _Sources] = {}
        self._places: dict[str, tuple[Place, ...]] = {}  # by fingerprint, of those that fire

    def __bool__(self) -> bool:
        return bool(self._rules)

    def learn(self, state: AlarmState) -> None:
        """Take in all that is known of an alarm, when beginning."""
        if self._rules:
            for episode in state.episodes():
                self._note_spans(episode)
            self.turned(state)

    def turned(self, state: AlarmState) -> list[tuple[Place, int]]:
        """An alarm began, got worse or ended; where it inhibits no more, and from when on."""
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
        """Remember where it inhibited at levels that are over, each with its own labels."""
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
        """What keeps an alarm with these labels from being told at that moment, milliseconds.

        One that is source and target of the same rule is not inhibited by others that are, as in
        Alertmanager.
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
    """In milliseconds, from stamps."""
    return milliseconds(start), milliseconds(end) + LINGER
