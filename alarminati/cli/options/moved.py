"""Words that were commands before the names were settled: which to type instead.

No aliases: the old word is refused as any unknown one, with click's "Did you mean".
"""

from __future__ import annotations

from collections.abc import Mapping
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
    """Raises click's NoSuchCommand when `typed`, words after the program's name, was a command."""
    if typed in MOVED:
        unknown = click.exceptions.NoSuchCommand(typed.rpartition(" ")[2])
        now = MOVED[typed]
        raise click.exceptions.NoSuchCommand(now, unknown.message, [now], ctx)
