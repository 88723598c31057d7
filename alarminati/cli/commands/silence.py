"""`alarminati silence`: keep alarms from being told for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import DurationType, ListType, TimeType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import json_option, print_json, tell, translated

if TYPE_CHECKING:
    from alarminati.client import Silence, SilenceStatus


@click.group(cls=ListType)
def silence() -> None:
    """Keep alarms from being told for a while.

    Without a command, lists silences. Silenced alarms are kept and listed all the same. What still
    fires when a silence ends is told then.

    \b
    Example:
      alarminati silence add severity=WARNING 'host=~"web.*"' --for 2h --comment "new disks"
      alarminati silence
    """


@silence.command("add")
@click.argument("matchers", nargs=-1, required=True, metavar="MATCHER...")
@click.option(
    "--for", "span", type=DurationType(), metavar="DURATION", help="How long, such as 2h."
)
@click.option("--until", type=TimeType(), metavar="TIME", help="Until when, instead of --for.")
@click.option(
    "--from", "starts", type=TimeType(), default="0", metavar="TIME", help="Default: now."
)
@click.option("--comment", required=True, help="Why; others will want to know.")
@click.option("--change", "id", default="", metavar="ID", help="Change this silence.")
@json_option
@reach_options(timeout=5.0)
def add_silence(
    reach: Target,
    matchers: tuple[str, ...],
    span: float | None,
    until: int | None,
    starts: int,
    comment: str,
    id: str,
    as_json: bool,
) -> None:
    """Silence alarms that fit every MATCHER, on all replicas at once.

    A matcher is a label, one of = != =~ !~, and a value, as in Alertmanager. The labels severity,
    project and source are the alarm's own. Who silences is taken from your certificate.

    \b
    Example:
      alarminati silence add service=ws-api --for 30m --comment "deploying"
    """
    if (span is None) == (until is None):
        raise click.UsageError("say how long: either --for DURATION or --until TIME")
    begin = starts or time.time_ns() // 1_000_000
    ends = until if until is not None else begin + round((span or 0) * 1000)
    made, equal = asyncio.run(_add(reach, matchers, starts, ends, comment, id))
    if as_json:
        from alarminati.cli.output.rendering import silence_json

        print_json(silence_json(made.silence) | {"fits": made.fits})
        return
    from alarminati.cli.output.rendering import moment

    tell(
        "{id} silences until {until}; {fits} alarms that fire now fit.",
        id=made.silence.id,
        until=moment(made.silence.ends),
        fits=made.fits,
    )
    for one in equal:
        sentence = translated(
            "An equal silence {id} runs until {until}; expire one of them, or change it with"
            " --change {id}.",
            id=one.id,
            until=moment(one.ends),
        )
        click.echo(sentence, err=True)


@silence.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@json_option
@reach_options(timeout=5.0)
def list_silences(reach: Target, everything: bool, as_json: bool) -> None:
    """List silences to come and in force, those that end first first.

    \b
    Example:
      alarminati silence list --all --json
    """
    from alarminati.cli.output.columns import screen, table
    from alarminati.cli.output.rendering import moment, printable, silence_json

    found = asyncio.run(_list(reach, everything))
    if as_json:
        print_json([silence_json(one) for one in found])
        return
    rows = [["ID", "STATE", "FROM", "UNTIL", "BY", "MATCHERS", "COMMENT"]]
    now = time.time_ns() // 1_000_000
    for one in found:
        when = [one.id, _state(one, now), moment(one.starts), moment(one.ends)]
        fits = printable(", ".join(one.matchers))
        rows.append([*when, printable(one.by), fits, printable(one.comment)])
    for line in table(rows, screen()) if found else ():
        click.echo(line)
    if not found:
        tell("There are no silences.")


@silence.command("expire")
@click.argument("id")
@json_option
@reach_options(timeout=5.0)
def expire_silence(reach: Target, id: str, as_json: bool) -> None:
    """End a silence now. What fires and fitted it is told then.

    \b
    Example:
      alarminati silence expire 4f1c0a9be2d77a31
    """
    ended = asyncio.run(_expire(reach, id))
    if as_json:
        from alarminati.cli.output.rendering import silence_json

        print_json(silence_json(ended))
    else:
        tell("{id} is over.", id=ended.id)


async def _add(
    reach: Target, matchers: tuple[str, ...], starts: int, ends: int, comment: str, id: str
) -> tuple[SilenceStatus, Sequence[Silence]]:
    """Silence; also answers with those that silence the same at that time."""
    async with reach.client() as client:
        made = await client.silence(matchers, starts=starts, ends=ends, comment=comment, id=id)
        return made, _equal(made.silence, await client.silences())


def _equal(made: Silence, others: Sequence[Silence]) -> Sequence[Silence]:
    return [
        one
        for one in others
        if one.id != made.id
        and sorted(one.matchers) == sorted(made.matchers)
        and one.starts < made.ends
        and one.ends > made.starts
    ]


def _state(one: Silence, now: int) -> str:
    if one.ends <= now:
        return translated("expired")
    return translated("active") if one.starts <= now else translated("pending")


async def _list(reach: Target, everything: bool) -> Sequence[Silence]:
    async with reach.client() as client:
        return await client.silences(include_ended=everything)


async def _expire(reach: Target, id: str) -> Silence:
    async with reach.client() as client:
        return await client.expire_silence(id)
