"""Routing by a configuration file, in sentences and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from alarminati.cli.output.rendering import iso, moment
from alarminati.cli.output.terminal import tell, translated
from alarminati.config import Duration
from alarminati.config.schema import ChannelConfig
from alarminati.core.model.entries import Pairs
from alarminati.core.routing.explain import Branch, ChannelExplanation, RoutingExplanation

Fallbacks = Mapping[str, ChannelConfig]
"""Channels that have a fallback, by name."""


def tell_routing(
    found: RoutingExplanation, fallbacks: Fallbacks, wall: int, *, worded: bool
) -> None:
    """Print where an alarm would go; `worded`: it has a severity."""
    tell("{labels}, at {time}", labels=pairs_text(found.labels), time=moment(wall))
    if not worded:
        tell("without a severity, as an alert may be; `alarminati report` gives each one: WARNING")
    for branch in found.branches:
        tell_branch(branch)
    for prospect in found.prospects:
        _tell(prospect)
        after = fallbacks.get(prospect.channel)
        if after is not None:
            tell(
                "    what it does not take within {after} goes to {channel}, too",
                after=after.fallback_after,
                channel=after.fallback,
            )
    if not found.prospects:
        tell("No channel is told; the alarm is kept and shown.")
    for rule in found.inhibitions:
        tell_inhibition(tuple(map(str, rule.source)), rule.equal)


def tell_branch(branch: Branch) -> None:
    """Print a route that takes the alarm."""
    conditions = list(branch.matchers)
    if branch.min_severity:
        conditions.append(translated("{severity} or worse", severity=branch.min_severity.name))
    why = ", ".join(conditions) or translated("no condition")
    tell("taken by {route} ({matchers})", route=branch.key, matchers=why)


def tell_inhibition(source: tuple[str, ...], equal: tuple[str, ...]) -> None:
    """Print a rule that mutes the alarm while a source fires."""
    tell(
        "kept quiet while an alarm fires that fits {matchers}{equal}",
        matchers=", ".join(source),
        equal=translated(" and has the same {labels}", labels=", ".join(equal)) if equal else "",
    )


def _tell(prospect: ChannelExplanation) -> None:
    tell_way(
        *(prospect.channel, prospect.key, prospect.after),
        *(prospect.group, prospect.route.group_wait, prospect.route.group_interval),
        prospect.route.repeat_interval,
    )
    if prospect.quiet_until:
        tell(
            "    not now: {intervals}, until {time} at least",
            intervals=", ".join(prospect.quiet),
            time=moment(prospect.quiet_until),
        )


def tell_way(
    channel: str,
    path: str,
    after: float,
    group: Pairs | None,
    wait: float,
    interval: float,
    repeat: float,
) -> None:
    """Print the way of an alarm to a channel; `group` None: its notices wait for no others."""
    later = translated(", {after} after its start unless acknowledged", after=_for(after))
    click.echo(f"  {channel}{later if after else ''} ({path})")
    if group is not None:
        tell(
            "    waits {wait} for others of its group ({group}), then {interval} between messages",
            wait=_for(wait),
            group=pairs_text(group) or translated("all of the branch"),
            interval=_for(interval),
        )
    if repeat:
        tell(
            "    told again every {interval} until it is over or acknowledged",
            interval=_for(repeat),
        )


def routing_json(found: RoutingExplanation, fallbacks: Fallbacks, wall: int) -> dict[str, Any]:
    """Return where an alarm would go, in the form of `explain --json`."""
    return {
        "time": iso(wall),
        "labels": dict(found.labels),
        "branches": [branch_json(*_branch(each)) for each in found.branches],
        "channels": [
            {
                "channel": each.channel,
                "path": each.key,
                "escalation_delay_seconds": each.after,
                "group": None if each.group is None else dict(each.group),
                "group_wait_seconds": each.route.group_wait,
                "group_interval_seconds": each.route.group_interval,
                "repeat_interval_seconds": each.route.repeat_interval,
                "mutes": [_quiet(each)] if each.quiet_until else [],
                "fallback": fallbacks[each.channel].fallback if each.channel in fallbacks else None,
            }
            for each in found.prospects
        ],
        "inhibitions": [
            {"source_matchers": [str(each) for each in rule.source], "equal": list(rule.equal)}
            for rule in found.inhibitions
        ],
    }


def branch_json(
    path: str, matchers: tuple[str, ...], least: str | None, channels: tuple[str, ...]
) -> dict[str, Any]:
    """Return a route that takes the alarm."""
    return {
        "path": path,
        "matchers": list(matchers),
        "min_severity": least,
        "channels": list(channels),
    }


def _branch(branch: Branch) -> tuple[str, tuple[str, ...], str | None, tuple[str, ...]]:
    least = branch.min_severity.name if branch.min_severity else None
    return branch.key, branch.matchers, least, branch.channels


def _quiet(each: ChannelExplanation) -> dict[str, Any]:
    return {
        "reason": "time_interval",
        "subject": ", ".join(each.quiet),
        "end_time": iso(each.quiet_until),
    }


def _for(seconds: float) -> str:
    return str(Duration(seconds))


def pairs_text(items: Pairs) -> str:
    """Return labels in one line."""
    return " ".join(f"{name}={value}" for name, value in items)
