"""`alarminati config import`: an Alertmanager's configuration as an agent's."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from alarminati.cli.output.terminal import Failure, json_option, print_json, translated
from alarminati.config import ConfigError, Secret
from alarminati.config.alertmanager import convert
from alarminati.config.alertmanager_notes import PLACES, SAYINGS, Note
from alarminati.config.alertmanager_receivers import REGISTERED
from alarminati.config.document import read_document
from alarminati.config.schema import CHANNEL_KEYS


@click.command("import")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Where to write it. Default: printed.")
@json_option
def import_config(path: Path, out: Path | None, as_json: bool) -> None:
    """Convert the configuration of an Alertmanager.

    Prints that of an agent with the same routes, times and receivers, secrets included, and says on
    standard error what it could not convert. `alarminati config check` checks the result, and
    `alarminati explain` says where an alarm would go.

    \b
    Example:
      alarminati config import alertmanager.yml --out agent.yaml
    """
    import yaml

    try:
        converted = convert(read_document(path), path.absolute().parent)
    except ConfigError as error:
        raise ConfigError(str(path), error.key, error.problem) from None
    notes = [_said(note) for note in converted.notes]
    notes.append(
        translated(
            "tls: insecure, good for this computer alone; put the folder of the agent's"
            " certificates there"
        )
    )
    channels = []
    for channel in converted.config["channels"]:
        problem = _problem(channel)
        if problem:
            notes.append(
                translated(
                    "channel {name}: {problem}; register it, or mend it here",
                    name=channel["name"],
                    problem=problem,
                )
            )
            channel = {"name": channel["name"], "type": REGISTERED}
        channels.append(channel)
    config = converted.config | {"channels": channels, "tls": {"mode": "insecure"}}
    text = _missing() + yaml.safe_dump(config, sort_keys=False, allow_unicode=True, width=100)
    if out is not None:
        _write(out, text)
    if as_json:
        english = [*map(str, converted.notes), *notes[len(converted.notes) :]]
        print_json({"config": None if out else config, "notes": english})
        return
    if out is None:
        click.echo(text, nl=False)
    for note in notes:
        click.echo(translated("note: {note}", note=note), err=True)


def _said(note: Note) -> str:
    """A note in the reader's language."""
    where = translated(PLACES[note.place], name=note.name)
    return f"{where}: {translated(SAYINGS[note.text], **note.values)}"


def _missing() -> str:
    """The keys that an Alertmanager has no like of, for people to fill in."""
    keys = {
        "project: default": translated("what your team calls the product"),
        "cluster: default": translated("name of this mesh of replicas"),
        "name: a1": translated("name of this replica; default: the host name"),
    }
    return "".join(f"# {key}  # {why}\n" for key, why in keys.items())


def _problem(channel: dict[str, Any]) -> str:
    """Why the channel cannot be used as it stands. What comes from files is not looked at."""
    from alarminati.channels.port import BadSettings
    from alarminati.channels.table import configure

    settings = {key: _secret(each) for key, each in channel.items() if key not in CHANNEL_KEYS}
    elsewhere = any(str(value).startswith("file:") for value in channel.values())
    if channel["type"] == REGISTERED or elsewhere:
        return ""
    try:
        configure(channel["name"], channel["type"], settings)
    except BadSettings as error:
        return str(error)
    return ""


def _secret(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _secret(each) for name, each in value.items()}
    return Secret(value) if isinstance(value, str) else value


def _write(out: Path, text: str) -> None:
    """For its owner only, and not over what is there: it holds secrets."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    try:
        descriptor = os.open(out, flags, 0o600)
    except FileExistsError:
        raise Failure(translated("{file} exists already; choose another", file=out)) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
