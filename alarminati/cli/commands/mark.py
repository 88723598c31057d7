"""`alarminati mark` and `marks`: what happened beside the alarms, such as a deploy."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from alarminati.cli.options.param_types import ListType, TimeType, read_pairs
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import json_option, print_json, tell
from alarminati.core.model.entries import Pairs

if TYPE_CHECKING:
    from alarminati.client import EntryId, MarkEntry


@click.command()
@click.argument("message")
@click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_pairs,
    help="What it is about, such as service=api.",
)
@click.option("--project", default="", help="[the cluster's own]")
@click.option("--link", default="", metavar="URL", help="Such as that of the release.")
@click.option(
    "--from", "starts", type=TimeType(), default="0", metavar="TIME", help="Default: now."
)
@click.option("--until", "ends", type=TimeType(), default="0", metavar="TIME", help="Its end.")
@json_option
@reach_options(timeout=5.0)
def mark(
    reach: Target,
    message: str,
    labels: Pairs,
    project: str,
    link: str,
    starts: int,
    ends: int,
    as_json: bool,
) -> None:
    """Mark that something happened, such as a deploy.

    Marks are shown among the alarms, by `tail` too, and told to no channel. Who may report may
    mark. Prints the id.

    \b
    Example:
      alarminati mark "deploy api 1.4.2" --label service=api
      alarminati mark "power work" --until 2026-03-03T02:00:00+09:00
    """
    id = asyncio.run(_mark(reach, message, labels, project, link, starts, ends))
    if as_json:
        print_json({"id": str(id)})
    else:
        click.echo(str(id))


@click.group(cls=ListType)
def marks() -> None:
    """List marks: what happened beside the alarms.

    Without a command, lists. `alarminati mark` makes one.

    \b
    Example:
      alarminati marks
    """


@marks.command("list")
@click.option("--project", "projects", multiple=True, help="Marks of any of these.")
@click.option("--since", type=TimeType(), default="0", metavar="TIME", help="From then on.")
@click.option(
    "--limit", type=click.IntRange(1), default=20, show_default=True, help="At most so many."
)
@json_option
@reach_options(timeout=5.0)
def list_marks(
    reach: Target, projects: tuple[str, ...], since: int, limit: int, as_json: bool
) -> None:
    """List marks, the latest first.

    \b
    Example:
      alarminati marks list --since 2026-03-01T00:00:00+09:00 --json
    """
    from alarminati.cli.output.rendering import mark_json, mark_line

    found = asyncio.run(_list(reach, projects, since, limit))
    if as_json:
        print_json([{"id": str(one.id)} | mark_json(one.mark, "") for one in found])
        return
    for one in found:
        click.echo(mark_line(one.mark, ""))
    if not found:
        tell("There are no marks.")


async def _mark(
    reach: Target, message: str, labels: Pairs, project: str, link: str, starts: int, ends: int
) -> EntryId:
    async with reach.client() as client:
        return await client.mark(
            message, labels=dict(labels), project=project, link=link, starts=starts, ends=ends
        )


async def _list(
    reach: Target, projects: Sequence[str], since: int, limit: int
) -> Sequence[MarkEntry]:
    async with reach.client() as client:
        return await client.marks(projects=projects, start_time=since, limit=limit)
