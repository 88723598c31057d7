"""Table of channel types. A new type is its module, its test, and one line here."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping
from importlib import import_module
from typing import Any, Literal, cast, get_args, get_origin

import msgspec

from alarminati.channels.port import BadSettings, Channel, Driver
from alarminati.channels.tls import trust
from alarminati.config import Duration, Secret
from alarminati.config.refusal import shown, suggestion

TYPES: dict[str, str] = {
    "apprise": "alarminati.channels.apprise",
    "discord": "alarminati.channels.discord",
    "googlechat": "alarminati.channels.googlechat",
    "kakaotalk": "alarminati.channels.kakaotalk",
    "kakaowork": "alarminati.channels.kakaowork",
    "mail": "alarminati.channels.mail",
    "pagerduty": "alarminati.channels.pagerduty",
    "slack": "alarminati.channels.slack",
    "slackbot": "alarminati.channels.slack_bot",
    "teams": "alarminati.channels.teams",
    "telegram": "alarminati.channels.telegram",
    "webhook": "alarminati.channels.webhook",
}
"""Module of each type; it is imported when a channel of that type is configured."""


_KINDS: dict[type[Any], str] = {
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "keys with values",
}


def driver(type_: str) -> Driver:
    """Return the module of a type. Raises BadSettings."""
    if type_ not in TYPES:
        known = ", ".join(sorted(TYPES))
        raise BadSettings(f"type: there is no channel type {shown(type_)} (known: {known})")
    return cast(Driver, import_module(TYPES[type_]))


def configure(name: str, type_: str, settings: Mapping[str, object]) -> Channel:
    """Return a channel from its settings, as in `ChannelConfig`. Raises BadSettings."""
    module = driver(type_)
    kinds = {field.name: field.type for field in msgspec.structs.fields(module.Settings)}
    fields = {key: str(kind) for key, kind in kinds.items()}
    for key in settings:
        if key not in fields:
            hint = suggestion(key, fields)
            raise BadSettings(f"{key}: a channel of type {type_} has no such key{hint}")
    plain = {key: _shown(fields[key], value) for key, value in settings.items()}
    for key, value in plain.items():
        words = get_args(kinds[key]) if get_origin(kinds[key]) is Literal else ()
        if words and value not in words:
            raise BadSettings(f"{key}: must be one of {', '.join(filter(None, words))}")
    try:
        made = msgspec.convert(plain, module.Settings, strict=False, dec_hook=_read)
    except msgspec.ValidationError as error:
        raise BadSettings(_sentence(str(error))) from None
    _check_ca(getattr(made, "ca", ""))
    return Channel(name, type_, module, made)


def _check_ca(ca: str) -> None:
    """Raise BadSettings unless these are certificates. The text does not depend on files."""
    if ca and "-----BEGIN CERTIFICATE-----" not in ca:
        raise BadSettings(
            "ca: must be the certificates themselves, PEM from -----BEGIN CERTIFICATE----- on"
        )
    try:
        if ca:
            trust(ca)
    except (ssl.SSLError, ValueError):
        raise BadSettings("ca: holds a certificate that cannot be read; is it damaged?") from None


def _sentence(text: str) -> str:
    """Return msgspec's text with the key in front."""
    if missing := re.fullmatch(r"Object missing required field `(.*)`", text):
        return f"{missing[1]}: is missing"
    problem, _, key = text.partition(" - at `$.")
    return f"{key.rstrip('`')}: {problem}" if key else problem


def _shown(wanted: str, value: object) -> object:
    """Reveal the value of a field that is not secret: the configuration makes every text a
    Secret."""
    if "Secret" in wanted:
        return value
    if isinstance(value, list):
        return [each.reveal() if isinstance(each, Secret) else each for each in value]
    plain = value.reveal() if isinstance(value, Secret) else value
    if wanted.startswith("tuple") and isinstance(plain, str):
        return [part.strip() for part in plain.split(",")]  # from a variable or a flag
    return plain


def _read(wanted: type[Any], value: object) -> object:
    if wanted is Secret and isinstance(value, str | Secret):
        return Secret(value) if isinstance(value, str) else value
    if wanted is Duration:
        return Duration.read(value)
    raise ValueError(f"expected text, got {_KINDS.get(type(value), 'something else')}")
