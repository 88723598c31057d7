"""`alarminati config`: files that agents read."""

from __future__ import annotations

import click

from alarminati.cli.commands.config_check import check_config
from alarminati.cli.commands.config_import import import_config
from alarminati.cli.commands.config_schema import config_schema


@click.group()
def config() -> None:
    """Check or import a configuration, or print its schema.

    \b
    Example:
      alarminati config check agent.yaml
      alarminati config import alertmanager.yml --out agent.yaml
    """


config.add_command(check_config)
config.add_command(import_config)
config.add_command(config_schema)
