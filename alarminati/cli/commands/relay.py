"""`alarminati relay`: keeps webhooks for clusters that no sender can reach."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from pathlib import Path

import click

from alarminati.cli.commands.agent import FORMAT, stopped
from alarminati.cli.output.terminal import Failure


@click.command()
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    required=True,
    envvar="ALARMINATI_RELAY_CONFIG",
    show_envvar=True,
    help="YAML file of the relay.",
)
def relay(path: Path) -> None:
    """Run a relay: a door for clusters without ingress.

    Keeps webhooks on disk until the master of their cluster has pulled them. Holds no secret:
    agents check signatures. See docs/relay.md.

    \b
    Example:
      alarminati relay --config relay.yaml
    """
    from alarminati.config.relay import load_relay

    config = load_relay(path)
    logging.basicConfig(stream=sys.stderr, format=FORMAT, datefmt="%Y-%m-%d %H:%M:%S")
    logging.getLogger("alarminati").setLevel(logging.INFO)
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    from alarminati.relay_server.app import run
    from alarminati.spool.segments import SpoolBusy, SpoolUnusable

    try:
        asyncio.run(run(config, stopped))
    except (SpoolBusy, SpoolUnusable) as error:
        raise Failure(str(error)) from error
