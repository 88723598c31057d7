"""`alarminati explain`: why an alarm is told to channels, or is not, and where one would go."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import TimeType, read_pairs
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import json_option, print_json
from alarminati.config import load_routing
from alarminati.core.model.entries import Alarm, Pairs, Severity
from alarminati.core.model.matchers import SEVERITY, WORDED, labels_of
from alarminati.core.model.validation import Invalid, parse_severity
from alarminati.core.routing.explain import outlook
from alarminati.core.routing.routes import Router, channel_branches

if TYPE_CHECKING:
    from alarminati.client import AlarmHistory, Explanation


@click.command()
@click.argument("id", required=False)
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    envvar="ALARMINATI_CONFIG",
    help="Ask this YAML file of an agent, and no agent. [ALARMINATI_CONFIG]",
)
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_pairs,
    help="Of an alarm that would fire; severity, project and source too.",
)
@click.option("--message", default="test", show_default=True, help="What the alarm says.")
@click.option("--at", type=TimeType(), default="0", metavar="TIME", help="Default: now.")
@json_option
@reach_options(timeout=5.0, instead="path")
def explain(
    reach: Target,
    id: str | None,
    path: Path | None,
    labels: Pairs,
    message: str,
    at: int,
    as_json: bool,
) -> None:
    """Find out why an alarm was told, or where one would go.

    With the ID of an alarm it says which routes took it, what mutes it, and for each channel
    whether it was told, why, and when it is told next. With --label instead it says this of an
    alarm that would fire: to the agents, or by --config to a file, of which only the routes are
    read, without secrets. Nothing is sent.

    \b
    Example:
      alarminati explain 7h3kq0zp-42
      alarminati explain --label severity=CRITICAL --label team=web
      alarminati explain --config agent.yaml --label team=web --at 2026-03-02T23:00:00+09:00
    """
    if id is not None:
        if labels or at:
            raise click.UsageError("give the ID of an alarm, or --label of one that would fire")
        _explain_kept(reach, id, as_json)
    elif path is not None:
        _explain_file(path, labels, message, at, as_json)
    elif not labels:
        raise click.UsageError("say which alarm: its ID, or --label of one that would fire")
    else:
        _explain_new(reach, labels, message, at, as_json)


def _explain_kept(reach: Target, id: str, as_json: bool) -> None:
    from alarminati.cli.output.explanations import explanation_json, tell_explanation

    async def ask() -> tuple[Explanation, AlarmHistory]:
        async with reach.client() as client:
            return await client.explain(id), await client.get(id)

    found, history = asyncio.run(ask())
    if as_json:
        print_json(explanation_json(found, history))
    else:
        tell_explanation(found, history)


def _explain_new(reach: Target, labels: Pairs, message: str, at: int, as_json: bool) -> None:
    from alarminati.cli.output.explanations import explanation_json, tell_explanation

    given = dict(labels)
    word, source = given.pop(SEVERITY, ""), given.pop("source", "")
    if source:
        raise click.UsageError("source=... is known to a file only; add --config FILE")
    severity = _level(word) if word else Severity.WARNING
    project = given.pop("project", "")
    alarm = Alarm(message, severity, 0, labels=tuple(sorted(given.items())), project=project)

    async def ask() -> Explanation:
        async with reach.client() as client:
            return await client.explain_new(alarm, at=at)

    found = asyncio.run(ask())
    if as_json:
        print_json(explanation_json(found))
    else:
        tell_explanation(found)


def _explain_file(path: Path, labels: Pairs, message: str, at: int, as_json: bool) -> None:
    from alarminati.cli.output.routing import routing_json, tell_routing

    config = load_routing(path)
    wall = at or time.time_ns() // 1_000_000
    seen, severity = _seen(dict(labels), message, config.project)
    tree = config.route.tree()
    own = channel_branches(tree, {each.name: each.conditions() for each in config.channels})
    found = outlook(Router(tree, own), config.policy(), seen, severity, wall)
    fallbacks = {each.name: each for each in config.channels if each.fallback}
    if as_json:
        print_json(routing_json(found, fallbacks, wall))
    else:
        tell_routing(found, fallbacks, wall, worded=SEVERITY in seen)


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
