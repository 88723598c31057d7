"""Explanation of routing: which channels an alarm would go to, and why.

The answer is for people who try a configuration. It asks the router itself, so that both agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from alarminati.core.model.entries import Severity
from alarminati.core.routing.policy import Inhibition, Policy
from alarminati.core.routing.routes import (
    CHANNEL_PATHS,
    EVERY_LABEL,
    ChannelBranch,
    ChannelRoute,
    Route,
    Router,
)
from alarminati.core.routing.time_intervals import TimeIntervals


@dataclass(frozen=True, slots=True)
class Branch:
    """A route that takes the alarm."""

    key: str  # as in the configuration: "route.routes[0]", or "channels/NAME"
    matchers: tuple[str, ...]  # matchers that the alarm fits, from the root on
    channels: tuple[str, ...]
    min_severity: Severity | None = None  # least severity that the channel asks for


@dataclass(frozen=True, slots=True)
class ChannelExplanation:
    """Way of an alarm to one channel. Durations are seconds."""

    channel: str
    key: str  # key of the route
    route: Route  # the route with everything inherited
    after: float  # seconds from the begin of the alarm, unless it is acknowledged before
    group: tuple[tuple[str, str], ...] | None  # labels shared with its group; None: no group
    quiet: tuple[str, ...]  # time intervals that mute the route at that time
    quiet_until: int  # milliseconds since 1970; 0: not muted


@dataclass(frozen=True, slots=True)
class RoutingExplanation:
    """Routes and channels of an alarm, and what would mute it."""

    labels: tuple[tuple[str, str], ...]  # labels as matchers see them
    branches: tuple[Branch, ...]
    prospects: tuple[ChannelExplanation, ...]
    inhibitions: tuple[Inhibition, ...]  # rules that mute the alarm while their source fires


def outlook(
    router: Router, policy: Policy, labels: Mapping[str, str], severity: Severity, wall: int
) -> RoutingExplanation:
    """Return what would become of an alarm with these labels (see `matchers.labels_of`).

    The alarm begins to fire at `wall`, milliseconds since 1970.
    """
    ways = router.assign_labels(labels, severity).ways
    return RoutingExplanation(
        tuple(sorted(labels.items())),
        tuple(
            _branch(router.root, path, branch, router.own(path))
            for path, branch in router.branches(labels, severity)
        ),
        tuple(
            channel_way(name, way, policy, labels, wall)
            for name, way in sorted(ways.items(), key=lambda item: item[1].after)
        ),
        tuple(
            rule
            for rule in policy.inhibitions
            if all(matcher.fits(labels) for matcher in rule.target)
        ),
    )


def channel_way(
    channel: str, way: ChannelRoute, policy: Policy, labels: Mapping[str, str], wall: int
) -> ChannelExplanation:
    """Return the way of an alarm with these labels to a channel."""
    return ChannelExplanation(
        channel,
        _key(way.path),
        way.route,
        way.after,
        _group(way, labels),
        _quiet(way.route, policy, wall),
        TimeIntervals(policy.intervals).quiet_until(way.route, wall),
    )


def _branch(root: Route, path: str, route: Route, own: ChannelBranch | None) -> Branch:
    if own is not None:
        return Branch(path, tuple(map(str, own.match)), route.channels, own.min_severity)
    return Branch(_key(path), _matchers(root, path), route.channels)


def _key(path: str) -> str:
    if path.startswith(CHANNEL_PATHS):
        return path
    return "route" + "".join(f".routes[{index}]" for index in path.split("/")[1:])


def _matchers(route: Route, path: str) -> tuple[str, ...]:
    found = [*map(str, route.match)]
    for index in path.split("/")[1:]:
        route = route.routes[int(index)]
        found += map(str, route.match)
    return tuple(found)


def _group(way: ChannelRoute, labels: Mapping[str, str]) -> tuple[tuple[str, str], ...] | None:
    if not way.group:
        return None
    names = sorted(labels) if EVERY_LABEL in way.route.group_by else way.route.group_by
    return tuple((name, labels.get(name, "")) for name in names)


def _quiet(route: Route, policy: Policy, wall: int) -> tuple[str, ...]:
    def within(name: str) -> bool:
        return any(each.contains(wall) for each in policy.intervals.get(name, ()))

    if muted := tuple(name for name in route.muted if within(name)):
        return muted
    return () if any(map(within, route.active)) else route.active
