"""`alarminati silence` and `silences`: keep alarms from being told for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import click

from alarminati.cli.options.moved import refuse_moved
from alarminati.cli.options.param_types import DurationType, ListType, TimeType
from alarminati.cli.options.target import Target, reach_options
from alarminati.cli.output.terminal import headings, json_option, print_json, tell, translated

if TYPE_CHECKING:
    from alarminati.client import Silence, SilenceStatus

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _matchers(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Refuse words that are commands elsewhere; no matcher is without an operator."""
    if given:
        refuse_moved(f"silence {given[0]}", ctx)
    return given


def _span_options(function: _Function) -> _Function:
    """Add --for, --until and --from, which arrive as `span`, `until` and `starts`."""
    span = click.option(
        "--for", "span", type=DurationType(), metavar="DURATION", help="How long, such as 2h."
    )
    until = click.option(
        "--until", type=TimeType(), metavar="TIME", help="Until when, instead of --for."
    )
    begin = click.option(
        "--from", "starts", type=TimeType(), default="0", metavar="TIME", help="Default: now."
    )
    return span(until(begin(function)))


@click.command()
@click.argument("matchers", nargs=-1, required=True, metavar="MATCHER...", callback=_matchers)
@_span_options
@click.option("--comment", required=True, help="Why; others will want to know.")
@json_option
@reach_options(timeout=5.0)
def silence(
    reach: Target,
    matchers: tuple[str, ...],
    span: float | None,
    until: int | None,
    starts: int,
    comment: str,
    as_json: bool,
) -> None:
    """Keep alarms from being told for a while.

    Silences alarms that fit every MATCHER, on all replicas at once. A matcher is a label, one of
    = != =~ !~, and a value, as in Alertmanager. The labels severity, project and source are the
    alarm's own. Silenced alarms are kept and listed all the same; what still fires when a silence
    ends is told then. Who silences is taken from your certificate.

    \b
    Example:
      alarminati silence severity=WARNING 'host=~"web.*"' --for 2h --comment "new disks"
      alarminati silences
    """
    if (span is None) == (until is None):
        raise click.UsageError("say how long: either --for DURATION or --until TIME")
    begin = starts or time.time_ns() // 1_000_000
    ends = until if until is not None else begin + round((span or 0) * 1000)
    _tell(*asyncio.run(_create(reach, matchers, starts, ends, comment)), as_json)


def _tell(made: SilenceStatus, equal: Sequence[Silence], as_json: bool) -> None:
    from alarminati.cli.output.rendering import moment

    if as_json:
        print_json(_json(made))
        return
    tell(
        "{id} silences until {until}; {fits} alarms that fire now fit.",
        id=made.silence.id,
        until=moment(made.silence.end_time),
        fits=made.matched_alarms,
    )
    for one in equal:
        sentence = translated(
            "An equal silence {id} runs until {until}; expire one of them, or change it:"
            " alarminati silences update {id}",
            id=one.id,
            until=moment(one.end_time),
        )
        click.echo(sentence, err=True)


@click.group(cls=ListType)
def silences() -> None:
    """List silences, change and expire them.

    Without a command, lists them. `alarminati silence` makes one.

    \b
    Example:
      alarminati silences
      alarminati silences expire 4f1c0a9be2d77a31
    """


@silences.command("update")
@click.argument("id")
@click.argument("matchers", nargs=-1, metavar="[MATCHER]...")
@_span_options
@click.option("--comment", help="Why; others will want to know.")
@json_option
@reach_options(timeout=5.0)
def update_silence(
    reach: Target,
    id: str,
    matchers: tuple[str, ...],
    span: float | None,
    until: int | None,
    starts: int,
    comment: str | None,
    as_json: bool,
) -> None:
    """Change a silence that is to come or in force; what is not given stays as it is.

    --for counts from --from, or from now.

    \b
    Example:
      alarminati silences update 4f1c0a9be2d77a31 --for 2h
    """
    if span is not None and until is not None:
        raise click.UsageError("say how long: either --for DURATION or --until TIME")
    if span is not None:
        until = (starts or time.time_ns() // 1_000_000) + round(span * 1000)
    if not (matchers or until or starts or comment):
        raise click.UsageError("say what to change: MATCHER, --for, --until, --from or --comment")
    _tell(*asyncio.run(_update(reach, id, matchers, starts, until or 0, comment or "")), as_json)


@silences.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that are over.")
@json_option
@reach_options(timeout=5.0)
def list_silences(reach: Target, everything: bool, as_json: bool) -> None:
    """List silences to come and in force, those that end first first.

    \b
    Example:
      alarminati silences list --all --json
    """
    from alarminati.cli.output.columns import screen, table
    from alarminati.cli.output.rendering import moment, printable

    found = asyncio.run(_list(reach, everything))
    if as_json:
        print_json([_json(one) for one in found])
        return
    rows = [headings("ID", "STATE", "FROM", "UNTIL", "BY", "MATCHERS", "COMMENT")]
    for status in found:
        one = status.silence
        when = [one.id, _state(status), moment(one.start_time), moment(one.end_time)]
        fits = printable(", ".join(one.matchers))
        rows.append([*when, printable(one.created_by), fits, printable(one.comment)])
    for line in table(rows, screen()) if found else ():
        click.echo(line)
    if not found:
        tell("There are no silences.")


@silences.command("expire")
@click.argument("id")
@json_option
@reach_options(timeout=5.0)
def expire_silence(reach: Target, id: str, as_json: bool) -> None:
    """End a silence now. What fires and fitted it is told then.

    \b
    Example:
      alarminati silences expire 4f1c0a9be2d77a31
    """
    ended = asyncio.run(_expire(reach, id))
    if as_json:
        print_json(_json(ended))
    else:
        tell("{id} is over.", id=ended.silence.id)


async def _create(
    reach: Target, matchers: tuple[str, ...], starts: int, ends: int, comment: str
) -> tuple[SilenceStatus, Sequence[Silence]]:
    """Silence; also answers with those that silence the same at that time."""
    async with reach.client() as client:
        made = await client.create_silence(matchers, starts=starts, ends=ends, comment=comment)
        return made, _equal(made.silence, await client.silences())


async def _update(
    reach: Target, id: str, matchers: tuple[str, ...], starts: int, ends: int, comment: str
) -> tuple[SilenceStatus, Sequence[Silence]]:
    async with reach.client() as client:
        made = await client.update_silence(
            id, matchers=matchers, starts=starts, ends=ends, comment=comment
        )
        return made, _equal(made.silence, await client.silences())


def _equal(made: Silence, others: Sequence[SilenceStatus]) -> Sequence[Silence]:
    return [
        one
        for one in (other.silence for other in others)
        if one.id != made.id
        and sorted(one.matchers) == sorted(made.matchers)
        and one.start_time < made.end_time
        and one.end_time > made.start_time
    ]


def _state(status: SilenceStatus) -> str:
    from alarminati.client import SilenceState

    match status.state:
        case SilenceState.PENDING:
            return translated("pending")
        case SilenceState.ACTIVE:
            return translated("active")
        case SilenceState.EXPIRED:
            return translated("expired")
        case SilenceState.UNKNOWN:  # of a later version
            return "-"


def _json(one: SilenceStatus) -> dict[str, object]:
    from alarminati.cli.output.rendering import silence_json

    return silence_json(one.silence) | {
        "state": one.state.value,
        "matched_alarms": one.matched_alarms,
    }


async def _list(reach: Target, everything: bool) -> Sequence[SilenceStatus]:
    async with reach.client() as client:
        return await client.silences(include_expired=everything)


async def _expire(reach: Target, id: str) -> SilenceStatus:
    async with reach.client() as client:
        return await client.expire_silence(id)
