"""Kakao Work: plain texts of a careful length, and what `success: false` means (G1, G8)."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import kakaowork
from alarminati.channels.http_client import HttpClient
from alarminati.channels.markup import length
from alarminati.channels.message import Item
from alarminati.channels.port import SendContext
from alarminati.channels.table import configure
from alarminati.config import Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import DeliveryCause, Result
from tests.channels.drawn import ITEMS, crowd
from tests.channels.samples import item, message
from tests.vendors.door import open_door
from tests.vendors.kakaowork import Work


def bot(url: str = "https://work.example", **more: Any) -> kakaowork.Settings:
    how: dict[str, Any] = {"app_key": Secret("app-canary"), "api": url, "conversation": "17"}
    return kakaowork.Settings(**(how | more))


def text(*items: Item, language: str = "en", **more: Any) -> str:
    payload = kakaowork.render(bot(language=language), message(*items, **more))
    told: str = msgspec.json.decode(payload)["text"]
    return told


@settings(max_examples=80, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=5), st.sampled_from(["en", "ko"]), st.booleans())
def test_any_alarms_make_a_careful_text(items: list[Item], language: str, troubled: bool) -> None:
    told = text(*items, language=language, late=4000.0 * troubled, left_out=3 * troubled)
    assert 0 < length(told) <= kakaowork.TEXT


@pytest.mark.parametrize("seed", range(20))
def test_a_digest_lists_or_counts_every_alarm(seed: int) -> None:
    items, tokens = crowd(Random(seed), (2, 10, 60, 500)[seed % 4])
    told = text(*items, late=700.0)
    listed = tokens.intersection(re.findall(r"t\d{5}", told))
    rest = sum(map(int, re.findall(r"(\d+) more, not listed", told)))
    assert len(listed) + rest == len(items), f"seed {seed}"
    assert length(told) <= kakaowork.TEXT
    firing = sum(not one.resolved for one in items)
    short = told[: kakaowork.SHORT]
    assert f"{firing} firing, {len(items) - firing} resolved" in short


def test_one_alarm_in_full() -> None:
    one = item(labels={"host": "ws-1"}, annotations={"why": "5 of 5"}, link="https://g.example/d")
    assert text(one, language="ko", late=700).split("\n") == [
        "🔴 발생 CRITICAL | w-sharing · seoul-1",
        "[WS-API] Health check failed",
        "host ws-1",
        "why 5 of 5",
        "보고 시각 2025-09-18T03:42:00Z | 11분 40초 늦게 도착 | k3v9x2ab-1",
        "열기: https://g.example/d",
    ]


async def send(http: HttpClient, work: Work, told: Item | None = None, **more: Any) -> Verdict:
    async with open_door(work) as door:
        how = bot(door.url, **more)
        payload = kakaowork.render(how, message(told or item()))
        verdict = await kakaowork.deliver(SendContext(http), how, payload, "key")
    assert "canary" not in f"{verdict} {how}"
    return verdict


async def test_it_arrives_in_a_conversation_or_by_mail_address(http: HttpClient) -> None:
    work = Work()
    assert await send(http, work) == Verdict.delivered("1")
    mail = await send(http, work, conversation="", email="kim@team.example")
    assert mail == Verdict.delivered("2")


async def test_g1_a_text_that_is_too_long_goes_cut_short(http: HttpClient) -> None:
    work = Work(longest=500)
    assert (await send(http, work, item(1, "가" * 3000))).result is Result.DELIVERED
    assert 450 < length(work.texts[0]) <= 500
    assert work.texts[0].startswith("🔴 FIRING CRITICAL")
    refused = await send(http, Work(longest=10))
    assert refused.cause is DeliveryCause.MISCONFIGURED


async def test_what_is_refused(http: HttpClient) -> None:
    busy = await send(http, Work(quota=0))
    wrong = await send(http, Work(), app_key=Secret("canary"))
    nowhere = await kakaowork.deliver(
        SendContext(http), bot("http://127.0.0.1:1"), b'{"text":""}', ""
    )
    assert [one.cause for one in (busy, wrong, nowhere)] == [
        DeliveryCause.RATE_LIMITED,
        DeliveryCause.MISCONFIGURED,
        DeliveryCause.UNREACHABLE,
    ]
    assert "invalid_authentication" in wrong.detail


@pytest.mark.parametrize(
    ("status", "body", "result", "cause"),
    [
        (200, b'{"success":true,"message":{"id":"9"}}', Result.DELIVERED, DeliveryCause.NONE),
        (200, b'{"success":false,"error":{"code":"rate_limit"}}', Result.RETRY,
         DeliveryCause.RATE_LIMITED),
        (200, b'{"success":false,"error":{"code":"internal_error"}}', Result.RETRY,
         DeliveryCause.UNREACHABLE),
        (200, b'{"success":false,"error":{"code":"canary /x"}}', Result.RETRY,
         DeliveryCause.MISCONFIGURED),
        (200, b"<html>", Result.RETRY, DeliveryCause.MISCONFIGURED),
        (404, b"", Result.RETRY, DeliveryCause.MISCONFIGURED),
        (429, b"", Result.RETRY, DeliveryCause.RATE_LIMITED),
        (502, b"[" * 60_000, Result.RETRY, DeliveryCause.UNREACHABLE),
    ],
)  # fmt: skip
def test_judge(status: int, body: bytes, result: Result, cause: DeliveryCause) -> None:
    verdict = kakaowork.judge(status, {}, body)
    assert (verdict.result, verdict.cause) == (result, cause)
    assert "canary" not in verdict.detail


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"app_key": "can ary"}, "app_key must be"),
        ({"conversation": ""}, "either conversation or email"),
        ({"email": "kim@team.example"}, "either conversation or email"),
        ({"conversation": "canary"}, "conversation must be a number"),
        ({"conversation": "", "email": "canary"}, "email must be a mail address"),
    ],
)
def test_nonsense_is_refused(changed: dict[str, object], problem: str) -> None:
    good: dict[str, object] = {"app_key": "canary", "conversation": "17"}
    with pytest.raises(ValueError, match=problem) as caught:
        configure("work", "kakaowork", good | changed)
    assert "canary" not in str(caught.value)
