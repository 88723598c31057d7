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
from alarminati.cli.options.zone import local_zone
from alarminati.cli.output.terminal import (
    Exit,
    Failure,
    json_option,
    print_json,
    tell,
    translated,
)

if TYPE_CHECKING:
    from alarminati.cli.output.silences import Tried
    from alarminati.client import Client, Silence, SilenceStatus
    from alarminati.core.model.entries import IntervalText

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _matchers(
    ctx: click.Context, param: click.Parameter, given: tuple[str, ...]
) -> tuple[str, ...]:
    """Refuse words that are commands elsewhere; no matcher is without an operator."""
    if given:
        refuse_moved(f"silence {given[0]}", ctx)
    return given


def _span_options(function: _Function) -> _Function:
    """Add --for, --until and --from, and the times in which it mutes."""
    span = click.option(
        "--for", "span", type=DurationType(), metavar="DURATION", help="How long, such as 2h."
    )
    until = click.option(
        "--until", type=TimeType(), metavar="TIME", help="Until when, instead of --for."
    )
    begin = click.option(
        "--from", "starts", type=TimeType(), default="0", metavar="TIME", help="Default: now."
    )
    times = click.option(
        "--times", multiple=True, metavar="HH:MM-HH:MM", help="Only at these times of the day."
    )
    days = click.option(
        "--weekdays", multiple=True, metavar="DAY[:DAY]", help="Only on these days, such as sunday."
    )
    zone = click.option("--location", metavar="ZONE", help="Time zone of these. [this computer's]")
    return span(until(begin(times(days(zone(function))))))


@click.command()
@click.argument("matchers", nargs=-1, metavar="[MATCHER]...", callback=_matchers)
@click.option(
    "--alarm",
    "alarms",
    multiple=True,
    metavar="ID",
    help="Silence an alarm by its labels. May be repeated: one silence for each.",
)
@_span_options
@click.option("--comment", default="", help="Why; others will want to know. Needed.")
@click.option("--preview", is_flag=True, help="Only say what it would silence.")
@json_option
@reach_options(timeout=5.0)
def silence(
    reach: Target,
    matchers: tuple[str, ...],
    alarms: tuple[str, ...],
    span: float | None,
    until: int | None,
    starts: int,
    times: tuple[str, ...],
    weekdays: tuple[str, ...],
    location: str | None,
    comment: str,
    preview: bool,
    as_json: bool,
) -> None:
    """Keep alarms from being told for a while.

    Silences alarms that fit every MATCHER, on all replicas at once. A matcher is a label, one of
    = != =~ !~, and a value, as in Alertmanager. The labels severity, project and source are the
    alarm's own. Silenced alarms are kept and listed all the same; what still fires when a silence
    ends is told then. Who silences is taken from your certificate.

    With --times or --weekdays it silences at those times only, again and again until it ends.

    \b
    Example:
      alarminati silence severity=WARNING 'host=~"web.*"' --for 2h --comment "new disks"
      alarminati silence --alarm 7h3kq0zp-42 --for 30m --comment "restarting it"
      alarminati silence job=backup --weekdays sunday --times 02:00-04:00 --for 90d \\
        --comment "weekly backup"
      alarminati silence team=web --preview
    """
    from alarminati.cli.output.silences import silence_status_json, tell_previews, tell_silence

    if bool(matchers) == bool(alarms):
        raise click.UsageError("say what to silence: either MATCHER or --alarm ID")
    intervals = _intervals(times, weekdays, location)
    if preview:
        tried = asyncio.run(_preview(reach, matchers, alarms, starts, until, intervals))
        tell_previews(tried, as_json, several=bool(alarms))
        return
    if (span is None) == (until is None):
        raise click.UsageError("say how long: either --for DURATION or --until TIME")
    if not comment.strip():
        raise click.UsageError("say why with --comment; others will want to know")
    begin = starts or time.time_ns() // 1_000_000
    ends = until if until is not None else begin + round((span or 0) * 1000)
    made = asyncio.run(_create(reach, matchers, alarms, starts, ends, comment, intervals))
    if as_json and alarms:
        print_json([silence_status_json(one) for one, _ in made])
        return
    for one, equal in made:
        tell_silence(one, equal, as_json)


def _intervals(
    times: Sequence[str], weekdays: Sequence[str], location: str | None
) -> tuple[IntervalText, ...]:
    """Return the times that are asked for; none: always."""
    from alarminati.core.model.entries import IntervalText
    from alarminati.core.routing.interval_texts import read_interval

    if not times and not weekdays:
        if location is not None:
            raise click.UsageError("--location goes with --times or --weekdays")
        return ()
    ranges = [each.partition("-") for each in times]
    pairs = tuple((start.strip(), end.strip()) for start, _, end in ranges)
    text = IntervalText(pairs, tuple(weekdays), location=location or local_zone())
    try:
        read_interval(text)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return (text,)


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
    times: tuple[str, ...],
    weekdays: tuple[str, ...],
    location: str | None,
    comment: str | None,
    as_json: bool,
) -> None:
    """Change a silence that is to come or in force; what is not given stays as it is.

    --for counts from --from, or from now.

    \b
    Example:
      alarminati silences update 4f1c0a9be2d77a31 --for 2h
    """
    from alarminati.cli.output.silences import tell_silence

    if span is not None and until is not None:
        raise click.UsageError("say how long: either --for DURATION or --until TIME")
    if span is not None:
        until = (starts or time.time_ns() // 1_000_000) + round(span * 1000)
    intervals = _intervals(times, weekdays, location)
    if not (matchers or until or starts or comment or intervals):
        raise click.UsageError("say what to change: MATCHER, --for, --until, --from or --comment")
    changed = _update(reach, id, matchers, starts, until or 0, comment or "", intervals)
    tell_silence(*asyncio.run(changed), as_json)


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
    from alarminati.cli.output.silences import show_silences, silence_status_json

    found = asyncio.run(_list(reach, everything))
    if as_json:
        print_json([silence_status_json(one) for one in found])
        return
    if found:
        show_silences(found)
    else:
        tell("There are no silences.")


@silences.command("show")
@click.argument("id")
@json_option
@reach_options(timeout=5.0)
def show_silence(reach: Target, id: str, as_json: bool) -> None:
    """Show a silence.

    \b
    Example:
      alarminati silences show 4f1c0a9be2d77a31
    """
    from alarminati.cli.output.silences import show_silences, silence_status_json

    found = asyncio.run(_get(reach, id))
    if as_json:
        print_json(silence_status_json(found))
    else:
        show_silences([found])


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
    from alarminati.cli.output.silences import silence_status_json

    ended = asyncio.run(_expire(reach, id))
    if as_json:
        print_json(silence_status_json(ended))
    else:
        tell("{id} is over.", id=ended.silence.id)


async def _create(
    reach: Target,
    matchers: tuple[str, ...],
    alarms: Sequence[str],
    starts: int,
    ends: int,
    comment: str,
    intervals: Sequence[IntervalText],
) -> list[tuple[SilenceStatus, Sequence[Silence]]]:
    """Silence; also return with each the silences that silence the same at that time."""
    async with reach.client() as client:
        wanted = await _wanted(client, alarms) if alarms else [matchers]
        made = [
            await client.create_silence(
                each, starts=starts, ends=ends, comment=comment, intervals=intervals
            )
            for each in wanted
        ]
        others = await client.silences()
        return [(one, _equal(one.silence, others)) for one in made]


async def _preview(
    reach: Target,
    matchers: tuple[str, ...],
    alarms: Sequence[str],
    starts: int,
    until: int | None,
    intervals: Sequence[IntervalText],
) -> list[Tried]:
    async with reach.client() as client:
        wanted = await _wanted(client, alarms) if alarms else [matchers]
        return [
            (
                each,
                await client.preview_silence(
                    each, starts=starts, ends=until or 0, intervals=intervals
                ),
            )
            for each in wanted
        ]


async def _wanted(client: Client, alarms: Sequence[str]) -> list[tuple[str, ...]]:
    """Return the matchers of alarms, equal ones once; all are found before one is silenced."""
    from alarminati.core.model.matchers import Matcher

    found: dict[tuple[str, ...], None] = {}
    for id in alarms:
        alarm = (await client.get(id)).alarm.alarm
        if not alarm.labels:
            sentence = translated(
                "{id} has no labels to silence it by; give matchers, such as severity=WARNING",
                id=id,
            )
            raise Failure(sentence, Exit.REFUSED)
        labels = dict(alarm.labels) | ({"project": alarm.project} if alarm.project else {})
        found[tuple(str(Matcher(name, "=", labels[name])) for name in sorted(labels))] = None
    return list(found)


async def _update(
    reach: Target,
    id: str,
    matchers: tuple[str, ...],
    starts: int,
    ends: int,
    comment: str,
    intervals: Sequence[IntervalText],
) -> tuple[SilenceStatus, Sequence[Silence]]:
    async with reach.client() as client:
        made = await client.update_silence(
            id, matchers=matchers, starts=starts, ends=ends, comment=comment, intervals=intervals
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


async def _list(reach: Target, everything: bool) -> Sequence[SilenceStatus]:
    async with reach.client() as client:
        return await client.silences(include_expired=everything)


async def _get(reach: Target, id: str) -> SilenceStatus:
    async with reach.client() as client:
        return await client.silence(id)


async def _expire(reach: Target, id: str) -> SilenceStatus:
    async with reach.client() as client:
        return await client.expire_silence(id)
