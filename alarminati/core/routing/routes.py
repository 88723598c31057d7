"""Which channels an alarm goes to: a tree of routes, walked the same way by every master."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from alarminati.core.model.entries import Alarm
from alarminati.core.model.matchers import Matcher, labels_of

EVERY_LABEL = "..."
"""In `group_by`: alarms wait for each other only where all their labels are equal."""

INHERITED = (
    "channels", "group_by", "group_wait", "group_interval", "repeat_interval", "escalate"
)  # fmt: skip


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
    says `go_on` (Alertmanager's `continue`). What a branch leaves empty and does not name in
    `cleared` it has from its parent, except `muted` and `active`. With a `group_wait`, what a group
    (equal values of the labels in `group_by`, or of all with EVERY_LABEL) has to tell waits that
    many seconds for more and is told together. Durations are seconds; 0: not at all.
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
    cleared: tuple[str, ...] = ()  # names of the above that are empty on purpose

    def __post_init__(self) -> None:
        for name in ("group_wait", "group_interval", "repeat_interval"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} ({getattr(self, name)}) must not be negative")


@dataclass(frozen=True, slots=True)
class ChannelRoute:
    """How an alarm goes to one channel."""

    route: Route  # the branch that says so, with nothing left to its parents
    path: str  # of that branch: indices from the root on, "/0/2"
    group: tuple[str, ...] = ()  # equal for alarms that may wait for each other; empty: for none
    after: float = 0.0  # seconds from its start, unless it is acknowledged by then


class Assignment:
    """Where an alarm goes."""

    __slots__ = ("channels", "ways")

    def __init__(self, ways: Mapping[str, ChannelRoute]) -> None:
        self.ways = ways
        self.channels = tuple(name for name, way in ways.items() if not way.after)
        """Names of those that are told at once, in the order of the configuration."""


NOWHERE = Assignment({})
Leaf: TypeAlias = tuple[str, Route]


class Router:
    """Walks the tree."""

    def __init__(self, route: Route) -> None:
        self._root = _inherit(route, Route())
        self._always = None
        if not (route.routes or route.match or _groups(route)):
            self._always = Assignment(_ways([("", self._root)], {}))
        self._known: dict[tuple[str, ...], Assignment] = {}  # by leaves: as many as the tree has
        self._lineages: dict[str, tuple[Hashable, ...]] = {}
        self._last: tuple[Alarm, str, Assignment] | None = None  # asked again for each channel

    def assign(self, alarm: Alarm, project: str) -> Assignment:
        """The channels, and those told later, with how it goes to each.

        `project` is the cluster's own, for alarms that name none.
        """
        if self._always is not None:
            return self._always
        if self._last and self._last[0] is alarm and self._last[1] == project:
            return self._last[2]
        assigned = self.assign_labels(labels_of(alarm, project))
        self._last = (alarm, project, assigned)
        return assigned

    def lineage(self, path: str) -> tuple[Hashable, ...]:
        """What the branch of that path is known by though others come and go around it."""
        known = self._lineages.get(path)
        if known is None:
            route, parts = self._root, []
            for index in (int(part) for part in path.split("/")[1:]):
                route = route.routes[index]
                parts.append(route.match)
            known = self._lineages[path] = (*parts, route.group_by)
        return known

    def branches(self, labels: Mapping[str, str]) -> list[Leaf]:
        """The branches that take such an alarm, each with its path and nothing left to parents."""
        return _leaves(self._root, labels, "") if _fits(self._root, labels) else []

    def assign_labels(self, labels: Mapping[str, str]) -> Assignment:
        """The same for an alarm with these labels (see `matching.labels_of`)."""
        if not _fits(self._root, labels):
            return NOWHERE
        leaves = _leaves(self._root, labels, "")
        if any(_groups(route) for _, route in leaves):
            return Assignment(_ways(leaves, labels))
        paths = tuple(path for path, _ in leaves)
        known = self._known.get(paths)
        if known is None:
            known = self._known[paths] = Assignment(_ways(leaves, labels))
        return known


def _inherit(route: Route, parent: Route) -> Route:
    """The same tree with nothing left to its parents."""
    taken = {
        name: getattr(parent, name)
        for name in INHERITED
        if not getattr(route, name) and name not in route.cleared
    }
    whole = replace(route, **taken)
    whole = replace(whole, channels=tuple(dict.fromkeys(whole.channels)))
    return replace(whole, routes=tuple(_inherit(branch, whole) for branch in route.routes))


def _groups(route: Route) -> bool:
    return bool(route.group_wait or route.group_interval)


def _fits(route: Route, labels: Mapping[str, str]) -> bool:
    return all(matcher.fits(labels) for matcher in route.match)


def _leaves(route: Route, labels: Mapping[str, str], path: str) -> list[Leaf]:
    """The branches that take the alarm, in order."""
    found: list[Leaf] = []
    for index, branch in enumerate(route.routes):
        if _fits(branch, labels):
            found += _leaves(branch, labels, f"{path}/{index}")
            if not branch.go_on:
                break
    return found or [(path, route)]


def _ways(leaves: Sequence[Leaf], labels: Mapping[str, str]) -> dict[str, ChannelRoute]:
    """By channel; the first branch that names one counts, and sooner before later."""
    ways: dict[str, ChannelRoute] = {}
    for path, route in leaves:
        group = _group(path, route, labels)
        for channel in route.channels:
            ways.setdefault(channel, ChannelRoute(route, path, group))
    for path, route in leaves:
        for step in route.escalate:
            for channel in step.channels:
                if channel not in ways or step.after < ways[channel].after:
                    ways[channel] = ChannelRoute(
                        route, path, _group(path, route, labels), step.after
                    )
    return ways


def _group(path: str, route: Route, labels: Mapping[str, str]) -> tuple[str, ...]:
    if not _groups(route):
        return ()
    if EVERY_LABEL in route.group_by:
        return (path, *(f"{name}={value}" for name, value in sorted(labels.items())))
    return (path, *(labels.get(name, "") for name in route.group_by))
