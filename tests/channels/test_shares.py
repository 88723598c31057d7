"""Channels to one place: they know it, and the vendor never has to say that it is too much."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from alarminati.core.delivery.attempts import Attempt, Verdict
from tests.channels.every import LEAST, channel
from tests.core.stage import Stage, alarm

SPACE = "https://chat.googleapis.com/v1/spaces/S/messages"
HOOK = "https://discord.com/api/webhooks/1/canary"
OTHER = {"language": "ko", "rate": 0.2, "burst": 1}

ONE_PLACE: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("googlechat", {"url": f"{SPACE}?key=k&token=a"}, {"url": f"{SPACE}?key=k&token=b"}),
    ("telegram", {"chat_id": -100, "topic": 1}, {"chat_id": "-100", "topic": 2}),
    ("telegram", {"chat_id": "@Alarms"}, {"chat_id": "@alarms"}),
    ("discord", {"url": HOOK}, {"url": f"{HOOK}?thread_id=7"}),
    ("kakaotalk", {}, {"friends": ["uuid"], "per_day": 10}),
    ("slack", {}, OTHER),
    ("slackbot", {}, OTHER),
    ("kakaowork", {}, OTHER),
    ("teams", {"url": "https://h/flow?sig=a"}, {"url": "https://h/flow?sig=b"}),
    ("pagerduty", {}, {"rate": 1.0}),
]
TWO_PLACES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("googlechat", {"url": f"{SPACE}?key=k"}, {"url": f"{SPACE.replace('/S/', '/T/')}?key=k"}),
    ("telegram", {"chat_id": -100}, {"chat_id": -101}),
    ("telegram", {"token": "1:canary"}, {"token": "2:canary"}),
    ("discord", {"url": HOOK}, {"url": HOOK.replace("/1/", "/2/")}),
    ("kakaotalk", {}, {"refresh_token": "canary2"}),
    ("slack", {"url": "https://h/services/a"}, {"url": "https://h/services/b"}),
    ("slackbot", {}, {"channel": "C0OTHERS"}),
    ("kakaowork", {}, {"conversation": "18"}),
    ("teams", {"url": "https://h/flow?sig=a"}, {"url": "https://h/flow2?sig=a"}),
    ("pagerduty", {}, {"routing_key": "d" * 32}),
]


@pytest.mark.parametrize(("type_", "one", "other"), ONE_PLACE)
def test_one_place_is_known(type_: str, one: dict[str, Any], other: dict[str, Any]) -> None:
    shares = channel(type_, **one).limits.shares
    assert shares == channel(type_, **other).limits.shares != ""
    assert "canary" not in shares


@pytest.mark.parametrize(("type_", "one", "other"), TWO_PLACES)
def test_two_places_are_told_apart(type_: str, one: dict[str, Any], other: dict[str, Any]) -> None:
    assert channel(type_, **one).limits.shares != channel(type_, **other).limits.shares


def test_types_share_nothing_and_some_have_a_limit_of_their_own() -> None:
    shares = {type_: channel(type_).limits.shares for type_ in LEAST}
    assert {type_ for type_, each in shares.items() if not each} == {"apprise", "mail", "webhook"}
    named = [each for each in shares.values() if each]
    assert len(set(named)) == len(named)


@dataclass
class Vendor:
    """Takes so many in any so many seconds, and says 429 to more."""

    most: int
    seconds: float
    judge: Callable[..., Verdict]
    came: list[float] = field(default_factory=list)
    refused: int = 0

    def answer(self, now: float, attempt: Attempt) -> tuple[float, Verdict]:
        """As the vendor does."""
        recent = [at for at in self.came if at > now - self.seconds]
        if len(recent) >= self.most:
            self.refused += 1
            return 0.1, self.judge(429, {}, b"{}")
        self.came.append(now)
        return 0.1, Verdict.delivered()


@pytest.mark.parametrize(
    ("type_", "most", "seconds", "every"),
    [
        ("googlechat", 60, 60.0, 0.5),
        ("telegram", 20, 60.0, 2.0),
        ("discord", 30, 60.0, 1.0),
        ("slackbot", 50, 60.0, 0.5),
        ("kakaotalk", 20, 86400.0, 1800.0),
    ],
)
def test_three_channels_to_one_place_are_never_refused(
    type_: str, most: int, seconds: float, every: float
) -> None:
    """G1: all of them tell all alarms, and the vendor's limit holds for them together."""
    names = ("ops", "team", "night")
    channels = {name: channel(type_) for name in names}
    vendor = Vendor(most, seconds, channels["ops"].driver.judge)
    stage = Stage(limits={name: each.limits for name, each in channels.items()}, size=2)
    stage.answers = dict.fromkeys(names, vendor.answer)
    stage.one.lead()
    for number in range(200):
        stage.one.put(alarm(f"n{number}"))
        stage.run(every)
        if number % 50 == 49:
            stage.run(1.0)
            stage.heal()
            stage.one.rest()
            stage.replicas.reverse()
            stage.one.lead()
    stage.run(2 * seconds)
    assert vendor.refused == 0
    assert len(vendor.came) > most
    for name in names:
        assert sorted(stage.lines(name)) == sorted(f"n{number}+" for number in range(200))
