"""`alarminati config check`: everything that an agent would refuse, without being one."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
from msgspec import structs

from alarminati.channels.proxies import mistakes
from alarminati.cli.output.terminal import Exit, json_option, print_json, tell
from alarminati.config import AgentConfig, ChannelConfig, ConfigError
from alarminati.config.mistakes import all_mistakes, without
from alarminati.config.oddities import oddities
from alarminati.config.variables import misspelt

SOON = 21 * 86_400  # seconds; agents raise an alarm from then on


@click.command("check")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path), envvar="ALARMINATI_CONFIG")
@json_option
def check_config(path: Path, as_json: bool) -> int:
    """Check the configuration of an agent.

    Reads all that the agent would read: FILE, the variables and files it names, the certificates.
    Ends with 1 when an agent would refuse any of it. Nothing is sent and nothing is written.

    \b
    Example:
      alarminati config check agent.yaml
      alarminati config check agent.yaml --json
    """
    errors: list[str] = []
    warnings: list[str] = []
    config, found = all_mistakes(path, os.environ)
    errors += [str(error) for error in found]
    if config is not None:
        left_out = any("tls" in (error.key, error.problem.partition(" ")[0]) for error in found)
        problems = _errors(config, certificates=not left_out)
        errors += [f"{path}: {problem}" for problem in problems]
    if config is not None and not found:
        warnings += [*oddities(config), *_certificate_warnings(config)]
        warnings += _template_warnings(config)
        warnings += mistakes(os.environ) if config.channels else ()
    warnings += misspelt(os.environ)
    if as_json:
        print_json({"ok": not errors, "errors": errors, "warnings": warnings})
    else:
        for sentence in errors:
            tell("error: {sentence}", sentence=sentence)
        for sentence in warnings:
            tell("warning: {sentence}", sentence=sentence)
        if not errors and warnings:
            tell("An agent would take {file}; warnings: {count}.", file=path, count=len(warnings))
        elif not errors:
            tell("{file} is in order.", file=path)
    return Exit.FAILED if errors else Exit.OK


def _errors(config: AgentConfig, *, certificates: bool) -> Iterator[str]:
    from alarminati.agent.http_server import reporters
    from alarminati.wire.credentials import Tls, TlsError

    for channel in config.channels:
        yield from _channel_errors(channel)
    try:
        reporters(config)
    except ConfigError as error:
        yield str(error)
    if config.tls.files is not None and certificates:
        files = [str(file) for file in config.tls.files]
        try:
            Tls.load_files(*config.tls.files).require_agent(config.cluster)
        except TlsError as error:  # ALARMINATI_TLS may have named another than the file does
            named = any(file in str(error) for file in files)
            yield f"tls: {error}" if named else f"tls: {files[1]}: {error}"


def _channel_errors(channel: ChannelConfig) -> Iterator[str]:
    """All that is wrong with a channel: what is wrong is left out and the rest read again."""
    from alarminati.agent.delivery.channels import placed_of

    left: dict[str, Any] | None = channel.settings
    gone: set[str] = set()
    while left is not None:
        try:
            placed_of(structs.replace(channel, settings=left))
            return
        except ConfigError as error:
            if error.problem.removesuffix(": is missing") not in gone:
                yield str(error)
            kept = without(left, error.problem)
            gone |= left.keys() - (left if kept is None else kept).keys()
            left = kept


def _template_warnings(config: AgentConfig) -> Iterator[str]:
    """No agent refuses one: it says the default text instead."""
    from alarminati.agent.delivery.channels import placed_of
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
