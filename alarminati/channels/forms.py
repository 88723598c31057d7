"""Forms: the settings of a type of channel as JSON schema, made from the struct that checks them.

A form that is drawn from the schema needs no knowledge of the types. Secrets have `writeOnly`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from msgspec.structs import FieldInfo

from alarminati.channels.form_words import words_of
from alarminati.channels.table import driver
from alarminati.channels.voice import MessageStyle
from alarminati.config import ChannelConfig, Duration, Secret

COMMON: Final = ("fallback_after", "test_interval", "resolved")
"""Settings that every channel has beside those of its type."""
_DURATION: Final = {
    "type": "string",
    "pattern": r"^[0-9]+(\.[0-9]+)?((ms|s|m|h|d|w)([0-9]+(\.[0-9]+)?(ms|s|m|h|d|w))*)?$",
    "examples": ["10s", "5m", "1h30m"],
}


def settings_schema(type_: str) -> dict[str, Any]:
    """Return the JSON schema of the settings of a type. Raises BadSettings."""
    own = msgspec.structs.fields(driver(type_).Settings)
    style = {field.name for field in msgspec.structs.fields(MessageStyle)}
    common = [field for field in msgspec.structs.fields(ChannelConfig) if field.name in COMMON]
    needed = [field for field in own if field.required]
    others = [field for field in own if not field.required and field.name not in style]
    styled = [field for field in own if field.name in style]
    ordered = (*needed, *others, *styled, *common)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": _properties(type_, ordered),
        "required": [field.encode_name for field in needed],
        "additionalProperties": False,
    }


def _properties(type_: str, fields: Sequence[FieldInfo]) -> dict[str, Any]:
    return {
        field.encode_name: _property(type_, field) | {"x-order": place}
        for place, field in enumerate(fields)
    }


def _property(type_: str, field: FieldInfo) -> dict[str, Any]:
    made = dict(msgspec.json.schema(field.type, schema_hook=_custom))
    if field.default not in (msgspec.NODEFAULT, None):
        default = field.default
        made["default"] = str(default) if isinstance(default, Duration) else _json(default)
    if parts := made.pop("anyOf", None):  # a secret that may be left out
        kept = [part for part in parts if part != {"type": "null"}]
        made = (kept[0] if len(kept) == 1 else {"anyOf": kept}) | made
    if words := words_of(type_, field.encode_name):
        made["title"], made["description"] = words.title, words.description
        made["x-ko"] = {"title": words.korean_title, "description": words.korean_description}
    return made


def _custom(kind: type[Any]) -> dict[str, Any]:
    if issubclass(kind, Secret):
        return {"type": "string", "format": "password", "writeOnly": True}
    if issubclass(kind, Duration):
        return dict(_DURATION)
    raise NotImplementedError(kind)


def _json(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
