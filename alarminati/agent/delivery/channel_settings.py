"""Settings of a channel as an operator registers it: read, merged, stored, and shown without its
secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from google.protobuf.struct_pb2 import Struct, Value

from alarminati.channels.port import BadSettings, Channel
from alarminati.config import ChannelConfig, Duration, Secret
from alarminati.wire.structs import whole

SETTINGS_LIMIT: Final = 32_768  # bytes
VALUES: Final = 5_000
DEPTH: Final = 20
_OWN: Final = ("name", "type", "settings")
ELSEWHERE: Final = {"match": "matchers", "min_severity": "min_severity", "fallback": "fallback"}
"""Keys of the configuration file that are fields of a channel beside its settings."""


def settings_of(struct: Struct) -> dict[str, Any]:
    """Return the settings of a request. Raises BadSettings, which repeats nothing of them but
    keys."""
    size = struct.ByteSize()
    if size > SETTINGS_LIMIT:
        raise BadSettings(f"settings have {size} bytes; {SETTINGS_LIMIT} are allowed")
    settings = _object(struct, "", 0)
    texts = _texts(settings)
    for key, value in sorted(texts):
        if value.startswith(("env:", "file:")):
            kind = value.partition(":")[0]
            raise BadSettings(
                f"{key}: {kind}: is not for registered channels, for replicas differ in it; give"
                " the text itself, it is kept sealed"
            )
    for key, field in ELSEWHERE.items():
        if key in settings:
            problem = f"is not one of the settings; it is given as {field}"
            raise BadSettings(f"{key}: {problem}")
    return settings


def _object(struct: Struct, key: str, depth: int) -> dict[str, Any]:
    if depth > DEPTH:
        raise BadSettings(f"{key}: is nested too deeply")
    return {
        name: _read_value(value, f"{key}.{name}" if key else name, depth)
        for name, value in struct.fields.items()
    }


def _read_value(value: Value, key: str, depth: int) -> object:
    match value.WhichOneof("kind"):
        case "number_value":
            number = value.number_value
            if number != number or abs(number) == float("inf"):
                raise BadSettings(f"{key}: must be a number")
            return whole(number)
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _object(value.struct_value, key, depth + 1)
        case "list_value":
            if depth > DEPTH:
                raise BadSettings(f"{key}: is nested too deeply")
            return [
                _read_value(each, f"{key}[{place}]", depth + 1)
                for place, each in enumerate(value.list_value.values)
            ]
    return None


def merge(settings: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with a patch (RFC 7386): what is not named stays, null removes."""
    made = dict(settings)
    for key, value in patch.items():
        if value is None:
            made.pop(key, None)
        elif isinstance(value, dict):
            before = made.get(key)
            made[key] = merge(before if isinstance(before, dict) else {}, value)
        else:
            made[key] = value
    return made


def _texts(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """Return every text with its key. Raises BadSettings."""
    found: list[tuple[str, str]] = []
    waiting: list[tuple[str, object]] = list(settings.items())
    seen = 0
    while waiting:
        seen += 1
        if seen > VALUES:
            raise BadSettings(f"settings hold more than {VALUES} values")
        key, value = waiting.pop()
        if isinstance(value, str):
            found.append((str(key), value))
        elif isinstance(value, dict):
            waiting += [(f"{key}.{name}", inner) for name, inner in value.items()]
        elif isinstance(value, list):
            waiting += [(f"{key}[{place}]", inner) for place, inner in enumerate(value)]
    return found


def channel_config(name: str, type_: str, settings: dict[str, Any]) -> ChannelConfig:
    """As if it stood in the file. Raises BadSettings."""
    common = {field.encode_name for field in msgspec.structs.fields(ChannelConfig)} - set(_OWN)
    raw: dict[str, Any] = {key: settings[key] for key in settings if key in common}
    raw |= {"name": name, "type": type_}
    raw["settings"] = {key: _secret(value) for key, value in settings.items() if key not in common}
    try:
        return msgspec.convert(raw, ChannelConfig, dec_hook=_read, strict=False)
    except msgspec.ValidationError as error:
        problem, _, key = str(error).partition(" - at `$.")
        raise BadSettings(f"{key.rstrip('`')}: {problem}" if key else problem) from None


def _secret(value: object) -> object:
    """The same with every text in it a Secret."""
    if isinstance(value, dict):
        return {name: _secret(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_secret(inner) for inner in value]
    return Secret(value) if isinstance(value, str) else value


def _read(kind: type[Any], value: object) -> object:
    if kind is Duration:
        return Duration.read(value)
    if kind is Secret and isinstance(value, Secret):
        return value
    raise ValueError("expected text")


@dataclass(frozen=True, slots=True)
class Registration:
    """A channel as it is sealed: the settings as in the file, with the common keys."""

    type: str
    settings: dict[str, Any]
    request: str = ""  # who created it by which request id
    content: str = ""  # digest of that request

    def pack(self) -> bytes:
        """Return what is sealed."""
        return msgspec.json.encode(self)


def unpack(content: bytes) -> Registration:
    """Return what `Registration.pack` made. Raises BadSettings."""
    try:
        return msgspec.json.decode(content, type=Registration)
    except msgspec.MsgspecError:
        raise BadSettings("what was registered cannot be read") from None


def shown(channel: Channel, config: ChannelConfig) -> tuple[dict[str, Any], list[str]]:
    """Return the settings that are neither secret nor by default, and the names of the secrets."""
    plain: dict[str, Any] = {}
    hidden: list[str] = []
    for owner, left_out in ((config, {*_OWN, *ELSEWHERE}), (channel.settings, set[str]())):
        for field in msgspec.structs.fields(owner) if isinstance(owner, msgspec.Struct) else ():
            value = getattr(owner, field.name)
            if field.encode_name in left_out or value == _default(field):
                continue
            hidden += _secrets(field.encode_name, value)
            if (told := _plain(value)) is not None:
                plain[field.encode_name] = told
    return plain, sorted(hidden)


def secrets_of(channel: Channel) -> dict[str, str]:
    """Return the secrets of a channel by key."""
    found: dict[str, str] = {}
    if isinstance(channel.settings, msgspec.Struct):
        for field in msgspec.structs.fields(channel.settings):
            value = getattr(channel.settings, field.name)
            if isinstance(value, Secret):
                found[field.name] = value.reveal()
    return found


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _secrets(key: str, value: object) -> Iterator[str]:
    """Yield the names of secrets in a value."""
    if isinstance(value, Secret):
        yield key
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _secrets(f"{key}.{name}", inner)
    elif isinstance(value, list | tuple):
        for place, inner in enumerate(value):
            yield from _secrets(f"{key}[{place}]", inner)


def _plain(value: object) -> object:
    """Return a value as JSON has it, without secrets; None: nothing is left."""
    match value:
        case Secret():
            return None
        case Duration():
            return str(value)
        case dict():
            made = {str(name): _plain(inner) for name, inner in value.items()}
            return {name: inner for name, inner in made.items() if inner is not None} or None
        case list() | tuple():
            return [told for told in map(_plain, value) if told is not None] or None
        case bool() | int() | float() | str():
            return value
    return None if value is None else str(value)
