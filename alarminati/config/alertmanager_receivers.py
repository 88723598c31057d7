"""What an Alertmanager's receivers become: channels.

https://prometheus.io/docs/alerting/latest/configuration/#receiver . A receiver that has no like
here becomes a channel to be registered, so that its alarms wait instead of being lost.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any, Final, TypeAlias

Raw: TypeAlias = dict[str, Any]
Note: TypeAlias = Callable[[str, str], None]
"""Told of what could not be converted: where, and what."""

REGISTERED: Final = "registered"

# How the texts of messages look, which is the channel's business here.
_LOOKS: Final = frozenset(
    {
        *("send_resolved", "title", "text", "title_link", "pretext", "fallback", "color", "fields"),
        *("actions", "short_fields", "footer", "mrkdwn_in", "callback_id", "icon_emoji"),
        *("icon_url", "image_url", "thumb_url", "link_names", "username", "message", "parse_mode"),
        *("disable_notifications", "html", "headers", "client", "client_url", "description"),
        *("details", "images", "links", "severity", "class", "component", "group", "source"),
        *("summary", "content", "avatar_url", "max_alerts", "timeout"),
    }
)


class Receivers:
    """Makes channels of receivers."""

    def __init__(self, whole: Raw, folder: PurePath, note: Note) -> None:
        self._global: Raw = dict(_mapping(whole.get("global")))
        self._folder = folder
        self._note = note
        self.channels: list[Raw] = []
        self._names: dict[str, list[str]] = {}  # of channels, by receiver
        for receiver in whole.get("receivers") or []:
            self._take(_mapping(receiver))

    def of(self, receiver: str) -> list[str]:
        """Names of the channels that stand for a receiver."""
        return list(self._names.get(receiver, ()))

    def _take(self, receiver: Mapping[str, Any]) -> None:
        name = str(receiver.get("name", ""))
        where = f"receiver {name}"
        found: list[Raw] = []
        given = 0
        for key, configs in receiver.items():
            if key == "name":
                continue
            for config in configs or []:
                given += 1
                made = self._channel(where, key, _mapping(config))
                if made is not None:
                    found.append(made)
        if given and not found:
            self._note(
                where,
                "nothing of it has a like here; register a channel in its place with `alarminati"
                " channels add`, or choose another type. Its alarms wait until then",
            )
            found.append({"type": REGISTERED})
        self._names[name] = [self._add(name, made, len(found) > 1) for made in found]

    def _add(self, receiver: str, made: Raw, several: bool) -> str:
        base = name_of(f"{receiver}-{made['type']}" if several else receiver)
        taken = {channel["name"] for channel in self.channels}
        names = (base if number == 1 else f"{base[:58]}-{number}" for number in range(1, 10_000))
        name = next(name for name in names if name not in taken)
        self.channels.append({"name": name} | made)
        return name

    def _channel(self, where: str, key: str, config: Mapping[str, Any]) -> Raw | None:
        kind = _KINDS.get(key)
        if kind is None:
            self._note(where, f"{key} has no like here")
            return None
        settings = _Settings(
            self._global | dict(config), self._folder, lambda what: self._note(where, what)
        )
        made = kind(settings)
        if config.get("send_resolved") is False:
            self._note(where, "send_resolved: false is not kept; ends of alarms are told")
        texts = sorted(_LOOKS & set(config) - {"send_resolved"})
        if texts:
            self._note(
                where,
                f"{', '.join(texts)}: not converted; templates are Jinja2 here (docs/channels.md)",
            )
        for left in sorted(set(config) - _LOOKS - settings.used):
            self._note(where, f"{left} has no like here")
        return made


class _Settings:
    """One config of a receiver, over the global one."""

    def __init__(self, values: Raw, folder: PurePath, note: Callable[[str], None]) -> None:
        self._values = values
        self._folder = folder
        self.note = note
        self.used: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        """A value, which counts as converted."""
        self.used.add(key)
        value = self._values.get(key)
        return default if value is None else value

    def secret(self, *keys: str) -> str:
        """The first that is given, as text or as file; empty when none is."""
        found = ""
        for key in keys:
            text, file = self.get(key), self.get(f"{key}_file")
            if not found and text:
                found = str(text)
            if not found and file:
                found = f"file:{self._folder / str(file)}"
        return found

    def ca(self) -> Raw:
        """What `tls_config` and `http_config` say of certificates."""
        http = _mapping(self.get("http_config"))
        tls = _mapping(self.get("tls_config")) | _mapping(http.get("tls_config"))
        for key in sorted(set(tls) - {"ca_file"}):
            self.note(f"tls_config.{key} has no like here")
        return {"ca": str(self._folder / str(tls["ca_file"]))} if tls.get("ca_file") else {}

    def headers(self) -> Raw:
        """What `http_config` says of who we are."""
        http = _mapping(self.get("http_config"))
        basic = _mapping(http.get("basic_auth"))
        bearer = _mapping(http.get("authorization"))
        token = bearer.get("credentials") or http.get("bearer_token")
        value = ""
        if basic.get("username") and basic.get("password"):
            pair = f"{basic['username']}:{basic['password']}"
            value = "Basic " + base64.b64encode(pair.encode()).decode()
        elif token:
            value = f"{bearer.get('type') or 'Bearer'} {token}"
        elif basic or bearer:
            self.note("http_config takes its password from a file; write the whole header as file:")
        for key in sorted(
            set(http) - {"basic_auth", "authorization", "bearer_token", "tls_config"}
        ):
            self.note(f"http_config.{key} has no like here")
        return {"headers": {"Authorization": value}} if value else {}


def _slack(settings: _Settings) -> Raw | None:
    url = settings.secret("api_url", "slack_api_url")
    if settings.get("channel"):
        settings.note("channel is not kept; an incoming webhook writes to its own")
    if not url:
        settings.note("slack_configs without api_url")
        return None
    return {"type": "slack", "url": url} | settings.ca()


def _webhook(settings: _Settings) -> Raw | None:
    url = settings.secret("url")
    if not url:
        settings.note("webhook_configs without url")
        return None
    settings.note("a webhook gets Alarminati's JSON (docs/channels.md), not Alertmanager's")
    return {"type": "webhook", "url": url} | settings.headers() | settings.ca()


def _mail(settings: _Settings) -> Raw | None:
    host, _, port = str(settings.get("smarthost", settings.get("smtp_smarthost", ""))).rpartition(
        ":"
    )
    sender = settings.get("from", settings.get("smtp_from"))
    if not host or not port.isdigit() or not sender:
        settings.note("email_configs without smarthost (HOST:PORT) or from")
        return None
    made: Raw = {
        "type": "mail",
        "host": host,
        "port": int(port),
        "sender": str(sender),
        "to": str(settings.get("to", "")),
    }
    if port == "465":
        made["tls"] = "tls"
    elif settings.get("require_tls", settings.get("smtp_require_tls", True)) is False:
        made["tls"] = "none"
    user = settings.get("auth_username", settings.get("smtp_auth_username"))
    password = settings.secret("auth_password", "smtp_auth_password")
    if user and password and made.get("tls") == "none":
        settings.note("require_tls: false is not kept; a password is sent over TLS only")
        del made["tls"]
    if user and password:
        made |= {"username": str(user), "password": password}
    return made | settings.ca()


def _pagerduty(settings: _Settings) -> Raw | None:
    key, url = settings.secret("routing_key"), settings.get("url", settings.get("pagerduty_url"))
    if not key:
        settings.note("service_key is of Events API v1; make a routing_key of v2")
        return None
    return {"type": "pagerduty", "routing_key": key} | ({"url": str(url)} if url else {})


def _telegram(settings: _Settings) -> Raw | None:
    token = settings.secret("bot_token", "telegram_bot_token")
    chat, topic = settings.get("chat_id"), settings.get("message_thread_id")
    api = settings.get("api_url", settings.get("telegram_api_url"))
    if not token or not chat:
        settings.note("telegram_configs without bot_token or chat_id")
        return None
    made: Raw = {"type": "telegram", "token": token, "chat_id": chat}
    if topic:
        made["topic"] = topic
    return made | ({"api": str(api)} if api else {}) | settings.ca()


def _hook(type_: str) -> Callable[[_Settings], Raw | None]:
    def made(settings: _Settings) -> Raw | None:
        url = settings.secret("webhook_url")
        if not url:
            settings.note(f"{type_} without webhook_url")
            return None
        return {"type": type_, "url": url} | settings.ca()

    return made


_KINDS: Final[Mapping[str, Callable[[_Settings], Raw | None]]] = {
    "slack_configs": _slack,
    "webhook_configs": _webhook,
    "email_configs": _mail,
    "pagerduty_configs": _pagerduty,
    "telegram_configs": _telegram,
    "discord_configs": _hook("discord"),
    "msteams_configs": _hook("teams"),
    "msteamsv2_configs": _hook("teams"),
}


def name_of(text: str) -> str:
    """The nearest to `text` that may be a name here."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text, flags=re.ASCII)[:64]
    return re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "", plain, flags=re.ASCII) or "channel"


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
