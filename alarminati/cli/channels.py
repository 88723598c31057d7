"""`alarminati channels`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from alarminati.cli.connection import Reach, reach_options
from alarminati.cli.output import Failure, json_option, print_json, tell, translated

if TYPE_CHECKING:
    from alarminati.client import Channel, Trial


@click.group()
def channels() -> None:
    """List channels, or send a test message.

    \b
    Example:
      alarminati channels list
    """


@channels.command("list")
@json_option
@reach_options(timeout=5.0)
def list_channels(reach: Reach, as_json: bool) -> None:
    """List channels, what waits for them and what ails them.

    \b
    Example:
      alarminati channels list --json
    """
    found = asyncio.run(_list(reach))
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "type": one.type,
                    "destination": one.destination,
                    "pending": one.pending,
                    "trouble": one.trouble or None,
                }
                for one in found
            ]
        )
    elif found:
        _show(found)
    else:
        tell("There are no channels: alarms are kept and sent nowhere.")


def _show(found: Sequence[Channel]) -> None:
    from alarminati.cli.lines import printable, table

    rows = [["CHANNEL", "TYPE", "DESTINATION", "PENDING", "TROUBLE"]]
    for one in found:
        destination, trouble = printable(one.destination) or "-", printable(one.trouble) or "-"
        rows.append([printable(one.name), one.type, destination, str(one.pending), trouble])
    for line in table(rows):
        click.echo(line)


@channels.command("test")
@click.argument("name")
@json_option
@reach_options(timeout=5.0)
def test_channel(reach: Reach, name: str, as_json: bool) -> None:
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


async def _list(reach: Reach) -> Sequence[Channel]:
    async with reach.client() as client:
        return await client.channels()


async def _test(reach: Reach, name: str) -> Trial:
    async with reach.client() as client:
        return await client.test_channel(name)
