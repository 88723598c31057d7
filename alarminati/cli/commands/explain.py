"""`alarminati explain`: where an alarm would go by a configuration, without an agent."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import click

from alarminati.cli.options.param_types import TimeType, read_pairs
from alarminati.cli.output.rendering import iso, moment
from alarminati.cli.output.terminal import json_option, print_json, tell, translated
from alarminati.config import AgentConfig, Duration, load_routing
from alarminati.core.model.entries import Alarm, Pairs, Severity
from alarminati.core.model.matchers import SEVERITY, WORDED, labels_of
from alarminati.core.model.validation import Invalid, parse_severity
from alarminati.core.routing.explain import ChannelExplanation, RoutingExplanation, outlook
from alarminati.core.routing.routes import channel_branches


@click.command()
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    envvar="ALARMINATI_CONFIG",
    required=True,
    help="YAML file of an agent. [ALARMINATI_CONFIG]",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_pairs,
    help="Of the alarm; severity, project and source too.",
)
@click.option("--message", default="test", show_default=True, help="What the alarm says.")
@click.option("--at", type=TimeType(), default="0", metavar="TIME", help="Default: now.")
@json_option
def explain(path: Path, labels: Pairs, message: str, at: int, as_json: bool) -> None:
    """Find out where an alarm would go, and why.

    Says which channels would be told, when, and by which branch of the routes. Only the
    file is read, without its secrets, and nothing is sent.

    \b
    Example:
      alarminati explain --config agent.yaml --label severity=CRITICAL
      alarminati explain --config agent.yaml --label team=web --at 2026-03-02T23:00:00+09:00
    """
    config = load_routing(path)
    wall = at or time.time_ns() // 1_000_000
    seen, severity = _seen(dict(labels), message, config.project)
    tree = config.route.tree()
    own = channel_branches(tree, {each.name: each.conditions() for each in config.channels})
    found = outlook(tree, config.policy(), seen, severity, wall, own)
    fallbacks = {each.name: each for each in config.channels if each.fallback}
    if as_json:
        print_json(_json(found, config, wall))
        return
    tell("{labels}, at {time}", labels=_pairs(found.labels), time=moment(wall))
    if SEVERITY not in seen:
        tell("without a severity, as an alert may be; `alarminati report` gives each one: WARNING")
    for branch in found.branches:
        conditions = list(branch.matchers)
        if branch.min_severity:
            conditions.append(translated("{severity} or worse", severity=branch.min_severity.name))
        why = ", ".join(conditions) or translated("no condition")
        tell("taken by {route} ({matchers})", route=branch.key, matchers=why)
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
        tell(
            "kept quiet while an alarm fires that fits {matchers}{equal}",
            matchers=", ".join(map(str, rule.source)),
            equal=translated(" and has the same {labels}", labels=", ".join(rule.equal))
            if rule.equal
            else "",
        )


def _seen(labels: dict[str, str], message: str, project: str) -> tuple[dict[str, str], Severity]:
    """Return what matchers see of an alarm with these labels, and its severity.

    The name of a level in capitals is one, as `alarminati report` says it. Any other severity is a
    word, as Prometheus says it.
    """
    text, source = labels.get(SEVERITY, ""), labels.pop("source", "")
    level = text in Severity.__members__ and source not in WORDED
    if level:
        del labels[SEVERITY]
    severity, own = Severity[text] if level else Severity.WARNING, labels.pop("project", "")
    pairs = tuple(sorted(labels.items()))
    alarm = Alarm(message, severity, 0, labels=pairs, project=own, source=source)
    seen = labels_of(alarm, project)
    if text:
        return seen, severity if level else _level(text)
    return {name: value for name, value in seen.items() if name != SEVERITY}, severity


def _level(word: str) -> Severity:
    """Return the level of a word as agents take it; a word that nobody knows is a warning."""
    try:
        return parse_severity(word)
    except Invalid:
        return Severity.WARNING


def _tell(prospect: ChannelExplanation) -> None:
    later = translated(", {after} after its start unless acknowledged", after=_for(prospect.after))
    click.echo(f"  {prospect.channel}{later if prospect.after else ''} ({prospect.key})")
    route = prospect.route
    if prospect.group is not None:
        tell(
            "    waits {wait} for others of its group ({group}), then {interval} between messages",
            wait=_for(route.group_wait),
            group=_pairs(prospect.group) or translated("all of the branch"),
            interval=_for(route.group_interval),
        )
    if route.repeat_interval:
        tell(
            "    told again every {interval} until it is over or acknowledged",
            interval=_for(route.repeat_interval),
        )
    if prospect.quiet_until:
        tell(
            "    not now: {intervals}, until {time} at least",
            intervals=", ".join(prospect.quiet),
            time=moment(prospect.quiet_until),
        )


def _json(found: RoutingExplanation, config: AgentConfig, wall: int) -> dict[str, Any]:
    fallbacks = {each.name: each for each in config.channels if each.fallback}
    return {
        "at": iso(wall),
        "labels": dict(found.labels),
        "branches": [
            {
                "route": branch.key,
                "matchers": list(branch.matchers),
                "min_severity": branch.min_severity.name if branch.min_severity else None,
                "channels": list(branch.channels),
            }
            for branch in found.branches
        ],
        "channels": [
            {
                "channel": each.channel,
                "route": each.key,
                "after_seconds": each.after,
                "group": None if each.group is None else dict(each.group),
                "group_wait_seconds": each.route.group_wait,
                "group_interval_seconds": each.route.group_interval,
                "repeat_interval_seconds": each.route.repeat_interval,
                "quiet": list(each.quiet),
                "quiet_until": iso(each.quiet_until),
                "fallback": fallbacks[each.channel].fallback if each.channel in fallbacks else None,
            }
            for each in found.prospects
        ],
        "inhibited_by": [
            {"source": [str(each) for each in rule.source], "equal": list(rule.equal)}
            for rule in found.inhibitions
        ],
    }


def _for(seconds: float) -> str:
    return str(Duration(seconds))


def _pairs(items: Pairs) -> str:
    return " ".join(f"{name}={value}" for name, value in items)
