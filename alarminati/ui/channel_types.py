"""Kinds of channels as forms: JSON Schema of their settings, with secrets marked."""

from __future__ import annotations

import inspect
from functools import cache
from types import NoneType
from typing import Any, Final, Literal, get_args, get_origin

import msgspec

from alarminati.channels.table import TYPES, driver
from alarminati.config import Duration, Secret
from alarminati.ui.schema.channels import ChannelType
from alarminati.ui.schema.common import Text

_TITLES: Final = {
    "apprise": Text("Apprise (그 밖의 서비스)", "Apprise (other services)"),
    "discord": Text("Discord", "Discord"),
    "googlechat": Text("Google Chat", "Google Chat"),
    "kakaotalk": Text("카카오톡 (나에게)", "KakaoTalk (to me)"),
    "kakaowork": Text("카카오워크", "KakaoWork"),
    "mail": Text("메일", "Mail"),
    "pagerduty": Text("PagerDuty", "PagerDuty"),
    "slack": Text("Slack (웹훅)", "Slack (webhook)"),
    "slackbot": Text("Slack (봇)", "Slack (bot)"),
    "teams": Text("Microsoft Teams", "Microsoft Teams"),
    "telegram": Text("Telegram", "Telegram"),
    "webhook": Text("웹훅", "Webhook"),
}
_PLAIN: Final[dict[Any, str]] = {bool: "boolean", int: "integer", float: "number", str: "string"}


@cache
def _types() -> tuple[ChannelType, ...]:
    found = []
    for name in TYPES:
        try:
            settings = driver(name).Settings
        except ImportError:
            continue  # an extra that is not installed here
        found.append(ChannelType(name, _TITLES.get(name, Text(name, name)), _schema(settings)))
    return tuple(found)


def channel_types() -> list[ChannelType]:
    """Return all kinds whose modules can be loaded here."""
    return list(_types())


def _schema(settings: Any) -> dict[str, Any]:
    properties: dict[str, Any] = {}
    required = []
    for each in msgspec.structs.fields(settings):
        shape = _shape(each.type)
        if each.default is not msgspec.NODEFAULT and isinstance(each.default, bool | int | str):
            shape["default"] = each.default
        if each.required:
            required.append(each.encode_name)
        properties[each.encode_name] = shape
    return {
        "type": "object",
        "description": inspect.getdoc(settings) or "",
        "properties": properties,
        "required": required,
    }


def _shape(kind: Any) -> dict[str, Any]:
    if kind is Secret:
        return {"type": "string", "x-secret": True}
    if kind is Duration:
        return {"type": "string", "x-duration": True}
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return {"type": "string", "enum": list(arguments)}
    some = [each for each in arguments if each is not NoneType]
    if origin in (list, tuple, frozenset, set):
        return {"type": "array", "items": _shape(some[0])}
    if origin is dict:
        return {"type": "object", "additionalProperties": _shape(some[1])}
    if some:
        return _shape(some[0])
    return {"type": "string"}
