"""Channels of every kind there is, with a canary in every secret place."""

from __future__ import annotations

from typing import Any

import msgspec

from alarminati.channels.table import TYPES, driver
from tests.secrets.canaries import Canaries

Settings = dict[str, Any]


def channels(canaries: Canaries, url: str, refused: str, mail: Settings) -> list[Settings]:
    """Settings of channels; `url` is the parrot's, at `refused` (HOST:PORT) nobody listens.

    `mail` has port and authority of a mail server that knows nobody.
    """

    def plant(channel: str, key: str, template: str = "{}") -> str:
        return canaries.plant(f"{channel}.{key}", template)

    def hook(name: str, how: str, **more: Any) -> Settings:
        path = plant(name, "url")
        return {"name": name, "type": "webhook", "url": f"{url}/{how}/{path}"} | more

    made = [
        hook(
            "signed",
            "401",
            secret=plant("signed", "secret", 'a"b\\{}%+é'),
            headers={"Authorization": plant("signed", "headers", "Bearer {}/+=")},
        ),
        *(hook(f"h{how}", how) for how in ("301", "302", "307", "400", "404", "429", "500", "503")),
        hook("slow", "hang", timeout="300ms"),
        {"name": "plain", "type": "webhook", "url": _tls(url) + plant("plain", "url")},
        {"name": "gone", "type": "webhook", "url": f"http://{refused}/{plant('gone', 'url')}"},
        *_chats(plant, url),
        {
            "name": "letters",
            "type": "mail",
            "host": "127.0.0.1",
            "tls": "tls",
            "sender": "a@example.org",
            "to": "b@example.org",
            "username": "u",
            "password": plant("letters", "password"),
            "timeout": "5s",
        }
        | mail,
    ]
    missing = set(TYPES) - {one["type"] for one in made}
    assert not missing, f"no canary is planted in channels of type {missing}"
    for one in made:
        _check_planted(one, canaries)
    return made


def _tls(url: str) -> str:
    """TLS where nobody speaks it."""
    return url.replace("http:", "https:") + "/"


def _chats(plant: Any, url: str) -> list[Settings]:
    def of(type_: str, **settings: Any) -> Settings:
        return {"name": f"a-{type_}", "type": type_} | settings

    def secret(type_: str, key: str, template: str = "{}") -> str:
        return str(plant(f"a-{type_}", key, template))

    def hidden(type_: str, path: str = "/403/{}") -> str:
        return url + path.format(secret(type_, "url"))

    return [
        of("slack", url=hidden("slack")),
        of(
            "slackbot",
            token=secret("slackbot", "token", "xoxb-{}"),
            channel="C0123456789",
            api=url + "/200",
        ),
        of("discord", url=hidden("discord", "/401/webhooks/1/{}")),
        of(
            "telegram",
            token=secret("telegram", "token", "123:{}"),
            chat_id=-100,
            api=url + "/401",
        ),
        of("googlechat", url=hidden("googlechat", "/400/v1/spaces/S/messages?key={}&token=x")),
        of("teams", url=hidden("teams", "/400/workflows?sig={}")),
        of(
            "pagerduty",
            routing_key=secret("pagerduty", "routing_key", "{}0123456789"),
            url=url + "/400/v2",
        ),
        of(
            "kakaotalk",
            client_id=secret("kakaotalk", "client_id"),
            client_secret=secret("kakaotalk", "client_secret"),
            refresh_token=secret("kakaotalk", "refresh_token"),
            link="https://example.org/",
            api=url + "/401",
            auth=url + "/200",
        ),
        of(
            "kakaowork",
            app_key=secret("kakaowork", "app_key"),
            conversation="1",
            api=url + "/200",
        ),
        of("apprise", url=hidden("apprise", "/500/{}").replace("http:", "json:")),
    ]


def _check_planted(settings: Settings, canaries: Canaries) -> None:
    """Fail when a channel has a secret without a canary: a new one must be planted here."""
    for field in msgspec.structs.fields(driver(settings["type"]).Settings):
        wanted = "Secret" in str(field.type) and (field.required or field.name in settings)
        if wanted:
            said = str(settings[field.name])
            assert canaries.within(said), f"{settings['name']}.{field.name} has no canary in it"
    types = (one for one in msgspec.structs.fields(driver(settings["type"]).Settings))
    secret = [one.name for one in types if "Secret" in str(one.type)]
    assert secret, f"channels of type {settings['type']} keep nothing secret?"
