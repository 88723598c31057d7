"""What people type: severities, labels, times; and groups that list when nothing else is asked.

Mistakes that would be taken for something else are refused: a number without its unit, a label
given twice.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import click

from alarminati.cli.options.moved import refuse_moved
from alarminati.core.model.entries import Pairs, Severity
from alarminati.core.model.validation import Invalid, parse_severity, parse_timestamp

if TYPE_CHECKING:  # generic since click 8.4, and nothing else of it is needed
    _Severity: TypeAlias = click.ParamType[Severity]
    _Time: TypeAlias = click.ParamType[int]
    _Duration: TypeAlias = click.ParamType[float]
else:
    _Severity = _Time = _Duration = click.ParamType


class SeverityType(_Severity):
    """CRITICAL, ERROR, WARNING or INFO, or what other tools call these."""

    name = "severity"

    def convert(
        self, value: str | Severity, param: click.Parameter | None, ctx: click.Context | None
    ) -> Severity:
        """Raises click.BadParameter."""
        if isinstance(value, Severity):
            return value
        try:
            return parse_severity(value)
        except Invalid as error:
            self.fail(error.problem, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[click.shell_completion.CompletionItem]:
        """The four names."""
        names = [severity.name for severity in Severity]
        return [
            click.shell_completion.CompletionItem(name)
            for name in names
            if name.startswith(incomplete.upper())
        ]


class TimeType(_Time):
    """RFC 3339 text, a local time such as 2026-12-01 09:00, or a number since 1970."""

    name = "time"

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Milliseconds. Raises click.BadParameter."""
        if isinstance(value, int):
            return value
        try:
            return parse_timestamp(float(value) if _is_number(value) else _with_offset(value))
        except Invalid as error:
            self.fail(error.problem, param, ctx)


class DurationType(_Duration):
    """A duration such as 90s, 30m, 2h or 1h30m."""

    name = "duration"

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds. Raises click.BadParameter."""
        from alarminati.config.quantities import Duration

        if isinstance(value, str) and _is_number(value):
            number = value.strip()
            self.fail(f"{number} has no unit; write {number}s, {number}m or {number}h", param, ctx)
        try:
            seconds = float(Duration.read(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not seconds:
            self.fail("must be more than nothing", param, ctx)
        return seconds


class ListType(click.Group):
    """Does `list` when no command is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put in `list` where an option, or nothing, stands for the command."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant, or say which may have been."""
        refuse_moved(f"{ctx.info_name} {args[0]}", ctx)
        return super().resolve_command(ctx, args)


def _with_offset(text: str) -> str:
    """A time without an offset is local: people at a keyboard mean their own clock."""
    try:
        when = datetime.fromisoformat(text.strip())
    except ValueError:
        return text
    return when.astimezone().isoformat() if when.tzinfo is None else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def read_pairs(ctx: click.Context, param: click.Parameter, values: tuple[str, ...]) -> Pairs:
    """NAME=VALUE, repeated: sorted. A name with two values is refused. A click callback."""
    found: dict[str, str] = {}
    for text in values:
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise click.BadParameter(f"{text!r} is not of the form NAME=VALUE", ctx, param)
        if found.setdefault(name, value) != value:
            raise click.BadParameter(f"{name!r} is given twice, with two values", ctx, param)
    return tuple(sorted(found.items()))
