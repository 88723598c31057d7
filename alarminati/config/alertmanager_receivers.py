"""What an Alertmanager's receivers become: channels.

https://prometheus.io/docs/alerting/latest/configuration/#receiver . What has no equivalent here
becomes a channel to be registered, so that its alarms wait instead of being lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any, Final

from alarminati.config.alertmanager_channels import KINDS, Settings, Unfit
from alarminati.config.alertmanager_notes import DOCS, Keys, Notes, Raw
from alarminati.config.names import NAME_LIMIT, name_of

REGISTERED: Final = "registered"

# How messages look, which is the channel's business here.
_LOOKS: Final = frozenset(
    {
        *("title", "text", "title_link", "pretext", "fallback", "color", "fields", "actions"),
        *("short_fields", "footer", "mrkdwn_in", "callback_id", "icon_emoji", "icon_url"),
        *("image_url", "thumb_url", "link_names", "username", "message", "message_text"),
        *("parse_mode", "html", "headers", "client", "client_url", "description", "details"),
        *("images", "links", "severity", "class", "component", "group", "source", "summary"),
        *("content", "avatar_url", "payload"),
    }
)
# Receivers that are not told ends unless they ask for them: DefaultSlackConfig and its like.
_QUIET: Final = frozenset(
    {"slack_configs", "email_configs", "wechat_configs", "rocketchat_configs"}
)


class Receivers:
    """Makes channels of receivers. `glob` is the global section."""

    def __init__(self, receivers: list[Any], glob: Keys, folder: PurePath, notes: Notes) -> None:
        self._global = glob
        self._folder = folder
        self._notes = notes
        self.channels: list[Raw] = []
        self._names: dict[str, list[str]] = {}  # of channels, by receiver
        for receiver in receivers:
            self._take(receiver if isinstance(receiver, dict) else {})

    def of(self, receiver: str) -> list[str]:
        """Names of the channels that stand for a receiver."""
        return list(self._names.get(receiver, ()))

    def _take(self, receiver: Raw) -> None:
        name = str(receiver.get("name", ""))
        made: list[tuple[str, Raw | Unfit]] = []
        for key, configs in receiver.items():
            if key == "name" or configs is None:
                continue
            if key not in KINDS:
                if key.endswith("_configs"):
                    made += [(key, Unfit("lost")) for _ in configs[:1]]
                else:
                    self._notes.say("receiver", name, "lost", key=key)
                continue
            made += [(key, self._channel(name, key, config)) for config in configs]
        base = name_of(name)
        self._names[name] = [
            self._add(name, base or "channel", key, each, several=len(made) > 1)
            for key, each in made
        ]
        if made and base != name:
            self._notes.say("receiver", name, "called", name=", ".join(self._names[name]))

    def _add(self, receiver: str, base: str, key: str, made: Raw | Unfit, *, several: bool) -> str:
        """Add a channel, or one to be registered in its place; its name."""
        kind = key.removesuffix("_configs") if isinstance(made, Unfit) else made["type"]
        name = free_name(f"{base}-{kind}" if several else base, self._taken())
        if not isinstance(made, Unfit):
            self.channels.append({"name": name} | made)
            return name
        self.channels.append({"name": name, "type": REGISTERED})
        self._notes.say("receiver", receiver, made.why, key=key)
        self._notes.say("receiver", receiver, "waits", channel=name)
        if made.quiet or (key in _QUIET and key not in KINDS):
            self._notes.say("receiver", receiver, "quiet", channel=name)
        return name

    def _taken(self) -> set[str]:
        return {channel["name"] for channel in self.channels}

    def _channel(self, receiver: str, key: str, config: Mapping[str, Any] | None) -> Raw | Unfit:
        own = Keys(config)

        def say(text: str, /, **values: str) -> None:
            self._notes.say("receiver", receiver, text, **values)

        settings = Settings(own, self._global, self._folder, say)
        made = KINDS[key](settings)
        quiet = own.get("send_resolved", key not in _QUIET) is False
        if isinstance(made, Unfit):
            made.quiet = quiet
        elif quiet:
            made["resolved"] = False
        settings.http_left()
        left = list(own.left())
        texts = [each for each in left if each in _LOOKS]
        if texts:
            say("texts", keys=", ".join(sorted(texts)), page=f"{DOCS}/templates.md")
        for each in left:
            if each not in _LOOKS:
                say("lost", key=each)
        return made


def free_name(wanted: str, taken: set[str]) -> str:
    """A name like that one which nothing has yet."""
    base = wanted[:NAME_LIMIT].rstrip("._-")
    names = (base if n == 1 else f"{base[: NAME_LIMIT - 6]}-{n}" for n in range(1, 10_000))
    return next(name for name in names if name not in taken)
