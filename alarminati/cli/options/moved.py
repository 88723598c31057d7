"""Words that were commands before the names were settled: which to type instead.

No aliases: the old word is refused as any unknown one, with click's "Did you mean".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Final

import click

MOVED: Final[Mapping[str, str]] = {
    "check-config": "config check",
    "route": "explain",
    "token": "tokens",
    "trust": "access",
    "channels add": "channels create",
    "channels dead": "dead-letters list",
    "channels remove": "channels delete",
    "channels resend": "dead-letters resend",
    "profiles remove": "profiles delete",
    "silence add": "silence",
    "silence expire": "silences expire",
    "silence list": "silences list",
}


def refuse_moved(typed: str, ctx: click.Context) -> None:
    """Raises the refusal of an unknown command when `typed`, words after the program's name, was
    one."""
    if typed in MOVED:
        raise unknown_command(typed.rpartition(" ")[2], MOVED[typed], [MOVED[typed]], ctx)


def unknown_command(
    typed: str, alike: str, possibilities: Iterable[str], ctx: click.Context
) -> click.UsageError:
    """Return the refusal of a command, with those of `possibilities` that look `alike`."""
    refusal = getattr(click.exceptions, "NoSuchCommand", None)
    if refusal is not None:
        made: click.UsageError = refusal(alike, refusal(typed).message, possibilities, ctx)
        return made
    close = get_close_matches(alike, possibilities)  # click before 8.4 names none
    meant = f" (Did you mean one of: {', '.join(close)}?)" if close else ""
    return click.UsageError(f"No such command {typed!r}.{meant}", ctx)
