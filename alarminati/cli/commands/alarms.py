"""`alarminati list`, `show` and `ack`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.filters import cache_folder, filter_options
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import json_option, print_json, tell, translated
from alarminati.core.model.entries import EntryId, Notification
from alarminati.core.model.filter import Filter

if TYPE_CHECKING:
    from alarminati.client import AlarmHistory, AlarmStatus


@click.command("list")
@click.option("--all", "everything", is_flag=True, help="Also alarms that are over.")
@click.option(
    "--limit", type=click.IntRange(1), default=1000, show_default=True, help="At most so many."
)
@click.option("--offline", is_flag=True, help="As this computer's cache has them; asks nobody.")
@json_option
@filter_options
@reach_options(timeout=5.0)
def list_alarms(
    reach: Target, filter: Filter, everything: bool, limit: int, offline: bool, as_json: bool
) -> None:
    """List alarms as they stand.

    The newest change first.

    \b
    Example:
      alarminati list --min-severity ERROR --agent 10.0.0.5:7443 --tls certificates
      alarminati list --all --json
    """
    from alarminati.cli.output.rendering import status_json, status_line

    if offline:
        found = _cached(reach, filter, everything)[:limit]
    else:
        found = asyncio.run(_list(reach, filter, everything, limit))
    if as_json:
        print_json([status_json(status) for status in found])
        return
    from alarminati.cli.output.columns import screen

    # Half of the line is for what was reported; the whole text is in `show` and in JSON.
    width = screen() // 2
    for status in found:
        click.echo(status_line(status, width))
    if not found:
        tell("There are no alarms.") if everything else tell("No alarm is firing.")


async def _list(
    reach: Target, filter: Filter, everything: bool, limit: int
) -> Sequence[AlarmStatus]:
    async with reach.client() as client:
        return await client.list(filter=filter, include_resolved=everything, limit=limit)


def _cached(reach: Target, filter: Filter, everything: bool) -> Sequence[AlarmStatus]:
    from alarminati.client import Cache, NotFound, cache_path

    path = cache_path(cache_folder(), reach.domain)
    if not path.exists():
        raise NotFound(f"there is no cache of {reach.domain} yet; `alarminati tail` makes one")
    with Cache(path) as cache:
        return [
            status
            for status in cache.alarms()
            if (everything or status.firing) and filter.passes(status.alarm, "")
        ]


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
    story = asyncio.run(_show(reach, id))
    if as_json:
        from alarminati.cli.output.deliveries import delivery_json
        from alarminati.cli.output.rendering import record_json, status_json

        records = [record_json(record) for record in story.records]
        channels = [delivery_json(each) for each in story.deliveries]
        print_json(status_json(story.status) | {"channels": channels, "story": records})
    else:
        _tell_story(story)


async def _show(reach: Target, id: str) -> AlarmHistory:
    async with reach.client() as client:
        return await client.get(id)


def _tell_story(story: AlarmHistory) -> None:
    from alarminati.cli.output.deliveries import delivery_lines
    from alarminati.cli.output.rendering import moment, pairs, printable, record_line, status_line

    status = story.status
    click.echo(status_line(status))
    tell("fingerprint: {fingerprint}", fingerprint=status.fingerprint)
    found = ((translated("link"), status.alarm.link), (translated("key"), status.alarm.key))
    for name, value in found:
        if value:
            click.echo(f"{name}: {printable(value)}")
    for annotation in status.alarm.annotations:
        click.echo(pairs([annotation]))
    if not status.firing:
        tell("over since {time}", time=moment(status.resolved))
    click.echo()
    for line in delivery_lines(story.deliveries):
        click.echo(line)
    click.echo()
    channels: dict[EntryId, str] = {}
    for record in story.records:
        if isinstance(record.body, Notification):
            channels[record.id] = record.body.channel
        line = record_line(record, channels.get)
        click.echo(f"{line}  {click.style(str(record.id), dim=True)}")


@click.command()
@click.argument("id")
@click.option("--comment", default="", help="Why, or what next.")
@json_option
@reach_options(timeout=5.0)
def ack(reach: Target, id: str, comment: str, as_json: bool) -> None:
    """Say that you are on it.

    ID is an alarm's id or fingerprint. Who you are is taken from your certificate.

    \b
    Example:
      alarminati ack 7h3kq0zp-42 --comment "restarting it"
    """
    from alarminati.cli.output.rendering import status_json, status_line

    status = asyncio.run(_acknowledge(reach, id, comment))
    if as_json:
        print_json(status_json(status))
    else:
        click.echo(status_line(status))


async def _acknowledge(reach: Target, id: str, comment: str) -> AlarmStatus:
    async with reach.client() as client:
        return await client.acknowledge(id, comment)
