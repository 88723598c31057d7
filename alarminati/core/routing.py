"""Which channels an alarm goes to: a tree of routes, walked the same way by every master."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from alarminati.core.entries import Alarm
from alarminati.core.matching import Matcher, labels_of


@dataclass(frozen=True, slots=True)
class Escalation:
    """Who else is told when nobody has acknowledged an alarm `after` seconds from its start."""

    after: float
    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 0 < self.after < float("inf"):
            raise ValueError(f"escalate: after ({self.after}) must be a positive number")
        if not self.channels:
            raise ValueError("escalate: channels is empty; name at least one")


@dataclass(frozen=True, slots=True)
class Route:
    """A branch of the tree: alarms that fit `match` go to `channels`.

    The first of `routes` that fits takes the alarm over, and the next that fits as well if that one
    says `go_on` (Alertmanager's `continue`). What a branch leaves empty it has from its parent,
    except `muted` and `active`. With a `group_wait`, what a group (equal values of the labels in
    `group_by`) has to tell waits that many seconds for more and is told together. Durations are
    seconds; 0: not at all.
    """

    channels: tuple[str, ...] = ()
    match: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ()
    group_wait: float = 0.0
    routes: tuple[Route, ...] = ()
    go_on: bool = False
    group_interval: float = 0.0  # between two messages about one group
    repeat_interval: float = 0.0  # until what still fires, unacknowledged, is told again
    muted: tuple[str, ...] = ()  # names of intervals in which nothing is told
    active: tuple[str, ...] = ()  # names of intervals outside of which nothing is told
    escalate: tuple[Escalation, ...] = ()

    def __post_init__(self) -> None:
        for name in ("group_wait", "group_interval", "repeat_interval"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} ({getattr(self, name)}) must not be negative")


class Assigned(NamedTuple):
    """Where an alarm goes, and with which others."""

    channels: tuple[str, ...]
    group: tuple[str, ...]  # equal for alarms that may wait for each other
    wait: float  # seconds; 0: no waiting, and no grouping


NOWHERE = Assigned((), (), 0.0)


class Router:
    """Walks the tree."""

    def __init__(self, route: Route) -> None:
        self._root = _inherit(route, Route())
        plain = not (route.routes or route.match or route.group_wait)
        self._always = Assigned(self._root.channels, (), 0.0) if plain else None
        self._last: tuple[Alarm, str, Assigned] | None = None  # asked again for each channel

    def channels_for(self, alarm: Alarm, project: str) -> tuple[str, ...]:
        """Names of the channels, in the order of the configuration, each once.

        `project` is the cluster's own, for alarms that name none.
        """
        return self.assign(alarm, project).channels

    def assign(self, alarm: Alarm, project: str) -> Assigned:
        """The channels as above, with the group and how long it waits."""
        if self._always is not None:
            return self._always
        if self._last and self._last[0] is alarm and self._last[1] == project:
            return self._last[2]
        labels = labels_of(alarm, project)
        assigned = _walk(self._root, labels, "") if _fits(self._root, labels) else NOWHERE
        self._last = (alarm, project, assigned)
        return assigned


def _inherit(route: Route, parent: Route) -> Route:
    """The same tree with nothing left to its parents."""
    whole = replace(
        route,
        channels=tuple(dict.fromkeys(route.channels or parent.channels)),
        group_by=route.group_by or parent.group_by,
        group_wait=route.group_wait or parent.group_wait,
    )
    return replace(whole, routes=tuple(_inherit(branch, whole) for branch in route.routes))


def _fits(route: Route, labels: Mapping[str, str]) -> bool:
    return all(matcher.fits(labels) for matcher in route.match)


def _walk(route: Route, labels: Mapping[str, str], path: str) -> Assigned:
    for index, branch in enumerate(route.routes):
        if _fits(branch, labels):
            return _walk(branch, labels, f"{path}/{index}")
    values = (labels.get(name, "") for name in route.group_by)
    return Assigned(route.channels, (path, *values), route.group_wait)
