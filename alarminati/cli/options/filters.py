"""Which alarms to see, and where this machine keeps what it saw: options of `tail` and `list`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from alarminati.cli.options.param_types import SeverityType, read_pairs
from alarminati.core.model.entries import Pairs, Severity
from alarminati.core.model.filter import Filter
from alarminati.core.model.matchers import Matcher

T = TypeVar("T")


def filter_options(function: Callable[..., T]) -> Callable[..., T]:
    """Add --min-severity, --project and --label to a command; they arrive as `filter`."""

    @wraps(function)
    def command(
        min_severity: Severity | None, projects: tuple[str, ...], labels: Pairs, **others: Any
    ) -> T:
        matchers = tuple(str(Matcher(name, "=", value)) for name, value in labels)
        return function(filter=Filter(min_severity, tuple(sorted(projects)), matchers), **others)

    return _SEVERITY_OPTION(_PROJECT_OPTION(_LABEL_OPTION(command)))


_SEVERITY_OPTION = click.option(
    "--min-severity", type=SeverityType(), help="Alarms at least this bad."
)
_PROJECT_OPTION = click.option(
    "--project", "projects", multiple=True, help="Alarms of any of these."
)
_LABEL_OPTION = click.option(
    "--label",
    "labels",
    multiple=True,
    metavar="NAME=VALUE",
    callback=read_pairs,
    help="Alarms with all of these.",
)


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Where caches lie: $ALARMINATI_CACHE, else the platform's folder for such files."""
    if chosen := environ.get("ALARMINATI_CACHE"):
        return Path(chosen)
    base = environ.get("XDG_CACHE_HOME", "")
    folder = Path(base) if base.startswith("/") else Path.home() / ".cache"
    return folder / "alarminati"
