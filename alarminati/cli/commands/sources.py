"""`alarminati sources`: what becomes of what other tools send."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from alarminati.cli.output.terminal import Exit, json_option, print_json, tell

if TYPE_CHECKING:
    from alarminati.core.model.entries import Alarm
    from alarminati.edge.shapes.inbound import Shape
    from alarminati.edge.shapes.reading import Reading

BODY_LIMIT = 4 * 2**20  # bytes, as at the door


@click.group()
def sources() -> None:
    """See what is made of what other tools send.

    \b
    Example:
      alarminati sources try zabbix --config agent.yaml < body.json
    """


@sources.command("try")
@click.argument("name", metavar="NAME")
@click.argument("body", metavar="[FILE]", type=click.File("rb"), default="-")
@click.option(
    "--config",
    "path",
    type=click.Path(path_type=Path),
    envvar="ALARMINATI_CONFIG",
    help="YAML file of an agent; without one NAME is a preset. [ALARMINATI_CONFIG]",
)
@click.option(
    "--header", "headers", multiple=True, metavar="NAME:VALUE", help="Of the request; repeat."
)
@json_option
def try_source(
    name: str, body: BinaryIO, path: Path | None, headers: tuple[str, ...], as_json: bool
) -> int:
    """Print the alarms that a body becomes, and what of it is not used.

    NAME is a source of the configuration, or a preset. The body is read from FILE or standard
    input. Nothing is sent, and no secret of the configuration is read. Ends with 4 when nothing
    is made of the body, or a part of it is refused.

    \b
    Example:
      alarminati sources try zabbix < body.json
      alarminati sources try shop body.json --config agent.yaml --header "Title: disk is full"
    """
    from alarminati.core.model.validation import Invalid
    from alarminati.edge.shapes.inbound import Inbound
    from alarminati.edge.shapes.reading import Reading, tried

    shape, words = _shape(name, path)
    inbound = Inbound(
        body.read(BODY_LIMIT + 1)[:BODY_LIMIT],
        time.time_ns() // 1_000_000,
        dict(map(_header, headers)),
        f"/webhooks/{name}",
        name,
        words,
    )
    try:
        found = tried(shape, inbound)
    except Invalid as error:
        found = Reading(refused=[error], notes=inbound.notes)
    if as_json:
        print_json(_json(found))
    else:
        _tell(found)
    return Exit.REFUSED if found.refused else Exit.OK


def _shape(name: str, path: Path | None) -> tuple[Shape, Any]:
    from alarminati.agent.sources import pages_of
    from alarminati.config import load_sources
    from alarminati.config.loading import read_sources
    from alarminati.edge.shapes.table import PRESETS

    config = load_sources(path) if path else read_sources({})
    pages = {page.source: page for page in pages_of(config)[0]}
    if name in PRESETS and name not in pages:
        return PRESETS[name].shape, pages["text"].words
    if name not in pages:
        known = ", ".join(sorted(pages.keys() | PRESETS))
        raise click.BadParameter(
            f"no source or preset {name!r} has a map (there are: {known})", param_hint="NAME"
        )
    return pages[name].shape, pages[name].words


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise click.BadParameter(f"{text[:80]!r} is not NAME:VALUE", param_hint="--header")
    return name.strip().lower(), value.strip()


def _tell(found: Reading) -> None:
    from alarminati.cli.output.rendering import moment, printable

    for alarm in found.alarms:
        state = "resolved" if alarm.resolved else "firing"
        click.echo(f"{alarm.severity.name} {state} {printable(alarm.message)}")
        for key, value in _parts(alarm, moment(alarm.timestamp)):
            click.echo(f"  {key}: {printable(value)}")
    for error in found.refused:
        tell("refused: {problem}", problem=error)
    for note in found.notes:
        tell("note: {problem}", problem=note)
    if found.unused:
        tell("not used: {members}", members=printable(", ".join(found.unused)))
    if not found.alarms and not found.refused:
        tell("There is no alarm in it.")


def _parts(alarm: Alarm, time_: str) -> list[tuple[str, str]]:
    pairs = [
        ("time", time_),
        ("key", alarm.key),
        ("source", alarm.source),
        ("labels", " ".join(f"{name}={value}" for name, value in alarm.labels)),
        *((f"annotations.{name}", value) for name, value in alarm.annotations),
        ("link", alarm.link),
        ("ttl_seconds", str(alarm.ttl or "")),
    ]
    return [(key, value) for key, value in pairs if value]


def _json(found: Reading) -> dict[str, Any]:
    from alarminati.cli.output.rendering import iso

    return {
        "alarms": [
            {
                "message": alarm.message,
                "severity": alarm.severity.name,
                "state": "resolved" if alarm.resolved else "firing",
                "timestamp": iso(alarm.timestamp),
                "key": alarm.key,
                "source": alarm.source,
                "labels": dict(alarm.labels),
                "annotations": dict(alarm.annotations),
                "link": alarm.link,
                "ttl_seconds": alarm.ttl or None,
                "fingerprint": alarm.fingerprint(),
            }
            for alarm in found.alarms
        ],
        "refused": [{"field": error.field, "error": str(error)} for error in found.refused],
        "notes": found.notes,
        "unused_fields": found.unused,
    }
