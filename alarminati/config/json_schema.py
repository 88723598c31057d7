"""The configuration as JSON schema, for editors that complete and check `agent.yaml`.

Made from the structs that check it, with the short forms that `loading` writes out. The file may
pass here and be refused by an agent, for relations between keys are no matter of a schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import inspect

from alarminati.config.hours import Clock
from alarminati.config.quantities import Address, Duration, Size
from alarminati.config.schema import CHANNEL_KEYS, AgentConfig
from alarminati.config.secret import Secret

Schema = dict[str, Any]

_CUSTOM: Final[dict[type, Schema]] = {
    Address: {"type": "string", "examples": ["0.0.0.0:7443"]},
    Clock: {"type": ["string", "integer"], "examples": ["09:30"]},
    Duration: {"type": ["string", "number"], "examples": ["15s", "5m", "1h30m"]},
    Size: {"type": ["string", "integer"], "examples": ["64kB", "4MiB"]},
    Secret: {"type": "string", "examples": ["env:NAME", "file:PATH"]},
    Path: {"type": "string"},
}
_SIMPLE: Final[dict[type, str]] = {
    inspect.IntType: "integer",
    inspect.FloatType: "number",
    inspect.StrType: "string",
    inspect.BoolType: "boolean",
}
_BOUNDS: Final = (("ge", "minimum"), ("gt", "exclusiveMinimum"), ("le", "maximum"))
_FOUND_OUT: Final = ("name", "data", "tls")
"""Required by the struct, but written out by `loading`, or told by variable or flag."""
_TLS: Final = {"type": "string", "description": "folder with ca.crt, tls.crt and tls.key"}
_OFF: Final = {"enum": [False, "off", "none"]}


def json_schema(channels: Mapping[str, Schema]) -> Schema:
    """Return the schema of a file; `channels` has that of each type's settings."""
    shapes: dict[str, Schema] = {}
    whole = _struct(inspect.type_info(AgentConfig), shapes)
    keys = whole["properties"]
    whole["required"] = [key for key in whole["required"] if key not in _FOUND_OUT]
    keys["cluster_key"] = {
        "anyOf": [_CUSTOM[Secret], keys["cluster_key"]],
        "description": keys["cluster_key"].pop("description"),
    }
    keys["tls"] = {"anyOf": [_TLS, keys["tls"]]}
    keys["channels"]["items"] = _channel(channels, shapes)
    shapes["Tls"]["properties"]["folder"] = _TLS
    for name in ("http", "health"):
        address = shapes["Listen"]["properties"][name]
        shapes["Listen"]["properties"][name] = {"anyOf": [address, _OFF]}
    said = shapes["Anonymous"]["properties"]["anonymous"]
    shapes["Anonymous"]["properties"]["anonymous"] = {"anyOf": [said, {"type": "boolean"}]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Configuration of an Alarminati agent",
        **whole,
        "$defs": dict(sorted(shapes.items())),
    }


def _channel(channels: Mapping[str, Schema], shapes: dict[str, Schema]) -> Schema:
    """Return the schema of one channel: the keys of all, and by its type those of that type."""
    common = shapes.pop("ChannelConfig")["properties"]
    common = {key: common[key] for key in CHANNEL_KEYS}
    common["type"] = {"enum": sorted(channels)}
    return {
        "type": "object",
        "properties": common,
        "required": ["name", "type"],
        "allOf": [
            {
                "if": {"properties": {"type": {"const": type_}}, "required": ["type"]},
                "then": {
                    "properties": {**dict.fromkeys(common, True), **settings["properties"]},
                    "required": settings["required"],
                    "additionalProperties": False,
                },
            }
            for type_, settings in sorted(channels.items())
        ],
    }


def _struct(node: inspect.Type, shapes: dict[str, Schema]) -> Schema:
    assert isinstance(node, inspect.StructType)
    return {
        "type": "object",
        "properties": {field.encode_name: _field(field, shapes) for field in node.fields},
        "required": [field.encode_name for field in node.fields if field.required],
        "additionalProperties": False,
    }


def _field(field: inspect.Field, shapes: dict[str, Schema]) -> Schema:
    made = _schema(field.type, shapes)
    default = field.default
    if isinstance(default, Duration | Size | Address):
        made["default"] = str(default)
    elif isinstance(default, bool | int | float | str):
        made["default"] = default
    return made


def _schema(node: inspect.Type, shapes: dict[str, Schema]) -> Schema:
    if isinstance(node, inspect.Metadata):
        return _schema(node.type, shapes) | (node.extra_json_schema or {})
    if isinstance(node, inspect.StructType):
        name = node.cls.__name__
        if name not in shapes:
            shapes[name] = {}  # a route holds routes
            shapes[name] |= _struct(node, shapes)
        return {"$ref": f"#/$defs/{name}"}
    if isinstance(node, inspect.UnionType):
        kinds = [each for each in node.types if not isinstance(each, inspect.NoneType)]
        parts = [_schema(each, shapes) for each in kinds]
        return parts[0] if len(parts) == 1 else {"anyOf": parts}
    if isinstance(node, inspect.VarTupleType):
        return {"type": "array", "items": _schema(node.item_type, shapes)}
    if isinstance(node, inspect.DictType):
        return {"type": "object", "additionalProperties": _schema(node.value_type, shapes)}
    if isinstance(node, inspect.LiteralType):
        return {"enum": list(node.values)}
    if isinstance(node, inspect.CustomType):
        return dict(_CUSTOM[node.cls])
    if isinstance(node, inspect.AnyType):
        return {}
    if type(node) not in _SIMPLE:
        raise NotImplementedError(node)
    bounds = {word: value for key, word in _BOUNDS if (value := getattr(node, key, None))}
    return {"type": _SIMPLE[type(node)], **bounds}


def text(channels: Mapping[str, Schema]) -> str:
    """Return the schema as people keep it in a file."""
    made = msgspec.json.format(msgspec.json.encode(json_schema(channels)), indent=2)
    return made.decode()
