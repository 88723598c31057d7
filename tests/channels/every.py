"""Every type of channel with the least settings it takes, and what people see of its messages."""

from __future__ import annotations

import re
from typing import Any

import msgspec

from alarminati.channels.message import Message
from alarminati.channels.port import Channel
from alarminati.channels.table import configure
from tests.vendors.mailserver import Delivered

HOOK = {"url": "https://hooks.example/canary"}
LEAST: dict[str, dict[str, Any]] = {
    "apprise": {"url": "json://h/canary"},
    "discord": HOOK,
    "googlechat": HOOK,
    "kakaotalk": {
        "client_id": "canary",
        "refresh_token": "canary",
        "link": "https://alarms.example/",
    },
    "kakaowork": {"app_key": "canary", "conversation": "17"},
    "mail": {"host": "h", "sender": "a@our.example", "to": "b@team.example"},
    "pagerduty": {"routing_key": "c" * 32},
    "slack": HOOK,
    "slackbot": {"token": "xoxb-canary", "channel": "C0ALARMS"},
    "teams": HOOK,
    "telegram": {"token": "1:canary", "chat_id": -1},
    "webhook": HOOK,
}
MACHINES = ("pagerduty", "webhook")  # they take facts; the words are somebody else's
CHATS = tuple(name for name in LEAST if name not in MACHINES)


def channel(type_: str, **more: object) -> Channel:
    """A channel of that type."""
    return configure("team", type_, LEAST[type_] | more)


def shown(target: Channel, told: Message) -> str:
    """All texts of the message, as somebody reads them."""
    payload = target.render(told)
    if target.type == "mail":
        letter = Delivered([], payload)
        return f"{letter.mail['Subject']}\n{letter.text('plain')}"
    documents = [msgspec.json.decode(line) for line in payload.split(b"\n")]
    text = "\n".join(_texts(documents))
    if target.type == "discord":
        text = re.sub(r"\\(.)", r"\1", text)
    return re.sub(r"</?(?:b|i|code)>", "", text).replace("*", "").replace("<br>", "\n")


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for part in value.values() for text in _texts(part)]
    if isinstance(value, list):
        return [text for part in value for text in _texts(part)]
    return [value] if isinstance(value, str) else []
