"""`alarminati version`."""

from __future__ import annotations

import sys

import click

from alarminati import __version__
from alarminati.cli.output.terminal import json_option, print_json


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Print the version.

    \b
    Example:
      alarminati version --json
    """
    if as_json:
        python = ".".join(str(part) for part in sys.version_info[:3])
        print_json({"version": __version__, "python": python, "platform": sys.platform})
    else:
        click.echo(f"alarminati {__version__}")
