"""Silences as tables, sentences and JSON."""

from __future__ import annotations

from collections.abc import Sequence

import click

from alarminati.cli.output.columns import screen, table
from alarminati.cli.output.rendering import iso, moment, printable, silence_json
from alarminati.cli.output.statuses import status_json, status_line
from alarminati.cli.output.terminal import headings, print_json, tell, translated
from alarminati.client import IntervalText, Silence, SilencePreview, SilenceState, SilenceStatus

Tried = tuple[tuple[str, ...], SilencePreview]
"""Matchers, and what a silence with them would do."""


def tell_silence(made: SilenceStatus, equal: Sequence[Silence], as_json: bool) -> None:
    """Print a silence that was made or changed, and those equal to it."""
    if as_json:
        print_json(silence_status_json(made))
        return
    tell(
        "{id} silences until {until}; {fits} alarms that fire now fit.",
        id=made.silence.id,
        until=moment(made.silence.end_time),
        fits=made.matched_alarms,
    )
    if made.silence.intervals:
        tell(
            "It silences only at {times}; next from {start} to {end}.",
            times=_when(made.silence.intervals),
            start=moment(made.next_start_time) if made.next_start_time else translated("now"),
            end=moment(made.next_end_time),
        )
    for one in equal:
        _tell_equal(one)


def _tell_equal(one: Silence) -> None:
    sentence = translated(
        "An equal silence {id} runs until {until}; expire one of them, or change it:"
        " alarminati silences update {id}",
        id=one.id,
        until=moment(one.end_time),
    )
    click.echo(sentence, err=True)


def _when(intervals: Sequence[IntervalText]) -> str:
    """Return intervals in one line."""
    found = []
    for each in intervals:
        times = [f"{start}-{end}" for start, end in each.times]
        parts = (each.weekdays, each.days_of_month, each.months, each.years, times)
        told = [", ".join(part) for part in parts if part]
        found.append(" ".join([*told, each.location or "UTC"]))
    return printable("; ".join(found))


def tell_previews(tried: Sequence[Tried], as_json: bool, *, several: bool) -> None:
    """Print what silences would do; as JSON an array when `several` were asked for."""
    if as_json:
        told = [_preview_json(matchers, found) for matchers, found in tried]
        print_json(told if several else told[0])
        return
    for matchers, found in tried:
        tell(
            "{matchers} would silence {count} alarms that fire now.",
            matchers=printable(", ".join(matchers)),
            count=found.matched_alarms,
        )
        for alarm in found.alarms:
            click.echo(f"  {status_line(alarm)}")
        if rest := found.matched_alarms - len(found.alarms):
            tell("  and {count} more", count=rest)
        for one in found.equal_silences:
            _tell_equal(one.silence)


def show_silences(found: Sequence[SilenceStatus]) -> None:
    """Print a table of silences."""
    rows = [headings("ID", "STATE", "FROM", "UNTIL", "BY", "MATCHERS", "COMMENT")]
    for status in found:
        one = status.silence
        when = [one.id, _state(status), moment(one.start_time), moment(one.end_time)]
        fits = printable(", ".join(one.matchers))
        if one.intervals:
            fits += f" ({_when(one.intervals)})"
        rows.append([*when, printable(one.created_by), fits, printable(one.comment)])
    for line in table(rows, screen()):
        click.echo(line)


def _state(status: SilenceStatus) -> str:
    match status.state:
        case SilenceState.PENDING:
            return translated("pending")
        case SilenceState.ACTIVE:
            return translated("active")
        case SilenceState.EXPIRED:
            return translated("expired")
        case SilenceState.UNKNOWN:  # of a later version
            return "-"


def silence_status_json(one: SilenceStatus) -> dict[str, object]:
    """Return a silence with its state, as `--json` prints it."""
    return silence_json(one.silence) | {
        "state": one.state.value,
        "matched_alarms": one.matched_alarms,
        "next_start_time": iso(one.next_start_time),
        "next_end_time": iso(one.next_end_time),
    }


def _preview_json(matchers: Sequence[str], found: SilencePreview) -> dict[str, object]:
    return {
        "matchers": list(matchers),
        "matched_alarms": found.matched_alarms,
        "alarms": [status_json(alarm) for alarm in found.alarms],
        "equal_silences": [silence_status_json(one) for one in found.equal_silences],
    }
