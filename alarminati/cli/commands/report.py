"""`alarminati report`."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import SeverityType, TimeType, read_pairs
from alarminati.cli.options.spool import spool_option
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import json_option, print_json, translated
from alarminati.core.model.entries import Alarm, Pairs, Severity

if TYPE_CHECKING:
    from alarminati.client import Receipt


class _Report(click.Command):
    """Says how to write a message of several words, the commonest slip."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Raises click.UsageError."""
        ctx.allow_extra_args = True
        rest = super().parse_args(ctx, args)
        if rest and not ctx.resilient_parsing:
            sentence = translated('put the message in quotes: alarminati report "disk is full"')
            raise click.UsageError(sentence, ctx)
        return rest


@click.command(cls=_Report)
@click.argument("message")
@click.option(
    "--severity",
    type=SeverityType(),
    default=Severity.WARNING.name,
    show_default=True,
    help="CRITICAL, ERROR, WARNING or INFO, or a word of other tools: warn, high, fatal.",
)
@click.option("--resolved", is_flag=True, help="It is over. Repeat message and labels, or the key.")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_pairs,
    help="Subject of the alarm, such as host=db-1; repeatable. Part of its identity.",
)
@click.option("--project", default="", help="Default: the cluster's own.")
@click.option("--key", default="", help="Your own name for this alarm, whatever its message.")
@click.option("--timestamp", type=TimeType(), default="0", metavar="TIME", help="Default: now.")
@click.option(
    "--annotation",
    "annotations",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_pairs,
    help="More to read, not part of what the alarm is.",
)
@click.option("--link", default="", help="Where to look, an http or https address.")
@click.option("--request-id", default="", help="Reports with the same one are taken once.")
@click.option(
    "--min-replicas",
    type=click.IntRange(0),
    default=0,
    help="Fail unless so many replicas have it on disk within a second.",
)
@spool_option(
    help="Keep the alarm in this folder when no agent takes it; `alarminati spool flush` sends it."
)
@json_option
@reach_options(timeout=10.0)
def report(
    reach: Target,
    message: str,
    severity: Severity,
    resolved: bool,
    labels: Pairs,
    project: str,
    key: str,
    timestamp: int,
    annotations: Pairs,
    link: str,
    request_id: str,
    min_replicas: int,
    spool: Path | None,
    as_json: bool,
) -> None:
    """Report an alarm.

    Prints its id once it is safe: on disk, and on a second replica if there is one. MESSAGE may be
    -, then it is read from standard input.

    \b
    Example:
      alarminati report "disk is full" --severity CRITICAL --label host=db-1
      alarminati report "disk is full" --resolved --label host=db-1
    """
    if message == "-":
        message = sys.stdin.read().strip()
    alarm = Alarm(message, severity, timestamp, resolved, labels, project, key, annotations, link)
    receipt = asyncio.run(_report(reach, alarm, request_id, min_replicas, spool))
    if as_json:
        print_json(
            {
                "id": str(receipt.id),
                "replicas": receipt.replicas,
                "fingerprint": receipt.fingerprint,
                "effect": receipt.effect.name.lower() if receipt.effect else None,
            }
        )
    else:
        click.echo(str(receipt.id))
    if not receipt.replicas:
        hint = translated(
            "No agent took it; it waits in {folder}. The next report or `alarminati spool flush`"
            " sends it.",
            folder=spool,
        )
        click.echo(hint, err=True)
    if receipt.effect and receipt.effect.name == "NOT_FIRING":
        hint = translated(
            "No alarm with this text, labels and key was firing, so none has ended;"
            " `alarminati list` shows those that fire."
        )
        click.echo(hint, err=True)


async def _report(
    reach: Target, alarm: Alarm, request_id: str, min_replicas: int, spool: Path | None
) -> Receipt:
    async with reach.client(spool=spool) as client:
        return await client.report(alarm, request_id=request_id, min_replicas=min_replicas)
