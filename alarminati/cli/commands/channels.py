"""`alarminati channels`: where alarms are delivered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from alarminati.cli.options.param_types import ListType, SeverityType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import (
    Failure,
    headings,
    in_words,
    json_option,
    korean,
    print_json,
    tell,
    translated,
)
from alarminati.core.model.entries import Severity

if TYPE_CHECKING:
    from alarminati.client import Channel, ChannelTestResult, ChannelType

_Function = TypeVar("_Function", bound=Callable[..., Any])


@click.group(cls=ListType)
def channels() -> None:
    """List, register, change, test and delete channels.

    Without a command, lists them.

    \b
    Example:
      alarminati channels
      alarminati channels create team --type slack --set url=- --match team=web
    """


@channels.command("list")
@json_option
@reach_options(timeout=5.0)
def list_channels(reach: Target, as_json: bool) -> None:
    """List channels, the alarms that each gets, what waits for them and what ails them.

    DEFINED is "file" for those of the agents' configuration file, "registered" for those that an
    operator registered, "shadowed" for one of these that the file has, too (the file's counts), and
    "expected" for one that the file leaves to an operator.

    \b
    Example:
      alarminati channels list --json
    """
    from alarminati.cli.output.channels import channel_json, channel_table

    found = asyncio.run(_list(reach))
    if as_json:
        print_json([channel_json(one) for one in found])
    elif found:
        for line in channel_table(found):
            click.echo(line)
    else:
        tell("There are no channels: alarms are kept and sent nowhere.")


@channels.command("show")
@click.argument("name")
@json_option
@reach_options(timeout=5.0)
def show_channel(reach: Target, name: str, as_json: bool) -> None:
    """Show a channel with its settings and how it fares; secrets are not shown.

    \b
    Example:
      alarminati channels show team
    """
    _show(asyncio.run(_get(reach, name)), as_json)


def _show(one: Channel, as_json: bool) -> None:
    from alarminati.cli.output.channels import channel_json, channel_lines

    if as_json:
        print_json(channel_json(one))
        return
    for line in channel_lines(one):
        click.echo(line)


@channels.command("types")
@click.argument("type_", metavar="[TYPE]", default="")
@json_option
@reach_options(timeout=5.0)
def list_types(reach: Target, type_: str, as_json: bool) -> None:
    """List the types of channels, or the settings of one.

    \b
    Example:
      alarminati channels types
      alarminati channels types slack
    """
    found = [one for one in asyncio.run(_types(reach)) if type_ in ("", one.type)]
    if not found:
        raise click.UsageError(f"there is no channel type {type_}")
    if as_json:
        print_json([{"type": one.type, "settings_schema": one.settings_schema} for one in found])
    elif type_:
        _show_settings(found[0])
    else:
        for one in found:
            click.echo(f"{one.type}: {', '.join(one.required)}")


def _show_settings(one: ChannelType) -> None:
    from alarminati.cli.output.columns import table

    rows = [headings("SETTING", "DEFAULT", "MEANING")]
    properties: Mapping[str, Mapping[str, Any]] = one.settings_schema["properties"]
    for key, each in sorted(properties.items(), key=lambda item: item[1].get("x-order", 0)):
        words = each.get("x-ko", each) if korean() else each
        default = translated("(needed)") if key in one.required else str(each.get("default", "-"))
        meaning = str(words.get("description", ""))
        if key in one.secrets:
            meaning += " " + translated("(secret)")
        rows.append([key, default or "-", meaning])
    for line in table(rows):
        click.echo(line)


def _settings_options(function: _Function) -> _Function:
    """Add --set, --file and --fallback, which arrive as `given`, `file` and `fallback`."""
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
    other = click.option(
        "--fallback", metavar="NAME", help="Channel that is sent what this one does not take."
    )
    return one(many(other(function)))


def _alarm_options(function: _Function) -> _Function:
    """Add --match and --min-severity, which arrive as `matchers` and `min_severity`."""
    matchers = click.option(
        "--match",
        "matchers",
        multiple=True,
        metavar="MATCHER",
        help="Alarms that meet all of these, such as team=web; repeatable.",
    )
    severity = click.option("--min-severity", type=SeverityType(), help="Alarms at least this bad.")
    return matchers(severity(function))


@channels.command("create")
@click.argument("name")
@click.option("--type", "type_", required=True, help="Which kind, such as slack or webhook.")
@_settings_options
@_alarm_options
@click.option("--dry-run", is_flag=True, help="Check it, and register nothing.")
@json_option
@reach_options(timeout=5.0)
def create_channel(
    reach: Target,
    name: str,
    type_: str,
    given: tuple[str, ...],
    file: Path | None,
    fallback: str | None,
    matchers: tuple[str, ...],
    min_severity: Severity | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Register a channel.

    It gets the alarms that meet --match and --min-severity; without these all alarms, unless a
    route of the agents' file names it. It is kept encrypted in the journal and counts on every
    replica at once. `alarminati channels types TYPE` lists the settings. What is secret is asked
    for and never given on the command line, where everybody can see it.

    \b
    Example:
      alarminati channels create team --type slack --set url=- --match team=web
      alarminati channels create pager --type webhook --file pager.yaml --min-severity CRITICAL
    """
    from alarminati.cli.options.settings import new_settings

    settings = new_settings(type_, given, file)
    made = asyncio.run(
        _create(reach, name, type_, settings, matchers, min_severity, fallback or "", dry_run)
    )
    if as_json or dry_run:
        _show(made, as_json)
        return
    pending = made.status.pending if made.status else 0
    if pending:
        tell("{count} alarms that fire now will be told to {name}.", name=name, count=pending)
    tell("{name} is registered; `alarminati channels test {name}` tries it.", name=name)


@channels.command("update")
@click.argument("name")
@click.option("--type", "type_", default="", help="Another kind; then all its settings are new.")
@_settings_options
@click.option("--unset", multiple=True, metavar="KEY", help="A setting to take back, repeatable.")
@_alarm_options
@click.option("--all", "all_", is_flag=True, help="All alarms: drop its matchers and severity.")
@json_option
@reach_options(timeout=5.0)
def update_channel(
    reach: Target,
    name: str,
    type_: str,
    given: tuple[str, ...],
    file: Path | None,
    fallback: str | None,
    unset: tuple[str, ...],
    matchers: tuple[str, ...],
    min_severity: Severity | None,
    all_: bool,
    as_json: bool,
) -> None:
    """Change a registered channel.

    What is not given stays as it is, secrets too. --match takes the place of all its matchers.

    \b
    Example:
      alarminati channels update team --set rate=2 --unset language
      alarminati channels update team --match team=web --match env=prod
    """
    if all_ and (matchers or min_severity):
        raise click.UsageError("--all drops matchers and severity; give it without them")
    settings = bool(type_ or given or file or unset)
    if not (settings or matchers or min_severity or all_ or fallback is not None):
        raise click.UsageError("say what to change, such as --set KEY=VALUE or --match MATCHER")
    made = asyncio.run(
        _update(reach, name, type_, given, file, unset, matchers, min_severity, all_, fallback)
    )
    if as_json:
        _show(made, as_json)
    else:
        tell("{name} is changed; `alarminati channels test {name}` tries it.", name=made.name)


@channels.command("delete")
@click.argument("name")
@json_option
@reach_options(timeout=5.0)
def delete_channel(reach: Target, name: str, as_json: bool) -> None:
    """Delete a registered channel. What waits for it becomes dead letters.

    \b
    Example:
      alarminati channels delete team
    """
    dead = asyncio.run(_delete(reach, name))
    if as_json:
        print_json({"name": name, "dead_letters": dead})
    elif dead:
        tell("{name} is deleted; dead letters of what it was to be sent: {count}.",
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
    found = asyncio.run(_test(reach, name))
    if as_json:
        print_json(
            {
                "result": found.result.name.lower(),
                "cause": found.cause.name.lower() if found.cause else None,
                "detail": found.detail or None,
                "duration_ms": found.duration,
                "retry_after_ms": found.retry_after or None,
                "replica": found.replica,
            }
        )
    elif found.delivered:
        tell("{name} took it in {duration} ms.", name=name, duration=found.duration)
    if not found.delivered:
        raise Failure(
            translated("{name} did not take it: {detail}", name=name, detail=in_words(found.detail))
        )


async def _list(reach: Target) -> Sequence[Channel]:
    async with reach.client() as client:
        return await client.channels()


async def _get(reach: Target, name: str) -> Channel:
    async with reach.client() as client:
        return await client.channel(name)


async def _types(reach: Target) -> Sequence[ChannelType]:
    async with reach.client() as client:
        return await client.channel_types()


async def _create(
    reach: Target,
    name: str,
    type_: str,
    settings: Mapping[str, object],
    matchers: Sequence[str],
    min_severity: Severity | None,
    fallback: str,
    dry_run: bool,
) -> Channel:
    async with reach.client() as client:
        return await client.create_channel(
            name,
            type_,
            settings,
            matchers=matchers,
            min_severity=min_severity,
            fallback=fallback,
            validate_only=dry_run,
        )


async def _update(
    reach: Target,
    name: str,
    type_: str,
    given: tuple[str, ...],
    file: Path | None,
    unset: Sequence[str],
    matchers: Sequence[str],
    min_severity: Severity | None,
    all_: bool,
    fallback: str | None,
) -> Channel:
    from alarminati.cli.options.settings import changed_settings

    async with reach.client() as client:
        settings = None
        if given or file is not None or unset:
            kind = type_ or (await client.channel(name)).type
            settings = changed_settings(kind, given, file, unset)
        return await client.update_channel(
            name,
            type=type_,
            settings=settings,
            matchers=matchers if matchers or all_ else None,
            min_severity=min_severity,
            any_severity=all_,
            fallback=fallback,
        )


async def _delete(reach: Target, name: str) -> int:
    async with reach.client() as client:
        return await client.delete_channel(name)


async def _test(reach: Target, name: str) -> ChannelTestResult:
    async with reach.client() as client:
        return await client.test_channel(name)
