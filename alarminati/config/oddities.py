"""What a configuration may say but hardly means: a sentence each, for whoever checks it."""

from __future__ import annotations

from collections.abc import Iterator

from alarminati.config.routing import Route
from alarminati.config.schema import AgentConfig


def oddities(config: AgentConfig) -> list[str]:
    """All of them, in the order of the file."""
    return [*config.warnings(), *_unused_channels(config), *_routes(config), *_intervals(config)]


def _unused_channels(config: AgentConfig) -> Iterator[str]:
    named = {channel.fallback for channel in config.channels}
    for _, route in config.route.walk():
        named |= {name for _, name in route.named_channels()}
    for place, channel in enumerate(config.channels):
        if channel.name in (config.route.channels or ()) and channel.has_conditions:
            yield (
                f"channels[{place}]: route.channels names {channel.name}, so that its match and"
                " min_severity bring it nothing more"
            )
        elif channel.name not in named and not channel.has_conditions:
            yield f"channels[{place}]: no route names {channel.name}, so nothing is sent there"


def _routes(config: AgentConfig) -> Iterator[str]:
    for key, route in config.route.walk():
        yield from _unreachable(key, route)
        if key == "route" and route.routes and (
            route.mute_time_intervals or route.active_time_intervals
        ):  # fmt: skip
            yield "route: its time intervals do not hold for its branches; repeat them there"
        if route.repeat_interval and route.repeat_interval < (route.group_interval or 0):
            yield (
                f"{key}: repeat_interval ({route.repeat_interval}) is less than group_interval"
                f" ({route.group_interval}), which it cannot undercut"
            )


def _unreachable(key: str, route: Route) -> Iterator[str]:
    for place, branch in enumerate(route.routes[:-1]):
        if not branch.conditions() and not branch.go_on:
            yield (
                f"{key}.routes[{place}] takes every alarm, so those after it get none; give it"
                " matchers, or continue: true"
            )
            return


def _intervals(config: AgentConfig) -> Iterator[str]:
    named = {name for _, route in config.route.walk() for _, name in route.named_intervals()}
    for place, interval in enumerate(config.time_intervals):
        if interval.name not in named:
            yield f"time_intervals[{place}]: no route names {interval.name}, so it has no effect"
