"""Router: a tree of routes from alarms to channels, walked the same way by every master."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.matchers import Matcher, labels_of

EVERY_LABEL = "..."
"""Value of `group_by` that groups only alarms with equal labels."""

CHANNEL_PATHS = "channels/"
"""Beginning of the path of a channel's branch."""

INHERITED = (
    "channels", "group_by", "group_wait", "group_interval", "repeat_interval", "escalate"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Escalation:
    """Further channels that are notified `after` seconds from the begin without acknowledgement."""

    after: float
    channels: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 0 < self.after < float("inf"):
            raise ValueError(f"escalate: after ({self.after}) must be a positive number")
        if not self.channels:
            raise ValueError("escalate: channels is empty; name at least one")


@dataclass(frozen=True, slots=True)
class Route:
    """A node of the tree: alarms that fit `match` go to `channels`.

    The first of `routes` that fits takes the alarm over; the next that fits takes it as well if
    that one has `go_on` (Alertmanager's `continue`). A route inherits what it leaves empty and
    does not name in `cleared`, except `muted` and `active`. With a `group_wait`, notices of a
    group (equal values of the labels in `group_by`, or of all with EVERY_LABEL) wait that many
    seconds for others of the group. Durations are seconds; 0: not at all.
    """

    channels: tuple[str, ...] = ()
    match: tuple[Matcher, ...] = ()
    group_by: tuple[str, ...] = ()
    group_wait: float = 0.0
    routes: tuple[Route, ...] = ()
    go_on: bool = False
    group_interval: float = 0.0  # seconds between two notices of one group
    # seconds until a reminder of what still fires without acknowledgement
    repeat_interval: float = 0.0
    muted: tuple[str, ...] = ()  # names of time intervals that mute the route
    active: tuple[str, ...] = ()  # names of time intervals outside of which the route is muted
    escalate: tuple[Escalation, ...] = ()
    cleared: tuple[str, ...] = ()  # names of fields above that are empty on purpose

    def __post_init__(self) -> None:
        for name in ("group_wait", "group_interval", "repeat_interval"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name} ({getattr(self, name)}) must not be negative")


@dataclass(frozen=True, slots=True)
class ChannelRoute:
    """Way of an alarm to one channel."""

    route: Route  # the route that names the channel, with everything inherited
    path: str  # path of that route: indices from the root on, "/0/2", or "channels/NAME"
    group: tuple[str, ...] = ()  # equal for alarms that may wait for each other; empty: no group
    after: float = 0.0  # seconds from the begin, unless the alarm is acknowledged before


@dataclass(frozen=True, slots=True)
class ChannelBranch:
    """Branch of one channel beside the tree: alarms that the channel asks for without a route.

    No route takes an alarm away from it, and it takes none away from the routes.
    """

    channel: str
    match: tuple[Matcher, ...] = ()
    min_severity: Severity | None = None  # alarms of this severity or worse; None: of any

    @property
    def path(self) -> str:
        """Return the path, as `ChannelRoute.path`."""
        return f"{CHANNEL_PATHS}{self.channel}"

    @property
    def has_conditions(self) -> bool:
        """Return whether some alarm may not fit."""
        return bool(self.match or self.min_severity)

    def fits(self, labels: Mapping[str, str], severity: Severity) -> bool:
        """Return whether the channel asks for such an alarm."""
        if self.min_severity and severity < self.min_severity:
            return False
        return all(matcher.fits(labels) for matcher in self.match)

    def route(self, root: Route) -> Route:
        """Return the route: waits and reminders are the root's, escalations are not."""
        return _inherit(Route((self.channel,), self.match, cleared=("escalate",)), root)


@dataclass(frozen=True, slots=True)
class ChannelConditions:
    """Alarms that a channel asks for itself; `registered`: an operator registered the channel."""

    match: tuple[Matcher, ...] = ()
    min_severity: Severity | None = None
    registered: bool = False


def channel_branches(
    route: Route, channels: Mapping[str, ChannelConditions]
) -> tuple[ChannelBranch, ...]:
    """Return the branches of channels, by name.

    A channel with conditions has one. So has a registered channel without, unless the routes name
    it: who registers a channel expects alarms there.
    """
    named = channels_of(route)
    return tuple(
        ChannelBranch(name, asked.match, asked.min_severity)
        for name, asked in sorted(channels.items())
        if asked.match or asked.min_severity or (asked.registered and name not in named)
    )


def channels_of(route: Route) -> set[str]:
    """Return the channels that a tree names, escalations included."""
    named: set[str] = set()
    routes = [route]
    for each in routes:  # grows while it is walked
        named.update(each.channels, *(step.channels for step in each.escalate))
        routes += each.routes
    return named


class Assignment:
    """Channels of an alarm."""

    __slots__ = ("channels", "ways")

    def __init__(self, ways: Mapping[str, ChannelRoute]) -> None:
        self.ways = ways
        self.channels = tuple(name for name, way in ways.items() if not way.after)
        """Return the channels without escalation, in the order of the configuration."""


NOWHERE = Assignment({})
Leaf: TypeAlias = tuple[str, Route]
COMBINATIONS = 10_000  # of leaves, whose assignments are remembered


class Router:
    """Tree of routes for one cluster, and the branches of channels beside it."""

    def __init__(self, route: Route, own: Sequence[ChannelBranch] = ()) -> None:
        self._root = _inherit(route, Route())
        self._own = {branch.path: (branch, branch.route(self._root)) for branch in own}
        self._always = None
        conditions = route.routes or route.match or any(branch.has_conditions for branch in own)
        if not (conditions or _groups(route)):
            leaves = [("", self._root), *((path, each) for path, (_, each) in self._own.items())]
            self._always = Assignment(_ways(leaves, {}))
        self._known: dict[tuple[str, ...], Assignment] = {}
        self._lineages: dict[str, tuple[Hashable, ...]] = {}
        # the query is repeated for each channel
        self._last: tuple[Alarm, str, Assignment] | None = None

    @property
    def root(self) -> Route:
        """Return the tree with everything inherited."""
        return self._root

    def own(self, path: str) -> ChannelBranch | None:
        """Return the branch of a channel at that path, or None."""
        found = self._own.get(path)
        return found[0] if found else None

    def assign(self, alarm: Alarm, project: str) -> Assignment:
        """Return the channels of an alarm, and those notified later, each with its route.

        `project` is the cluster's own, for alarms that name none.
        """
        if self._always is not None:
            return self._always
        if self._last and self._last[0] is alarm and self._last[1] == project:
            return self._last[2]
        assigned = self.assign_labels(labels_of(alarm, project), alarm.severity)
        self._last = (alarm, project, assigned)
        return assigned

    def lineage(self, path: str) -> tuple[Hashable, ...]:
        """Return a key of the route at that path that stays when routes around it change."""
        known = self._lineages.get(path)
        if known is None:
            known = self._lineages[path] = self._lineage(path)
        return known

    def _lineage(self, path: str) -> tuple[Hashable, ...]:
        if path in self._own:
            branch, route = self._own[path]
            return (branch, route.group_by)
        route, parts = self._root, []
        for index in (int(part) for part in path.split("/")[1:]):
            route = route.routes[index]
            parts.append(route.match)
        return (*parts, route.group_by)

    def branches(self, labels: Mapping[str, str], severity: Severity) -> list[Leaf]:
        """Return the routes that take such an alarm, each with its path and everything
        inherited; the branches of channels last."""
        found = _leaves(self._root, labels, "") if _fits(self._root, labels) else []
        for path, (branch, route) in self._own.items():
            if branch.fits(labels, severity):
                found.append((path, route))
        return found

    def assign_labels(self, labels: Mapping[str, str], severity: Severity) -> Assignment:
        """Assign an alarm with these labels (see `matchers.labels_of`)."""
        leaves = self.branches(labels, severity)
        if not leaves:
            return NOWHERE
        if any(_groups(route) for _, route in leaves):
            return Assignment(_ways(leaves, labels))
        paths = tuple(path for path, _ in leaves)
        known = self._known.get(paths)
        if known is None:
            if len(self._known) >= COMBINATIONS:
                self._known.clear()
            known = self._known[paths] = Assignment(_ways(leaves, labels))
        return known


def _inherit(route: Route, parent: Route) -> Route:
    """Return the tree with everything inherited."""
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
    """Yield the routes that take the alarm, in order."""
    found: list[Leaf] = []
    for index, branch in enumerate(route.routes):
        if _fits(branch, labels):
            found += _leaves(branch, labels, f"{path}/{index}")
            if not branch.go_on:
                break
    return found or [(path, route)]


def _ways(leaves: Sequence[Leaf], labels: Mapping[str, str]) -> dict[str, ChannelRoute]:
    """Return the channel routes by channel; the first route that names one counts, the sooner
    first."""
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
