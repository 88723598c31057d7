"""Channel settings: what is taken, and how the rest is refused (G7: never with a value)."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from alarminati.channels import (
    apprise,
    discord,
    googlechat,
    kakaotalk,
    kakaowork,
    mail,
    pagerduty,
    slack,
    slack_bot,
    teams,
    telegram,
    webhook,
)
from alarminati.channels.port import BadSettings, Driver
from alarminati.channels.table import TYPES, configure, driver
from alarminati.config import Secret

URL = "https://hooks.example/services/canary"


def test_every_type_has_the_shape_of_a_channel() -> None:
    checked_by_mypy: list[Driver] = [
        apprise,
        discord,
        googlechat,
        kakaotalk,
        kakaowork,
        mail,
        pagerduty,
        slack,
        slack_bot,
        teams,
        telegram,
        webhook,
    ]
    assert [driver(name) for name in sorted(TYPES)] == checked_by_mypy


def test_texts_arrive_as_secrets_and_only_secrets_stay_so() -> None:
    channel = configure(
        "team", "slack", {"url": Secret(URL), "language": Secret("ko"), "timeout": Secret("5s")}
    )
    assert channel.settings.url.reveal() == URL
    assert channel.settings.language == "ko"
    assert channel.limits.timeout == 5.0
    assert channel.destination == "hooks.example"
    assert "canary" not in repr(channel)


def test_texts_in_a_list_arrive_too() -> None:
    secrets: dict[str, object] = {"client_id": Secret("canary"), "refresh_token": Secret("canary")}
    told: dict[str, object] = {"link": Secret("https://h/"), "friends": [Secret("u1"), "u2"]}
    channel = configure("phone", "kakaotalk", secrets | told)
    assert channel.settings.friends == ("u1", "u2")
    flag = configure("phone", "kakaotalk", secrets | {"link": "https://h/", "friends": "u1, u2"})
    assert flag.settings.friends == ("u1", "u2")
    assert "canary" not in repr(channel)


def test_limits_come_from_the_settings() -> None:
    limits = configure("team", "slack", {"url": URL}).limits
    assert (limits.rate, limits.burst, limits.max_items) == (1.0, 3, 200)
    limits = configure("ops", "webhook", {"url": URL, "rate": 2, "burst": 7, "max_items": 9}).limits
    assert (limits.rate, limits.burst, limits.max_items) == (2.0, 7, 9)


@pytest.mark.parametrize(
    ("type_", "settings", "problem"),
    [
        ("smoke", {}, r"there is no channel type 'smoke' \(known: .*slack, .*webhook\)"),
        ("slack", {}, "url"),
        ("slack", {"url": URL, "langage": "ko"}, "langage: .*did you mean language"),
        ("slack", {"url": URL, "language": "canary"}, "language: must be one of en, ko"),
        (
            "slackbot",
            {"token": "xoxb-1", "channel": "C1", "update": "canary"},
            "thread, edit, none",
        ),
        ("slack", {"url": URL, "language": ["canary"]}, "language: must be one of en, ko"),
        ("slack", {"url": URL, "rate": 0}, r"rate \(0\) must lie between"),
        ("slack", {"url": URL, "max_items": 5000}, r"max_items \(5000\) must lie between"),
        ("slack", {"url": URL, "burst": 0}, r"burst \(0\) must lie between"),
        ("slack", {"url": URL, "timeout": "0s"}, r"timeout \(0\) must lie between"),
        ("slack", {"url": URL, "timeout": "soon"}, "timeout: .*is not a duration"),
        ("webhook", {"url": 5}, "url: expected text"),
        ("webhook", {"url": "ftp://h/canary"}, "url is not an http or https address"),
        ("webhook", {"url": "https:///canary"}, "url is not an http or https address"),
        ("webhook", {"url": "https://h:x/canary"}, "url is not an"),
        ("webhook", {"url": "https://h:99999/canary"}, "url is not an"),
        ("webhook", {"url": "https://[::1/canary"}, "url is not an"),
        ("webhook", {"url": "https://h/ca nary\r\nX: canary"}, "without spaces"),
        ("webhook", {"url": "https://사업.example/canary"}, "outside ASCII"),
        ("webhook", {"url": "https://me:canary@h/"}, "put them into headers"),
        ("webhook", {"url": URL, "headers": {"a b": "canary"}}, "'a b' is not the name"),
        ("webhook", {"url": URL, "headers": {"Host": "canary"}}, "Host cannot be set"),
        ("webhook", {"url": URL, "headers": {"X-A": "canary\r\nB: c"}}, "value of X-A must be"),
    ],
)
def test_nonsense_is_refused_in_one_sentence(
    type_: str, settings: dict[str, object], problem: str
) -> None:
    with pytest.raises(BadSettings, match=problem) as caught:
        configure("team", type_, settings)
    assert "canary" not in f"{caught.value!r} {caught.value.__cause__!r}"
    assert "\n" not in str(caught.value)


def test_nothing_heavy_is_loaded_before_something_is_sent() -> None:
    code = (
        "import sys; from alarminati.channels.table import configure;"
        "configure('t', 'slack', {'url': 'https://h/x'}); import alarminati.agent.delivery.sender;"
        "print(sorted({'cryptography', 'grpc', 'jinja2'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert re.fullmatch(r"\[\]\n", done.stdout)
