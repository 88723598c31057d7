"""Nothing of an Alertmanager's configuration is lost without a note.

`alertmanager_keys.txt` has every key of its Go structs; scripts/alertmanager_keys.go writes it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from alarminati.config.alertmanager import Converted, convert

FOLDER = Path("/etc/am")
URL = "http://hook.example/"
RECEIVER: dict[str, dict[str, Any]] = {
    "slack_configs": {"api_url": URL},
    "webhook_configs": {"url": URL},
    "email_configs": {"to": "a@example.org", "smarthost": "mail:25", "from": "b@example.org"},
    "pagerduty_configs": {"routing_key": "k"},
    "telegram_configs": {"bot_token": "t", "chat_id": 5},
    "discord_configs": {"webhook_url": URL},
    "msteams_configs": {"webhook_url": URL},
    "msteamsv2_configs": {"webhook_url": URL},
}
VALUES: dict[str, list[Any]] = {
    "text": ["zz-sentinel"],
    "bool": [True, False],
    "number": [4711],
    "duration": ["17s"],
    "map": [{"zz": "sentinel"}],
    "matchers": [['zz="sentinel"']],
}


def known() -> Iterator[tuple[str, str]]:
    """Path and kind of every key."""
    lines = (Path(__file__).parent / "alertmanager_keys.txt").read_text().splitlines()
    for line in lines[1:]:
        path, kind = line.split()
        yield path, kind


KEYS = dict(known())


def least(path: str) -> dict[str, Any]:
    """A small configuration in which that key could count."""
    whole: dict[str, Any] = {
        "global": {"smtp_smarthost": "mail:25", "smtp_from": "b@example.org", "slack_api_url": URL},
        "route": {"receiver": "ops", "routes": [{"matchers": ["a=b"]}]},
        "receivers": [{"name": "ops"}],
    }
    if path.startswith("receivers[]."):
        kind = path.split(".")[1].removesuffix("[]")
        if kind == "name":
            whole["receivers"][0]["webhook_configs"] = [{"url": URL}]
        if kind in RECEIVER:
            whole["receivers"][0][kind] = [dict(RECEIVER[kind])]
        login = {"auth_username": "u"} if "auth_p" in path or "auth_s" in path else {}
        login |= {"auth_password": "p"} if path.endswith("auth_username") else {}
        if login:
            whole["receivers"][0][kind][0] |= login
    elif path.startswith("global."):
        bare: dict[str, Any] = {kind: [dict(config)] for kind, config in RECEIVER.items()}
        bare["slack_configs"], bare["email_configs"] = (
            [{"channel": "#x"}],
            [{"to": "a@example.org"}],
        )
        bare["telegram_configs"] = [{"chat_id": 5}]
        whole["receivers"][0] |= bare
        if path.startswith("global.slack_app_"):
            del whole["global"]["slack_api_url"]
        if path == "global.slack_app_url":
            whole["global"]["slack_app_token"] = "xoxb-1"
        if path == "global.telegram_api_url":
            whole["global"]["telegram_bot_token"] = "t"
        if path.startswith(("global.smtp_auth_p", "global.smtp_auth_s")):
            whole["global"]["smtp_auth_username"] = "u"
        if path == "global.smtp_auth_username":
            whole["global"]["smtp_auth_password"] = "p"
    elif path.startswith("inhibit_rules[]."):
        whole["inhibit_rules"] = [{"source_matchers": ["a=b"], "target_matchers": ["c=d"]}]
    elif "time_intervals[]." in path:
        whole[path.partition("[")[0]] = [{"name": "n", "time_intervals": [{}]}]
    return whole


def put(at: Any, path: str, value: Any) -> None:
    """Set what lies at a path, in the first of each list."""
    *outer, last = path.split(".")
    for name in outer:
        if name.endswith("[]"):
            inner = at.setdefault(name[:-2], [{}])
            at = inner[0]
        else:
            at = at.setdefault(name, {})
    if last.endswith("[]"):
        at[last[:-2]] = [value]
    else:
        at[last] = value


def named(notes: tuple[str, ...]) -> set[str]:
    """Keys that notes name."""
    return {word.strip(".:,;") for note in notes for word in re.findall(r"[\w.\[\]]+[:,;]?", note)}


def mentions(path: str) -> set[str]:
    """What a note may call a key: itself, or all that it is in, beginning anywhere above."""
    parts = [part.removesuffix("[]") for part in path.split(".")]
    return {
        ".".join(parts[first:last])
        for first in range(len(parts))
        for last in range(first + 1, len(parts) + 1)
    } - {"global", "receivers", "http_config", "global.http_config", "inhibit_rules", "route"}


def done(whole: dict[str, Any]) -> Converted:
    return convert(deepcopy(whole), FOLDER)


@pytest.mark.parametrize("path", KEYS)
def test_every_key_is_converted_or_named_in_a_note(path: str) -> None:
    if path.startswith("route."):
        inside = path.replace("route.", "route.routes[].", 1)
    else:
        inside = path
    before = done(least(path))
    accounted = False
    headers = [{"zz": {"values": ["sentinel"]}}]
    for value in headers if path.endswith("http_headers") else VALUES[KEYS[path]]:
        whole = least(path)
        put(whole, inside, value)
        after = done(whole)
        new = tuple(set(after.notes) - set(before.notes))
        if after.config == before.config and not named(new) & mentions(path):
            # What is an Alertmanager's default, or comes to nothing by itself, changes nothing.
            assert KEYS[path] == "bool", (path, value, new)
            continue
        accounted = True
    assert accounted, path
