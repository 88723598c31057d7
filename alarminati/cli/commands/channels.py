"""`alarminati channels`: where alarms are delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from alarminati.cli.options.param_types import ListType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import (
    Exit,
    Failure,
    headings,
    in_words,
    json_option,
    print_json,
    tell,
    translated,
)

if TYPE_CHECKING:
    from alarminati.client import Channel, ChannelTestResult

_Function = TypeVar("_Function", bound=Callable[..., Any])


@click.group(cls=ListType)
def channels() -> None:
    """List, register, change, test and delete channels.

    Without a command, lists them.

    \b
    Example:
      alarminati channels
      alarminati channels create team --type slack --set url=-
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


def _origin(origin: str) -> str:
    match origin:
        case "file":
            return translated("file")
        case "registered":
            return translated("registered")
        case "shadowed":
            return translated("shadowed")
        case _:
            return translated("unknown")


def _show(found: Sequence[Channel]) -> None:
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import printable

    rows = [headings("CHANNEL", "TYPE", "ORIGIN", "DESTINATION", "PENDING", "TROUBLE")]
    for one in found:
        destination = printable(one.destination) or "-"
        trouble = printable(in_words(one.trouble)) or "-"
        head = [printable(one.name), one.type or "-", _origin(one.origin.value)]
        rows.append([*head, destination, str(one.pending), trouble])
    for line in table(rows):
        click.echo(line)


def _settings_options(function: _Function) -> _Function:
    """Add --set and --file, which arrive as `given` and `file`."""
    one = click.option(
        "--set",
        "given",
        multiple=True,
        metavar="KEY=VALUE",
        help="A setting, repeatable. KEY=- asks for the value, as secrets must be.",
    )
    many = click.option(
        "--file",
        type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
        help="YAML file with the settings; - reads standard input.",
    )
    return one(many(function))


@channels.command("create")
@click.argument("name")
@click.option("--type", "type_", required=True, help="Which kind, such as slack or webhook.")
@_settings_options
@json_option
@reach_options(timeout=5.0)
def create_channel(
    reach: Target,
    name: str,
    type_: str,
    given: tuple[str, ...],
    file: Path | None,
    as_json: bool,
) -> None:
    """Register a channel.

    It is kept encrypted in the journal and counts on every replica at once. The settings are those
    of the agents' file (see docs/channels.md). What is secret is asked for and never given on the
    command line, where everybody can see it.

    \b
    Example:
      alarminati channels create team --type slack --set url=-
      alarminati channels create pager --type webhook --file pager.yaml
    """
    from alarminati.cli.options.settings import settings_text

    settings = settings_text(type_, given, file)
    made = asyncio.run(_put(reach, name, type_, settings, new=True))
    if as_json:
        print_json(_json(made))
    else:
        if made.pending:
            tell("{count} alarms that fire now will be told to {name}.",
                 name=made.name, count=made.pending)  # fmt: skip
        tell("{name} is registered; `alarminati channels test {name}` tries it.", name=made.name)


@channels.command("update")
@click.argument("name")
@click.option("--type", "type_", required=True, help="Which kind, such as slack or webhook.")
@_settings_options
@json_option
@reach_options(timeout=5.0)
def update_channel(
    reach: Target,
    name: str,
    type_: str,
    given: tuple[str, ...],
    file: Path | None,
    as_json: bool,
) -> None:
    """Change a channel that was registered.

    The settings take the place of all that it had, secrets too.

    \b
    Example:
      alarminati channels update team --type slack --set url=-
    """
    from alarminati.cli.options.settings import settings_text

    settings = settings_text(type_, given, file)
    made = asyncio.run(_put(reach, name, type_, settings, new=False))
    if as_json:
        print_json(_json(made))
    else:
        tell("{name} is changed; `alarminati channels test {name}` tries it.", name=made.name)


@channels.command("delete")
@click.argument("name")
@json_option
@reach_options(timeout=5.0)
def delete_channel(reach: Target, name: str, as_json: bool) -> None:
    """Delete a channel that was registered. What waits for it becomes dead letters.

    \b
    Example:
      alarminati channels delete team
    """
    dead = asyncio.run(_delete(reach, name))
    if as_json:
        print_json({"name": name, "dead_alarms": dead})
    elif dead:
        tell("{name} is deleted; alarms that waited for it are dead letters now: {count}.",
             name=name, count=dead)  # fmt: skip
    else:
        tell("{name} is deleted.", name=name)


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


async def _list(reach: Target) -> Sequence[Channel]:
    async with reach.client() as client:
        return await client.channels()


async def _put(reach: Target, name: str, type_: str, settings: str, *, new: bool) -> Channel:
    from alarminati.client import ChannelDefinition

    async with reach.client() as client:
        there = (ChannelDefinition.REGISTERED, ChannelDefinition.SHADOWED)
        kept = {one.name for one in await client.channels() if one.origin in there}
        if new and name in kept:
            raise Failure(
                translated(
                    "{name} is registered already; alarminati channels update {name}", name=name
                ),
                Exit.REFUSED,
            )
        if not new and name not in kept:
            raise Failure(translated("no channel {name} is registered", name=name), Exit.NOT_FOUND)
        return await client.put_channel(name, type_, settings)


async def _delete(reach: Target, name: str) -> int:
    async with reach.client() as client:
        return await client.delete_channel(name)


async def _test(reach: Target, name: str) -> ChannelTestResult:
    async with reach.client() as client:
        return await client.test_channel(name)
