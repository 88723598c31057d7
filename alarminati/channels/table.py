"""The kinds of channels there are. Adding one: its module, its test, one line here."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, cast

import msgspec

from alarminati.channels.port import BadSettings, Channel, Driver
from alarminati.config import Secret

TYPES: dict[str, str] = {
    "slack": "alarminati.channels.slack",
    "webhook": "alarminati.channels.webhook",
}
"""type -> module; the module is imported when a channel of that type is configured."""


def driver(type_: str) -> Driver:
    """The module of a type. Raises BadSettings."""
    if type_ not in TYPES:
        known = ", ".join(sorted(TYPES))
        raise BadSettings(f"type: there is no channel type {type_!r} (known: {known})")
    return cast(Driver, import_module(TYPES[type_]))


def configure(name: str, type_: str, settings: Mapping[str, object]) -> Channel:
    """A channel from its settings, as `ChannelConfig` holds them. Raises BadSettings."""
    module = driver(type_)
    fields = {field.name: field.type for field in msgspec.structs.fields(module.Settings)}
    plain = {key: _fit(fields.get(key), value) for key, value in settings.items()}
    try:
        made = msgspec.convert(plain, module.Settings, dec_hook=_secret)
    except msgspec.ValidationError as error:
        raise BadSettings(str(error)) from None
    return Channel(name, type_, module, made)


def _fit(wanted: object, value: object) -> object:
    """Any string may come from env:NAME, but only fields that are secret stay so."""
    if isinstance(value, Secret) and "Secret" not in str(wanted):
        return value.reveal()
    return value


def _secret(wanted: type[Any], value: object) -> object:
    if wanted is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError(f"expected text, got {type(value).__name__}")
