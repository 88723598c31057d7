"""`alarminati check-config`: everything that an agent would refuse, without being one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import click

from alarminati.channels.proxies import mistakes
from alarminati.cli.output import Exit, json_option, print_json, tell
from alarminati.config import AgentConfig, ConfigError, load
from alarminati.config.oddities import oddities

SOON = 21 * 86_400  # seconds; agents raise an alarm from then on


@click.command("check-config")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path), envvar="ALARMINATI_CONFIG")
@json_option
def check_config(path: Path, as_json: bool) -> int:
    """Check the configuration of an agent.

    Reads all that the agent would read: FILE, the variables and files it names, the certificates.
    Ends with 1 when an agent would refuse any of it. Nothing is sent and nothing is written.

    \b
    Example:
      alarminati check-config agent.yaml
      alarminati check-config agent.yaml --json
    """
    errors: list[str] = []
    warnings: list[str] = []
    try:
        config = load(path, os.environ, {})
        errors += [f"{path}: {problem}" for problem in _errors(config)]
        warnings += [*oddities(config), *_certificate_warnings(config)]
        warnings += _template_warnings(config)
        warnings += mistakes(os.environ) if config.channels else ()
    except ConfigError as error:
        errors.append(str(error))
    if as_json:
        print_json({"ok": not errors, "errors": errors, "warnings": warnings})
    else:
        for sentence in errors:
            tell("error: {sentence}", sentence=sentence)
        for sentence in warnings:
            tell("warning: {sentence}", sentence=sentence)
        if not errors:
            tell("{file} is in order.", file=path)
    return Exit.FAILED if errors else Exit.OK


def _errors(config: AgentConfig) -> Iterator[str]:
    from alarminati.agent.channel_set import placed_of
    from alarminati.agent.doors import reporters
    from alarminati.wire.credentials import Tls, TlsError

    for channel in config.channels:
        try:
            placed_of(channel)
        except ConfigError as error:
            yield str(error)
    try:
        reporters(config)
    except ConfigError as error:
        yield str(error)
    if config.tls.files is not None:
        own = str(config.tls.files[1])  # ALARMINATI_TLS may have named another than the file does
        try:
            Tls.load_files(*config.tls.files).require_agent(config.cluster)
        except TlsError as error:
            yield f"tls: {error}" if own in str(error) else f"tls: {own}: {error}"


def _template_warnings(config: AgentConfig) -> Iterator[str]:
    """No agent refuses one: it says the default text instead."""
    from alarminati.agent.channel_set import placed_of
    from alarminati.channels.canary import tried

    for channel in config.channels:
        try:
            placed = placed_of(channel)
        except ConfigError:
            continue  # an error already
        for key, problem in tried(placed.channel):
            yield f"channels.{channel.name}.{key}: {problem}"


def _certificate_warnings(config: AgentConfig) -> Iterator[str]:
    from alarminati.wire.credentials import Tls, TlsError

    if config.tls.files is None:
        return
    try:
        tls = Tls.load_files(*config.tls.files)
    except TlsError:
        return  # an error already
    left = tls.not_after - time.time()
    if left < SOON:
        yield f"tls: {config.tls.files[1]} ends in {max(0, int(left // 86_400))} days; renew it"
