"""A channel as an operator registers it: read, kept, and shown again without its secrets."""

from __future__ import annotations

from typing import Any, Final

import msgspec

from alarminati.channels.port import BadSettings, Channel
from alarminati.config import ChannelConfig, ConfigError, Duration, Secret
from alarminati.config.document import parse_document

SETTINGS_LIMIT: Final = 32_768  # characters
VALUES: Final = 5_000
HIDDEN: Final = "<secret>"
_OWN: Final = ("name", "type", "settings")


def read_settings(text: str) -> dict[str, Any]:
    """The settings of a YAML text. Raises BadSettings, which repeats nothing of it but keys."""
    if len(text) > SETTINGS_LIMIT:
        raise BadSettings(f"settings have {len(text)} characters; {SETTINGS_LIMIT} are allowed")
    try:
        settings = parse_document(text, "")
    except ConfigError as error:
        raise BadSettings(f"settings: {error.problem}") from None
    for key, value in sorted(_texts(settings)):
        if value == HIDDEN:
            raise BadSettings(f"{key}: {HIDDEN} stands for what is not shown; give it anew")
        if value.startswith(("env:", "file:")):
            kind = value.partition(":")[0]
            raise BadSettings(
                f"{key}: {kind}: is not for registered channels, for replicas differ in it; give"
                " the text itself, it is kept sealed"
            )
    return settings


def _texts(settings: dict[str, Any]) -> list[tuple[str, str]]:
    """Every text with its key. Raises BadSettings: few anchors of YAML make very many values."""
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


def pack(type_: str, settings: dict[str, Any]) -> bytes:
    """What is sealed."""
    return msgspec.json.encode({"type": type_, "settings": settings})


class _Packed(msgspec.Struct):
    type: str
    settings: dict[str, Any]


def unpack(content: bytes) -> tuple[str, dict[str, Any]]:
    """What `pack` made: type and settings. Raises BadSettings."""
    try:
        packed = msgspec.json.decode(content, type=_Packed)
    except msgspec.MsgspecError:
        raise BadSettings("what was registered cannot be read") from None
    return packed.type, packed.settings


def shown(channel: Channel, config: ChannelConfig) -> str:
    """The settings in YAML, without what is secret or by default; empty when nothing is left."""
    import yaml

    plain = {
        field.encode_name: getattr(config, field.name)
        for field in msgspec.structs.fields(ChannelConfig)
        if field.encode_name not in _OWN and getattr(config, field.name) != field.default
    }
    if isinstance(channel.settings, msgspec.Struct):
        for field in msgspec.structs.fields(channel.settings):
            value = getattr(channel.settings, field.name)
            if value != _default(field):
                plain[field.encode_name] = value
    if not plain:
        return ""
    return str(yaml.safe_dump(_plain(plain), allow_unicode=True, sort_keys=False))


def _default(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def _plain(value: object) -> object:
    match value:
        case Secret():
            return HIDDEN
        case Duration():
            return str(value)
        case dict():
            return {str(name): _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case bool() | int() | float() | str() | None:
            return value
    return str(value)
