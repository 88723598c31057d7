"""`alarminati spool`: alarms of this computer that no agent has taken yet."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.spool import spool_option
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import (
    Exit,
    in_words,
    json_option,
    print_json,
    tell,
    translated,
)

if TYPE_CHECKING:
    from alarminati.client.spooling import Flushed, SpooledReport

_FOLDER = spool_option(help="Folder of the spool.", required=True)


@click.group()
def spool() -> None:
    """List and send what waits on this computer.

    `alarminati report --spool` keeps alarms there that no agent takes.

    \b
    Example:
      alarminati spool list --spool /var/spool/alarminati
      alarminati spool flush --spool /var/spool/alarminati
    """


@spool.command("list")
@_FOLDER
@json_option
def list_spool(spool: Path, as_json: bool) -> None:
    """List alarms that wait, and those that agents refused.

    \b
    Example:
      alarminati spool list --spool /var/spool/alarminati
    """
    if not spool.is_dir():
        raise click.BadParameter(f"{str(spool)!r} is not a folder", param_hint="--spool")
    found = asyncio.run(_waiting(spool))
    if as_json:
        print_json([_as_json(each) for each in found])
        return
    for each in found:
        why = each.refused
        state = translated("refused: {problem}", problem=why) if why else translated("waiting")
        message = each.alarm.message.splitlines()[0] if each.alarm and each.alarm.message else "?"
        severity = each.alarm.severity.name if each.alarm else "?"
        click.echo(f"spool-{each.sequence}  {severity:<8}  {message}  ({state})")
    if not found:
        tell("Nothing waits.")


@spool.command()
@_FOLDER
@json_option
@reach_options(timeout=10.0)
@click.pass_context
def flush(ctx: click.Context, reach: Target, spool: Path, as_json: bool) -> None:
    """Send alarms that wait, in their order.

    Ends with code 3 when some still wait, because no agent takes them.

    \b
    Example:
      alarminati spool flush --spool /var/spool/alarminati
    """
    if not spool.is_dir():
        raise click.BadParameter(f"{str(spool)!r} is not a folder", param_hint="--spool")
    done = asyncio.run(_flush(reach, spool))
    if as_json:
        names = ("sent", "refused", "pending", "problem")
        print_json({name: getattr(done, name) for name in names})
    else:
        tell(
            "{sent} sent, {refused} refused, {pending} still wait.",
            sent=done.sent,
            refused=done.refused,
            pending=done.pending,
        )
    if done.problem:
        click.echo(in_words(done.problem), err=True)
        ctx.exit(Exit.UNREACHABLE)


async def _flush(reach: Target, folder: Path) -> Flushed:
    async with reach.client(spool=folder) as client:
        return await client.flush_spool()


async def _waiting(folder: Path) -> list[SpooledReport]:
    from alarminati.client.spooling import SenderSpool

    async def send(request: object) -> None:
        raise NotImplementedError

    return await SenderSpool(folder, send, lambda: 0).waiting()  # type: ignore[arg-type]


def _as_json(each: SpooledReport) -> dict[str, object]:
    alarm = each.alarm
    return {
        "id": f"spool-{each.sequence}",
        "state": "refused" if each.refused else "waiting",
        "problem": each.refused or None,
        "message": alarm.message if alarm else None,
        "severity": alarm.severity.name if alarm else None,
        "labels": dict(alarm.labels) if alarm else None,
    }
