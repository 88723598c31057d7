"""`alarminati resolve`."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.filters import filter_options
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import json_option, print_json, tell, translated
from alarminati.core.model.filter import Filter
from alarminati.core.model.matchers import Matcher

if TYPE_CHECKING:
    from alarminati.client import ResolvedAlarms


@click.command()
@click.argument("ids", nargs=-1)
@click.option("--source", default="", help="Alarms that came by this door or source.")
@click.option("--comment", default="", help="Why.")
@click.option("--dry-run", is_flag=True, help="Say what would be ended, and end nothing.")
@json_option
@filter_options
@reach_options(timeout=60.0)
def resolve(
    reach: Target,
    filter: Filter,
    ids: tuple[str, ...],
    source: str,
    comment: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """End alarms that nobody else ends.

    IDS are ids or fingerprints of alarms; without any, the options say which. Channels are told
    as of every end. An alarm that is reported again fires again.

    \b
    Example:
      alarminati resolve 7h3kq0zp-42 --comment "the host is gone"
      alarminati resolve --source prometheus --label cluster=old --dry-run
    """
    wanted = _wanted(ids, filter, source)
    done = asyncio.run(_resolve(reach, ids, wanted, comment, dry_run))
    if as_json:
        print_json(_told(done))
        return
    from alarminati.cli.output.rendering import printable
    from alarminati.cli.output.statuses import status_line

    for status in done.alarms:
        click.echo(status_line(status))
    for id, reason in done.skipped:
        if reason == "NOT_FOUND":
            tell("no alarm {id} is kept", id=printable(id))
        else:
            tell("alarm {id} is over already", id=printable(id))
    if dry_run:
        tell("{count} alarms would be ended.", count=done.count)
    else:
        tell("{count} alarms ended.", count=done.count)


def _wanted(ids: tuple[str, ...], filter: Filter, source: str) -> Filter | None:
    if source:
        matcher = str(Matcher("source", "=", source))
        filter = replace(filter, matchers=(*filter.matchers, matcher))
    if bool(ids) == (filter != Filter()):
        raise click.UsageError(
            translated("Give ids, or --source, --label, --project or --min-severity to say which.")
        )
    return None if ids else filter


async def _resolve(
    reach: Target, ids: tuple[str, ...], filter: Filter | None, comment: str, dry_run: bool
) -> ResolvedAlarms:
    async with reach.client() as client:
        return await client.resolve(ids, filter=filter, comment=comment, validate_only=dry_run)


def _told(done: ResolvedAlarms) -> dict[str, object]:
    from alarminati.cli.output.statuses import skipped_json, status_json

    return {
        "resolved_count": done.count,
        "alarms": [status_json(status) for status in done.alarms],
        "skipped": skipped_json(done.skipped),
    }
