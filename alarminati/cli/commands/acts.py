"""`alarminati ack`, `unack`, `note` and `assign`."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import json_option, print_json, tell, translated

if TYPE_CHECKING:
    from alarminati.client import ActedAlarms, Client

_T = TypeVar("_T")


def _act_options(function: Callable[..., _T]) -> Callable[..., _T]:
    """Add what all these commands share."""
    ids = click.argument("ids", nargs=-1, required=True, metavar="ID...")
    return ids(json_option(reach_options(timeout=10.0)(function)))


@click.command()
@click.option("--comment", default="", help="Why, or what next.")
@_act_options
def ack(reach: Target, ids: tuple[str, ...], comment: str, as_json: bool) -> None:
    """Say that you are on it.

    ID is an alarm's id or fingerprint. Reminders and escalation of these alarms stop. Who you
    are is taken from your certificate.

    \b
    Example:
      alarminati ack 7h3kq0zp-42 --comment "restarting it"
    """
    _act(reach, lambda client: client.acknowledge(ids, comment), as_json)


@click.command()
@click.option("--comment", default="", help="Why, or what next.")
@_act_options
def unack(reach: Target, ids: tuple[str, ...], comment: str, as_json: bool) -> None:
    """Say that nobody is on it any longer.

    ID is an alarm's id or fingerprint. Reminders go on, and what should have escalated meanwhile
    does so now.

    \b
    Example:
      alarminati unack 7h3kq0zp-42 --comment "I have to leave"
    """
    _act(reach, lambda client: client.unacknowledge(ids, comment), as_json)


@click.command()
@click.option("--comment", required=True, help="The note.")
@_act_options
def note(reach: Target, ids: tuple[str, ...], comment: str, as_json: bool) -> None:
    """Add a note to alarms.

    ID is an alarm's id or fingerprint. Notes are shown by `alarminati show`; nobody is notified.

    \b
    Example:
      alarminati note 7h3kq0zp-42 --comment "the disk is on its way"
    """
    _act(reach, lambda client: client.add_note(ids, comment), as_json)


@click.command()
@click.option("--to", "assignee", metavar="NAME", help="Person who is to work on it.")
@click.option("--nobody", is_flag=True, help="Nobody, instead of --to.")
@click.option("--comment", default="", help="Why, or what next.")
@_act_options
def assign(
    reach: Target,
    ids: tuple[str, ...],
    assignee: str | None,
    nobody: bool,
    comment: str,
    as_json: bool,
) -> None:
    """Name who is to work on alarms.

    ID is an alarm's id or fingerprint. That counts until the alarm is over; nobody is notified,
    and reminders go on until somebody acknowledges.

    \b
    Example:
      alarminati assign 7h3kq0zp-42 --to lee
      alarminati assign 7h3kq0zp-42 --nobody
    """
    if (assignee is None) != nobody:
        raise click.UsageError(translated("say to whom: either --to NAME or --nobody"))
    _act(reach, lambda client: client.assign(ids, assignee or "", comment), as_json)


def _act(reach: Target, act: Callable[[Client], Awaitable[ActedAlarms]], as_json: bool) -> None:
    async def call() -> ActedAlarms:
        async with reach.client() as client:
            return await act(client)

    from alarminati.cli.output.rendering import printable
    from alarminati.cli.output.statuses import skipped_json, status_json, status_line

    done = asyncio.run(call())
    if as_json:
        alarms = [status_json(status) for status in done.alarms]
        print_json({"alarms": alarms, "skipped": skipped_json(done.skipped)})
        return
    for status in done.alarms:
        click.echo(status_line(status))
    for id, reason in done.skipped:
        if reason == "NOT_FOUND":
            tell("no alarm {id} is kept", id=printable(id))
        else:
            tell("alarm {id} is over already", id=printable(id))
