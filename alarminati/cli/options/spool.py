"""Option that names the folder of a spool."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def spool_option(*, help: str, required: bool = False) -> Callable[[F], F]:
    """Add --spool to a command; the folder arrives as `spool`."""
    return click.option(
        "--spool",
        type=click.Path(file_okay=False, path_type=Path),
        metavar="DIR",
        envvar="ALARMINATI_SPOOL",
        show_envvar=True,
        required=required,
        help=help,
    )
