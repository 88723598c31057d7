"""The settings of a channel as people give them: --set KEY=VALUE, a file, and what is asked for."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from alarminati.cli.output.terminal import translated

ASK = "-"


def new_settings(type_: str, given: Sequence[str], file: Path | None) -> dict[str, Any]:
    """Return the settings of a new channel; secrets that it needs are asked for.

    Raises click.UsageError and ConfigError.
    """
    settings = changed_settings(type_, given, file)
    for key in _secrets(type_)[1]:
        if key not in settings and sys.stdin.isatty():
            settings[key] = _ask(key)
    return settings


def changed_settings(
    type_: str, given: Sequence[str], file: Path | None, unset: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the settings that are given, None for those of `unset`. Raises likewise."""
    secret, _ = _secrets(type_)
    settings = _from_file(file) if file is not None else {}
    for text in given:
        key, equals, value = text.partition("=")
        if not key or not equals:
            raise click.UsageError(f"--set {key!r}: expected KEY=VALUE")
        if value == ASK:
            value = _ask(key)
        elif key.partition(".")[0] in secret:
            raise click.UsageError(
                f"{key} is secret, and everybody sees what a program is called with; give"
                f" --set {key}=- to be asked for it, or --file"
            )
        _put(settings, key, value)
    for key in unset:
        _put(settings, key, None)
    _inline_ca(settings)
    return settings


def _inline_ca(settings: dict[str, Any]) -> None:
    """Put in the certificates where `ca` names a file here: agents read no files for others."""
    from alarminati.wire.reading import FILE_LIMIT, BadFile, read_file

    ca = settings.get("ca")
    if not isinstance(ca, str) or not ca or "-----BEGIN" in ca:
        return
    try:
        read = read_file(Path(ca.removeprefix("file:")).expanduser(), FILE_LIMIT)
        settings["ca"] = read.decode("ascii")
    except (BadFile, UnicodeDecodeError) as error:
        why = error if isinstance(error, BadFile) else "it is not a certificate in PEM"
        raise click.UsageError(f"ca: the file {ca} cannot be read: {why}") from None


def _secrets(type_: str) -> tuple[set[str], list[str]]:
    """Keys whose values are secret, and those of them that must be given.

    A type that this version does not know has none: the agent, which may know it, decides.
    """
    from msgspec import structs

    from alarminati.channels.port import BadSettings
    from alarminati.channels.table import driver

    try:
        fields = structs.fields(driver(type_).Settings)
    except BadSettings:
        return set(), []
    secret = [field for field in fields if "Secret" in str(field.type)]
    return {field.name for field in secret}, [field.name for field in secret if field.required]


def _from_file(file: Path) -> dict[str, Any]:
    from alarminati.config.document import parse_document, read_document

    if str(file) == "-":
        return parse_document(sys.stdin.read(), "standard input")
    return read_document(file)


def _ask(key: str) -> str:
    """From the terminal, unseen; from a pipe, one line."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\n")
        if not line:
            raise click.UsageError(f"{key}: nothing was given on standard input")
        return line
    return str(click.prompt(translated("{key} (not shown)", key=key), hide_input=True, err=True))


def _put(settings: dict[str, Any], key: str, value: str | None) -> None:
    *outer, last = key.split(".")
    for name in outer:
        inner = settings.get(name)
        settings[name] = settings = inner if isinstance(inner, dict) else {}
    settings[last] = _value(value) if value is not None else None


def _value(text: str) -> object:
    """Lists and mappings are read as YAML; all else is text, of which agents make numbers."""
    if not text.startswith(("[", "{")) or text.startswith(("{{", "{%")):  # a template
        return text
    from alarminati.config.document import parse_document

    return parse_document(f"value: {text}", "--set")["value"]
