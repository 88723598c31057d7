"""`alarminati dead-letters`: notifications that their channels never took."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import ListType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import headings, in_words, json_option, print_json, tell

if TYPE_CHECKING:
    from alarminati.client import DeadLetters

WHICH = "say which: either ids, or --channel NAME for all of a channel"


@click.group(cls=ListType)
def dead_letters() -> None:
    """List what channels never took, send it again or discard it.

    Without a command, lists.

    \b
    Example:
      alarminati dead-letters
      alarminati dead-letters resend --channel ops
    """


@dead_letters.command("list")
@click.option("--channel", default="", metavar="NAME", help="Only of this channel.")
@click.option(
    "--limit", type=click.IntRange(1, 100_000), default=1000, show_default=True,
    help="At most so many.",
)  # fmt: skip
@json_option
@reach_options(timeout=5.0)
def list_dead_letters(reach: Target, channel: str, limit: int, as_json: bool) -> None:
    """List dead letters: what a channel never took, newest first.

    \b
    Example:
      alarminati dead-letters list --channel ops
    """
    from alarminati.cli.output.columns import table
    from alarminati.cli.output.rendering import cause_text, iso, moment, printable

    found = asyncio.run(_list(reach, channel, limit))
    if as_json:
        print_json(
            [
                {
                    "id": str(one.id),
                    "channel": one.channel,
                    "fail_time": iso(one.fail_time),
                    "alarm_count": one.alarm_count,
                    "fingerprints": list(one.fingerprints),
                    "cause": one.cause.name.lower() if one.cause else None,
                    "detail": one.detail,
                }
                for one in found.letters
            ]
        )
        return
    rows = [headings("ID", "GIVEN UP", "CHANNEL", "ALARMS", "CAUSE", "WHY")]
    for one in found.letters:
        where = [str(one.id), moment(one.fail_time), printable(one.channel)]
        cause = cause_text(one.cause) if one.cause else "-"
        why = printable(in_words(one.detail)) or "-"
        rows.append([*where, str(one.alarm_count), cause, why])
    for line in table(rows) if found.letters else ():
        click.echo(line)
    if not found.letters:
        tell("There are no dead letters.")
    if found.dropped:
        tell("Dead letters dropped for newer ones: {count}.", count=found.dropped)


@dead_letters.command("resend")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--channel", default="", metavar="NAME", help="All of this channel.")
@json_option
@reach_options(timeout=5.0)
def resend(reach: Target, ids: tuple[str, ...], channel: str, as_json: bool) -> None:
    """Send the alarms of dead letters again.

    IDs are those of `alarminati dead-letters`. All of them are sent again, or none.

    \b
    Example:
      alarminati dead-letters resend 7h3kq0zp-44
      alarminati dead-letters resend --channel ops
    """
    if bool(ids) == bool(channel):
        raise click.UsageError(WHICH)
    count = asyncio.run(_resend(reach, ids, channel))
    if as_json:
        print_json({"resent_count": count})
    else:
        tell("Dead letters told again: {count}.", count=count)


@dead_letters.command("discard")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@click.option("--channel", default="", metavar="NAME", help="All of this channel.")
@click.option("--comment", default="", help="Why, for those who ask later.")
@json_option
@reach_options(timeout=5.0)
def discard(reach: Target, ids: tuple[str, ...], channel: str, comment: str, as_json: bool) -> None:
    """Discard dead letters: they are listed no more and cannot be sent again.

    The alarms stay. IDs are those of `alarminati dead-letters`.

    \b
    Example:
      alarminati dead-letters discard 7h3kq0zp-44 --comment "told by phone"
      alarminati dead-letters discard --channel ops
    """
    if bool(ids) == bool(channel):
        raise click.UsageError(WHICH)
    count = asyncio.run(_discard(reach, ids, channel, comment))
    if as_json:
        print_json({"discarded_count": count})
    else:
        tell("Dead letters discarded: {count}.", count=count)


async def _list(reach: Target, channel: str, limit: int) -> DeadLetters:
    async with reach.client() as client:
        return await client.dead_letters(channel, limit=limit)


async def _resend(reach: Target, ids: tuple[str, ...], channel: str) -> int:
    async with reach.client() as client:
        return await client.resend_dead_letters(ids, channel=channel)


async def _discard(reach: Target, ids: tuple[str, ...], channel: str, comment: str) -> int:
    async with reach.client() as client:
        return await client.discard_dead_letters(ids, channel=channel, comment=comment)
