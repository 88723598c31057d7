"""`alarminati dead-letters`: what channels will never take."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import ListType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import headings, in_words, json_option, print_json, tell

if TYPE_CHECKING:
    from alarminati.client import DeadLetter


@click.group(cls=ListType)
def dead_letters() -> None:
    """List what channels will never take, and tell it again.

    Without a command, lists.

    \b
    Example:
      alarminati dead-letters
      alarminati dead-letters resend --channel ops
    """


@dead_letters.command("list")
@click.option("--channel", default="", metavar="NAME", help="Only of this channel.")
@json_option
@reach_options(timeout=5.0)
def list_dead_letters(reach: Target, channel: str, as_json: bool) -> None:
    """List dead letters: what a channel will never take, newest first.

    \b
    Example:
      alarminati dead-letters list --channel ops
    """
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import iso, moment, printable

    found = asyncio.run(_list(reach, channel))
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
    rows = [headings("ID", "DIED", "CHANNEL", "ALARMS", "WHY")]
    for one in found:
        where = [str(one.id), moment(one.died), printable(one.channel)]
        rows.append([*where, str(one.alarms), printable(in_words(one.detail)) or "-"])
    for line in table(rows) if found else ():
        click.echo(line)
    if not found:
        tell("There are no dead letters.")


@dead_letters.command("resend")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--channel", default="", metavar="NAME", help="All of this channel.")
@json_option
@reach_options(timeout=5.0)
def resend(reach: Target, ids: tuple[str, ...], channel: str, as_json: bool) -> None:
    """Tell the alarms of dead letters again.

    IDs are those of `alarminati dead-letters`. All of them are resent, or none.

    \b
    Example:
      alarminati dead-letters resend 7h3kq0zp-44
      alarminati dead-letters resend --channel ops
    """
    if bool(ids) == bool(channel):
        raise click.UsageError("say which: either ids, or --channel NAME for all of a channel")
    count = asyncio.run(_resend(reach, ids, channel))
    if as_json:
        print_json({"resent": count})
    else:
        tell("Dead letters told again: {count}.", count=count)


async def _list(reach: Target, channel: str) -> Sequence[DeadLetter]:
    async with reach.client() as client:
        return await client.dead_letters(channel)


async def _resend(reach: Target, ids: tuple[str, ...], channel: str) -> int:
    async with reach.client() as client:
        return await client.resend(ids, channel=channel)
