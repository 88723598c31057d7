"""`alarminati list` and `show`."""

from __future__ import annotations

import asyncio
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import click

from alarminati.cli.options.filters import filter_options
from alarminati.cli.options.histories import cache_file
from alarminati.cli.options.param_types import TimeType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import json_option, print_json, tell, translated
from alarminati.core.model.entries import EntryId, Notification
from alarminati.core.model.filter import Filter

if TYPE_CHECKING:
    from alarminati.client import AlarmHistory, AlarmStatus

_SEARCHED: Final = 100_000
"""Alarms among which words are searched, at most."""


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Also alarms that are over.")
@click.option(
    "--limit", type=click.IntRange(1), default=1000, show_default=True, help="At most so many."
)
@click.option(
    "--order",
    type=click.Choice(["changed", "severity"]),
    default="changed",
    show_default=True,
    help="The newest change first, or the worst severity first.",
)
@click.option(
    "--since",
    type=TimeType(),
    default="0",
    metavar="TIME",
    help="Alarms that fired at that time or later. Default: all that are kept.",
)
@click.option("--search", default="", metavar="TEXT", help="Only alarms with these words.")
@click.option("--offline", is_flag=True, help="As this computer's cache has them; asks nobody.")
@json_option
@filter_options
@reach_options(timeout=5.0)
def list_alarms(
    reach: Target,
    filter: Filter,
    everything: bool,
    limit: int,
    order: str,
    since: int,
    search: str,
    offline: bool,
    as_json: bool,
) -> None:
    """List alarms as they stand.

    In the order of their changes, or of their severities. A terminal shows ages, and lines that
    fit its width; elsewhere times and lines are whole.

    \b
    Example:
      alarminati list --min-severity ERROR --order severity
      alarminati list --all --since 2026-03-02T09:00 --json
    """
    from alarminati.cli.output.statuses import status_json, status_line

    if offline:
        found = _cached(reach, filter, everything, order, since)
    else:
        most = max(limit, _SEARCHED) if search else limit
        found = asyncio.run(_list(reach, filter, everything, most, order, since))
    found = [status for status in found if _has(status, search)][:limit]
    if as_json:
        print_json([status_json(status) for status in found])
        return
    from alarminati.cli.output.columns import screen

    # Half of the line is for what was reported; the whole text is in `show` and in JSON.
    width = screen() // 2
    now = int(time.time() * 1000) if width else 0
    for status in found:
        click.echo(status_line(status, width, now))
    if not found:
        tell("There are no alarms.") if everything else tell("No alarm is firing.")


def _has(status: AlarmStatus, search: str) -> bool:
    """Return whether an alarm has all words of a search, in its message or labels."""
    alarm = status.alarm
    texts = [alarm.message, alarm.project, *(f"{name}={value}" for name, value in alarm.labels)]
    text = _folded(" ".join(texts))
    return all(word in text for word in _folded(search).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


async def _list(
    reach: Target, filter: Filter, everything: bool, limit: int, order: str, since: int
) -> Sequence[AlarmStatus]:
    from alarminati.client import ListOrder

    async with reach.client() as client:
        return await client.list(
            filter=filter,
            include_resolved=everything,
            limit=limit,
            order=ListOrder[order.upper()],
            start_time=since,
        )


def _cached(
    reach: Target, filter: Filter, everything: bool, order: str, since: int
) -> Sequence[AlarmStatus]:
    from alarminati.client import WORST_FIRST, Cache, NotFound
    from alarminati.core.model.filter import Filter as View

    path, view = cache_file(reach, View())
    if not path.exists():
        raise NotFound(f"there is no cache of {reach.domain} yet; `alarminati tail` makes one")
    with Cache(path, filter=view) as cache:
        found = [
            status
            for status in cache.alarms()
            if (everything or status.firing)
            and filter.passes(replace(status.alarm, severity=status.severity), "")
            and (status.firing or status.end_time >= since)
        ]
    if order == "severity":
        found.sort(key=lambda status: WORST_FIRST.index(status.severity))
    return found


@click.command()
@click.argument("id")
@json_option
@reach_options(timeout=5.0)
def show(reach: Target, id: str, as_json: bool) -> None:
    """Show one alarm and what became of it.

    ID is an alarm's id or fingerprint. Its story: reports, acknowledgements, what was to be sent
    where, and what came of each attempt: the answer, which attempt it was, by which replica (the
    master then), how long it took, and what the channel calls the message.

    \b
    Example:
      alarminati show 7h3kq0zp-42
    """
    history = asyncio.run(_show(reach, id))
    if as_json:
        from alarminati.cli.output.rendering import record_json
        from alarminati.cli.output.statuses import status_json

        records = [record_json(record) for record in history.records]
        print_json({"alarm": status_json(history.alarm), "history": records})
    else:
        _tell_history(history)


async def _show(reach: Target, id: str) -> AlarmHistory:
    async with reach.client() as client:
        return await client.get(id)


def _tell_history(history: AlarmHistory) -> None:
    from alarminati.cli.output.deliveries import delivery_lines
    from alarminati.cli.output.rendering import moment, pairs, printable, record_line
    from alarminati.cli.output.statuses import status_line

    status = history.alarm
    click.echo(status_line(status))
    tell("fingerprint: {fingerprint}", fingerprint=status.fingerprint)
    found = ((translated("link"), status.alarm.link), (translated("key"), status.alarm.key))
    for name, value in found:
        if value:
            click.echo(f"{name}: {printable(value)}")
    for annotation in status.alarm.annotations:
        click.echo(pairs([annotation]))
    if not status.firing:
        tell("over since {time}", time=moment(status.end_time))
    click.echo()
    for line in delivery_lines(status.deliveries):
        click.echo(line)
    click.echo()
    channels: dict[EntryId, str] = {}
    for record in history.records:
        if isinstance(record.body, Notification):
            channels[record.id] = record.body.channel
        line = record_line(record, channels.get)
        click.echo(f"{line}  {click.style(str(record.id), dim=True)}")
