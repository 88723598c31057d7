"""`alarminati tokens`: makes the tokens by which programs report over HTTP."""

from __future__ import annotations

import json

import click

from alarminati.cli.output.terminal import json_option, print_json, tell
from alarminati.edge.tokens import hashed, make_token

_NAME = click.option(
    "--name",
    required=True,
    help="Who will use it: letters, digits, dots, dashes, underscores, of any script.",
)


@click.group()
def tokens() -> None:
    """Tokens for programs that report by HTTP.

    \b
    Example:
      alarminati tokens create --name grafana
    """


@tokens.command()
@_NAME
@json_option
def create(name: str, as_json: bool) -> None:
    """Make a token, and its line for the configuration.

    It is shown once and kept nowhere: the configuration holds a hash of it. Nothing is asked of any
    agent; put the line into the configuration of every replica.

    \b
    Example:
      alarminati tokens create --name grafana
      alarminati tokens create --name ci --json
    """
    from alarminati.config import Secret, SourceConfig

    made = make_token()
    try:
        SourceConfig(name=name, token=Secret(hashed(made)))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--name") from None
    if as_json:
        print_json({"name": name, "token": made, "hash": hashed(made)})
        return
    tell("The token of {name}, shown this once:", name=name)
    click.echo(f"  {made}")
    tell("It is sent as Authorization: Bearer TOKEN, or as the password of basic authentication.")
    tell("For the configuration of every replica, below `sources:`")
    click.echo(
        f"  - {{name: {json.dumps(name, ensure_ascii=False)}, token: {json.dumps(hashed(made))}}}"
    )
