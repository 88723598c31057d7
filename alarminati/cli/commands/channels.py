"""`alarminati channels`: where alarms are delivered, and what could not be."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import ListType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import Failure, json_option, print_json, tell, translated

if TYPE_CHECKING:
    from alarminati.client import Channel, ChannelTestResult, DeadLetter


@click.group(cls=ListType)
def channels() -> None:
    """List, register, test and remove channels.

    Without a command, lists them. Also lists dead letters, and tells them again.

    \b
    Example:
      alarminati channels
      alarminati channels add team --type slack --set url=-
    """


@channels.command("list")
@json_option
@reach_options(timeout=5.0)
def list_channels(reach: Target, as_json: bool) -> None:
    """List channels, what waits for them and what ails them.

    ORIGIN is "file" for those of the agents' configuration file, "registered" for those that an
    operator added, and "shadowed" for one of these that the file has, too: the file's counts.

    \b
    Example:
      alarminati channels list --json
    """
    found = asyncio.run(_list(reach))
    if as_json:
        print_json([_json(one) for one in found])
    elif found:
        _show(found)
    else:
        tell("There are no channels: alarms are kept and sent nowhere.")


def _json(one: Channel) -> dict[str, object]:
    return {
        "name": one.name,
        "type": one.type,
        "destination": one.destination,
        "pending": one.pending,
        "trouble": one.trouble or None,
        "origin": one.origin.value,
        "by": one.by or None,
        "settings": one.settings,
        "fallback": one.fallback or None,
    }


def _show(found: Sequence[Channel]) -> None:
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import printable

    rows = [["CHANNEL", "TYPE", "ORIGIN", "DESTINATION", "PENDING", "TROUBLE"]]
    for one in found:
        destination, trouble = printable(one.destination) or "-", printable(one.trouble) or "-"
        head = [printable(one.name), one.type or "-", one.origin.value]
        rows.append([*head, destination, str(one.pending), trouble])
    for line in table(rows):
        click.echo(line)


@channels.command("add")
@click.argument("name")
@click.option("--type", "type_", required=True, help="Which kind, such as slack or webhook.")
@click.option(
    "--set",
    "given",
    multiple=True,
    metavar="KEY=VALUE",
    help="A setting, repeatable. KEY=- asks for the value, as secrets must be.",
)
@click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="YAML file with the settings; - reads standard input.",
)
@json_option
@reach_options(timeout=5.0)
def add_channel(
    reach: Target,
    name: str,
    type_: str,
    given: tuple[str, ...],
    file: Path | None,
    as_json: bool,
) -> None:
    """Register a channel, or change one that was registered.

    It is kept encrypted in the journal and counts on every replica at once. The settings are those
    of the agents' file (see docs/channels.md). What is secret is asked for and never given on the
    command line, where everybody can see it.

    \b
    Example:
      alarminati channels add team --type slack --set url=-
      alarminati channels add pager --type webhook --file pager.yaml
    """
    from alarminati.cli.options.settings import settings_text

    settings = settings_text(type_, given, file)
    made = asyncio.run(_add(reach, name, type_, settings))
    if as_json:
        print_json(_json(made))
    else:
        tell("{name} is registered; `alarminati channels test {name}` tries it.", name=made.name)


@channels.command("remove")
@click.argument("name")
@json_option
@reach_options(timeout=5.0)
def remove_channel(reach: Target, name: str, as_json: bool) -> None:
    """Remove a channel that was registered. What waits for it becomes dead letters.

    \b
    Example:
      alarminati channels remove team
    """
    dead = asyncio.run(_remove(reach, name))
    if as_json:
        print_json({"name": name, "dead_alarms": dead})
    elif dead:
        tell("{name} is removed; alarms that waited for it are dead letters now: {count}.",
             name=name, count=dead)  # fmt: skip
    else:
        tell("{name} is removed.", name=name)


@channels.command("test")
@click.argument("name")
@json_option
@reach_options(timeout=5.0)
def test_channel(reach: Target, name: str, as_json: bool) -> None:
    """Send a test message to a channel and wait for what comes of it.

    The exit code is 0 only if the channel took it.

    \b
    Example:
      alarminati channels test ops
    """
    trial = asyncio.run(_test(reach, name))
    if as_json:
        print_json(
            {
                "delivered": trial.delivered,
                "detail": trial.detail or None,
                "duration_ms": trial.duration,
            }
        )
    elif trial.delivered:
        tell("{name} took it in {duration} ms.", name=name, duration=trial.duration)
    if not trial.delivered:
        raise Failure(
            translated("{name} did not take it: {detail}", name=name, detail=trial.detail)
        )


@channels.command("dead")
@click.option("--channel", default="", metavar="NAME", help="Only of this channel.")
@json_option
@reach_options(timeout=5.0)
def dead_letters(reach: Target, channel: str, as_json: bool) -> None:
    """List dead letters: what a channel will never take, newest first.

    \b
    Example:
      alarminati channels dead --channel ops
    """
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import iso, moment, printable

    found = asyncio.run(_dead(reach, channel))
    if as_json:
        print_json(
            [
                {
                    "id": str(one.id),
                    "channel": one.channel,
                    "died": iso(one.died),
                    "alarms": one.alarms,
                    "fingerprints": list(one.fingerprints),
                    "detail": one.detail,
                }
                for one in found
            ]
        )
        return
    rows = [["ID", "DIED", "CHANNEL", "ALARMS", "WHY"]]
    for one in found:
        where = [str(one.id), moment(one.died), printable(one.channel)]
        rows.append([*where, str(one.alarms), printable(one.detail) or "-"])
    for line in table(rows) if found else ():
        click.echo(line)
    if not found:
        tell("There are no dead letters.")


@channels.command("resend")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--channel", default="", metavar="NAME", help="All of this channel.")
@json_option
@reach_options(timeout=5.0)
def resend(reach: Target, ids: tuple[str, ...], channel: str, as_json: bool) -> None:
    """Tell the alarms of dead letters again.

    IDs are those of `channels dead`. All of them are resent, or none.

    \b
    Example:
      alarminati channels resend 7h3kq0zp-44
      alarminati channels resend --channel ops
    """
    if bool(ids) == bool(channel):
        raise click.UsageError("say which: either ids, or --channel NAME for all of a channel")
    count = asyncio.run(_resend(reach, ids, channel))
    if as_json:
        print_json({"resent": count})
    else:
        tell("Dead letters told again: {count}.", count=count)


async def _list(reach: Target) -> Sequence[Channel]:
    async with reach.client() as client:
        return await client.channels()


async def _add(reach: Target, name: str, type_: str, settings: str) -> Channel:
    async with reach.client() as client:
        return await client.put_channel(name, type_, settings)


async def _remove(reach: Target, name: str) -> int:
    async with reach.client() as client:
        return await client.delete_channel(name)


async def _test(reach: Target, name: str) -> ChannelTestResult:
    async with reach.client() as client:
        return await client.test_channel(name)


async def _dead(reach: Target, channel: str) -> Sequence[DeadLetter]:
    async with reach.client() as client:
        return await client.dead_letters(channel)


async def _resend(reach: Target, ids: tuple[str, ...], channel: str) -> int:
    async with reach.client() as client:
        return await client.resend(ids, channel=channel)
