"""Every channel tells every reason, in both languages, and no digest loses one (G1, G8)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from alarminati.channels import pagerduty, webhook
from alarminati.channels.message import Item
from alarminati.channels.parts import pair_lines
from alarminati.channels.plain_text import PLAIN
from alarminati.channels.table import TYPES
from alarminati.channels.wording import detail
from alarminati.core.model.entries import NotificationReason, Severity
from tests.channels.drawn import crowd
from tests.channels.every import CHATS, LEAST, channel, shown
from tests.channels.samples import item, message

LIFE = {
    "firing": item(1),
    "repeated": item(1, reason=NotificationReason.REMINDER),
    "acknowledged": item(1, reason=NotificationReason.ACKNOWLEDGED, comment="on it"),
    "raised": replace(
        item(1, reason=NotificationReason.SEVERITY_RAISED),
        was=Severity.WARNING,
        worse=item(1).since,
    ),
    "resolved": item(2, resolved=True),
}
SAID = {
    ("firing", "en"): ["🔴", "FIRING"],
    ("firing", "ko"): ["🔴", "발생"],
    ("repeated", "en"): ["🔴", "STILL FIRING", "firing for 2h 5m, reminder 3"],
    ("repeated", "ko"): ["🔴", "계속 발생 중", "2시간 5분째 발생 중, 재알림 3번째"],
    ("acknowledged", "en"): ["👀", "ACKNOWLEDGED", "acknowledged by kim: on it"],
    ("acknowledged", "ko"): ["👀", "확인됨", "kim 님이 확인: on it"],
    ("raised", "en"): ["🔴", "SEVERITY RAISED", "was WARNING before"],
    ("raised", "ko"): ["🔴", "심각도 상승", "이전 심각도: WARNING"],
    ("resolved", "en"): ["✅", "RESOLVED"],
    ("resolved", "ko"): ["✅", "해소"],
}


def test_the_list_of_channels_is_whole() -> None:
    assert set(LEAST) == set(TYPES)


def test_the_docs_say_of_each_channel_what_it_supports_and_what_its_answers_mean() -> None:
    page = (Path(__file__).parents[2] / "docs/channels.md").read_text()
    for section in ("## What each supports", "## What an answer means"):
        table = page.partition(section)[2].partition("\n## ")[0]
        assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == set(TYPES)
    needed = page.partition("## What each supports")[2].partition("\n## ")[0]
    for type_, settings in LEAST.items():
        row = next(line for line in needed.split("\n") if line.startswith(f"| `{type_}` |"))
        assert all(f"`{key}`" in row for key in settings), type_


@pytest.mark.parametrize("type_", CHATS)
@pytest.mark.parametrize("language", ["en", "ko"])
@pytest.mark.parametrize("reason", LIFE)
def test_a_chat_tells_it(type_: str, language: str, reason: str) -> None:
    text = shown(channel(type_, language=language), message(LIFE[reason]))
    for words in SAID[reason, language]:
        assert words in text
    assert "[WS-API] Health check failed" in text


@pytest.mark.parametrize("type_", CHATS)
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["late by 4m", "began 5 times within 1h"]),
        ("ko", ["4분 늦게 도착", "1시간 동안 5번 발생"]),
    ],
)
def test_a_chat_tells_lateness_and_flapping(type_: str, language: str, words: list[str]) -> None:
    text = shown(channel(type_, language=language), message(item(began=5), late=240))
    for each in words:
        assert each in text


@pytest.mark.parametrize("type_", CHATS)
def test_a_digest_tells_who_acknowledged_and_how_late_it_is(type_: str) -> None:
    told = message(*(replace(one, fingerprint=name) for name, one in LIFE.items()), late=240)
    text = shown(channel(type_), told)
    assert "3 firing, 1 resolved, 1 acknowledged" in text
    assert "late by 4m" in text
    assert "👀 [WS-API] Health check failed" in text
    assert "(kim)" in text or type_ == "kakaotalk"


@pytest.mark.parametrize("type_", CHATS)
@pytest.mark.parametrize("seed", range(6))
def test_g8_a_digest_of_all_occasions_lists_or_counts_each(type_: str, seed: int) -> None:
    dice = Random(seed)
    drawn, tokens = crowd(dice, (2, 40, 300)[seed % 3])
    items = [_acknowledged(one) if len(one.alarm.message) % 3 == 0 else one for one in drawn]
    text = shown(channel(type_), message(*items, late=240))
    resolved = sum(one.resolved for one in items)
    seen = sum(one.acknowledged for one in items)
    assert f"{len(items) - resolved - seen} firing, {resolved} resolved" in text
    listed = tokens.intersection(re.findall(r"t\d{5}", _listing(text)))
    rest = sum(map(int, re.findall(r"(\d+) more, not listed", text)))
    assert len(listed) + rest == len(items), f"seed {seed}"


def _listing(text: str) -> str:
    """Without the lines that repeat the worst alarm beside the list."""
    return "\n".join(line for line in text.split("\n") if line[:1] in "🔴🟠🟡🔵✅👀…")


def _acknowledged(one: Item) -> Item:
    if one.resolved:
        return one
    return replace(one, reason=NotificationReason.ACKNOWLEDGED, by="kim", seen=one.since + 1)


@pytest.mark.parametrize(
    ("reason", "action", "facts"),
    [
        ("firing", "trigger", {}),
        ("repeated", "trigger", {"reminder_number": 3, "reason": "reminder"}),
        (
            "acknowledged",
            "acknowledge",
            {"acknowledged": {"by": "kim", "comment": "on it"}, "reason": "acknowledged"},
        ),
        ("raised", "trigger", {"status": "firing", "reason": "severity_raised"}),
        ("resolved", "resolve", {"status": "resolved", "reason": "state_changed"}),
    ],
)
def test_machines_are_told_the_facts(reason: str, action: str, facts: dict[str, Any]) -> None:
    told = message(LIFE[reason])
    event = msgspec.json.decode(channel("pagerduty").render(told))
    assert event["event_action"] == action
    assert event["dedup_key"] == f"{item().fingerprint}/seoul-1/w-sharing"
    alarm = msgspec.json.decode(channel("webhook").render(told))["alarms"][0]
    assert alarm | facts == alarm
    assert pagerduty.FORM.room and webhook.FORM.room


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("127.0.0.1:80 answered 503", "127.0.0.1:80 응답 코드: 503"),
        ("no answer from db:1 within 0.5 s", "db:1 서버가 0.5초 안에 응답하지 않음"),
        ("db:1 refused the connection", "db:1 서버가 연결을 거부함"),
        ("the name db cannot be resolved", "db 이름의 주소를 찾을 수 없음"),
        ("a reporter's own text", "a reporter's own text"),
    ],
)
def test_what_checks_find_is_in_the_language_of_the_channel(english: str, korean: str) -> None:
    assert detail(english, "ko") == korean
    assert detail(english, "en") == english
    assert pair_lines((("detail", english),), PLAIN, "ko", 300, 300) == [f"detail {korean}"]
