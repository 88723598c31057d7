"""Every key of the configuration as a flag and a variable.

The naming rule, defined here and nowhere else: dots and underscores become dashes after `--`, and
underscores after `ALARMINATI_`. `listen.grpc` is `--listen-grpc` and `ALARMINATI_LISTEN_GRPC`. A
key is an option when the schema describes it; what is only found inside lists is not. Variables
that name no key are ignored: Kubernetes sets ALARMINATI_PORT and the like for every Service.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec
from msgspec import inspect

from alarminati.config.document import parse_value
from alarminati.config.refusal import ConfigError
from alarminati.config.schema import AgentConfig

PREFIX = "ALARMINATI_"


@dataclass(frozen=True, slots=True)
class Option:
    """One key that can be given outside the file."""

    key: str  # "listen.grpc"
    kind: Literal["text", "number", "path", "list", "json"]  # list: commas or YAML; json: YAML
    help: str
    default: str  # for people; empty when there is none
    choices: tuple[str, ...] = ()

    @property
    def parameter(self) -> str:
        """Its name in `flags` of `load`: "listen_grpc"."""
        return self.key.replace(".", "_")

    @property
    def flag(self) -> str:
        """ "--listen-grpc"."""
        return "--" + self.parameter.replace("_", "-")

    @property
    def variable(self) -> str:
        """ "ALARMINATI_LISTEN_GRPC"."""
        return PREFIX + self.parameter.upper()

    def parse(self, value: object, source: str) -> object:
        """What the file would have said. Raises ConfigError."""
        if self.kind == "path":
            return str(Path(str(value)).expanduser().absolute())
        if not isinstance(value, str):
            return list(value) if isinstance(value, tuple) else value
        if self.kind == "json" or (self.kind == "list" and value.lstrip().startswith("[")):
            return _listed(value, source)
        if self.kind == "list":
            return [part.strip() for part in value.split(",") if part.strip()]
        return value


def _listed(text: str, source: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        listed = parse_value(text, source)  # YAML, of which JSON is nearly a part
    if not isinstance(listed, list):
        raise ConfigError(source, "", "must be a list, in YAML or JSON, such as [{name: ops}]")
    return listed


def options() -> Iterator[Option]:
    """Every option, in the order of the schema."""
    yield from _walk("", inspect.type_info(AgentConfig))


def _walk(prefix: str, node: inspect.Type) -> Iterator[Option]:
    assert isinstance(node, inspect.StructType)
    for field in node.fields:
        key = prefix + field.encode_name
        described, kind = _described(field.type)
        if isinstance(kind, inspect.StructType):
            if key == "tls":
                yield Option("tls", "path", "folder with ca.crt, tls.crt and tls.key", "")
            yield from _walk(key + ".", kind)
        elif described:
            yield Option(key, _kind(kind), described, _default(field.default), _choices(kind))


def _described(node: inspect.Type) -> tuple[str, inspect.Type]:
    if isinstance(node, inspect.Metadata):
        return (node.extra_json_schema or {}).get("description", ""), node.type
    return "", node


def _kind(node: inspect.Type) -> Literal["text", "number", "path", "list", "json"]:
    if isinstance(node, inspect.UnionType):
        return _kind(node.types[0])
    if isinstance(node, inspect.VarTupleType):
        return "json" if isinstance(node.item_type, inspect.StructType) else "list"
    if isinstance(node, inspect.CustomType) and issubclass(node.cls, Path):
        return "path"
    return "number" if isinstance(node, inspect.IntType) else "text"


def _choices(node: inspect.Type) -> tuple[str, ...]:
    return tuple(map(str, node.values)) if isinstance(node, inspect.LiteralType) else ()


def _default(value: Any) -> str:
    return "" if value in (msgspec.NODEFAULT, None, ()) else str(value)
