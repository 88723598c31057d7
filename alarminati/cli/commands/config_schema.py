"""`alarminati config schema`: the configuration as JSON schema, for editors."""

from __future__ import annotations

import click


@click.command("schema")
def config_schema() -> None:
    """Print the JSON schema of the configuration.

    Editors complete and check agent.yaml by it.

    \b
    Example:
      alarminati config schema > agent.schema.json
    """
    from alarminati.channels.forms import settings_schema
    from alarminati.channels.table import TYPES
    from alarminati.config.json_schema import text

    click.echo(text({type_: settings_schema(type_) for type_ in TYPES}))
