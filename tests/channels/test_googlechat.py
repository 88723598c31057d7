"""Google Chat: it takes every message, each alarm is told (G1, G8), a resend is no twin (G2)."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import googlechat
from alarminati.channels.http_client import HttpClient
from alarminati.channels.message import Item
from alarminati.channels.port import SendContext
from alarminati.config import Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import Result, Severity
from tests.channels.drawn import ITEMS, crowd
from tests.channels.samples import NOON, item, message
from tests.vendors.door import Reply, open_door
from tests.vendors.googlechat import Seen, Space

PATH = "/v1/spaces/S/messages?key=k&token=canary"
ENGLISH = googlechat.Settings(url=Secret(f"https://chat.googleapis.com{PATH}"))
KOREAN = googlechat.Settings(url=ENGLISH.url, language="ko")


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=5), st.sampled_from([ENGLISH, KOREAN]), st.booleans())
def test_any_alarms_make_a_message_that_google_takes(
    items: list[Item], how: googlechat.Settings, troubled: bool
) -> None:
    told = message(*items, late=4000.0 * troubled, left_out=3 * troubled)
    seen = Seen(googlechat.render(how, told))
    assert seen.refusal == ""
    assert seen.broken == []
    assert "<" not in seen.message["fallbackText"]


@pytest.mark.parametrize("seed", range(20))
def test_a_digest_lists_or_counts_every_alarm(seed: int) -> None:
    dice = Random(seed)
    items, tokens = crowd(dice, dice.choice([2, 10, 50, 200, 500]))
    seen = Seen(googlechat.render(ENGLISH, message(*items)))
    assert seen.refusal == ""
    listed = tokens.intersection(re.findall(r"t\d{5}", seen.text))
    counted = re.search(r"(\d+) more, not listed", seen.text)
    rest = int(counted[1]) if counted else 0
    assert len(listed) + rest == len(items), f"seed {seed}"
    firing = sum(not one.resolved for one in items)
    assert f"{firing} firing, {len(items) - firing} resolved" in seen.title


def test_one_alarm_in_full() -> None:
    one = item(
        message="a < b\nand c",
        labels={"host": "ws-1"},
        annotations={"description": "5 of 5"},
        link="https://grafana.example/d?a=1&b=2",
    )
    seen = Seen(googlechat.render(KOREAN, message(one, late=700)))
    assert seen.title == "🔴 발생 CRITICAL | w-sharing · seoul-1"
    assert seen.markup == [
        "a &lt; b<br>and c",
        "<b>host</b> ws-1",
        "<b>description</b> 5 of 5",
        "보고 시각 2025-09-18T03:42:00Z | 11분 40초 늦게 도착 | k3v9x2ab-1",
        '<a href="https://grafana.example/d?a=1&amp;b=2"><b>열기</b></a>',
    ]
    assert seen.message["thread"] == {"threadKey": f"seoul-1/{one.fingerprint}/{NOON}"}


def test_resolved_joins_its_thread_and_looks_different() -> None:
    fired, over = (
        Seen(googlechat.render(ENGLISH, message(item(resolved=over)))) for over in (False, True)
    )
    assert (fired.title[:10], over.title[:10]) == ("🔴 FIRING C", "✅ RESOLVED")
    assert "after 2m 5s" in over.text
    assert fired.message["thread"] == over.message["thread"]


def test_a_digest() -> None:
    items = [
        item(1, "disk", Severity.WARNING, labels={"host": "a"}),
        item(2, "down", resolved=True),
        item(3, "down"),
        item(4, "disk", Severity.WARNING, labels={"host": "b"}),
    ]
    seen = Seen(googlechat.render(ENGLISH, message(*items, left_out=2)))
    assert seen.title == "🔴 3 firing, 1 resolved | w-sharing · seoul-1"
    assert seen.texts == ["🔴 down ✅", "🟡 disk ×2: a, b", "✅ down", "2 no longer kept"]
    assert "thread" not in seen.message


BAD_KEY = b'{"error":{"status":"INVALID_ARGUMENT","message":"API key not valid."}}'


@pytest.mark.parametrize(
    ("status", "headers", "body", "result", "after"),
    [
        (200, {}, b'{"name":"spaces/S/messages/1"}', Result.DELIVERED, None),
        (200, {}, b"<!DOCTYPE html>", Result.RETRY, 300.0),
        (400, {}, b'{"error":{"status":"INVALID_ARGUMENT"}}', Result.FAILED, None),
        (400, {}, BAD_KEY, Result.RETRY, 300.0),
        (413, {}, b"", Result.FAILED, None),
        (302, {}, b"", Result.RETRY, 300.0),
        (401, {}, b"", Result.RETRY, 300.0),
        (403, {}, b'{"error":{"status":"PERMISSION_DENIED"}}', Result.RETRY, 300.0),
        (404, {}, b'{"error":{"status":"NOT_FOUND"}}', Result.RETRY, 300.0),
        (408, {}, b"", Result.RETRY, None),
        (429, {}, b'{"error":{"status":"RESOURCE_EXHAUSTED"}}', Result.RETRY, None),
        (429, {"retry-after": "30"}, b"[1]", Result.RETRY, 30.0),
        (500, {}, b"[" * 60_000, Result.RETRY, None),
        (503, {"retry-after": "5"}, b'{"error":"x"}', Result.RETRY, 5.0),
    ],
)
def test_judge(
    status: int, headers: dict[str, str], body: bytes, result: Result, after: float | None
) -> None:
    verdict = googlechat.judge(status, headers, body)
    assert (verdict.result, verdict.after) == (result, after)
    assert (str(status) in verdict.detail) == (result is not Result.DELIVERED)


def test_judge_repeats_googles_word_and_nothing_else() -> None:
    assert "NOT_FOUND" in googlechat.judge(404, {}, b'{"error":{"status":"NOT_FOUND"}}').detail
    told = b'{"error":{"status":"see /messages?token=canary","message":"canary"}}'
    assert "canary" not in googlechat.judge(404, {}, told).detail


async def send(http: HttpClient, space: Space, key: str, url: str = PATH) -> Verdict:
    async with open_door(space) as door:
        how = googlechat.Settings(url=Secret(door.url + url))
        return await googlechat.deliver(
            SendContext(http), how, googlechat.render(how, message(item())), key
        )


async def test_a_lost_answer_causes_no_twin(http: HttpClient) -> None:
    space = Space()
    for key, number in (("a/1", 1), ("a/1", 1), ("b&2", 2)):
        told = await send(http, space, key)
        assert told == Verdict.delivered(f"spaces/S/messages/{number}")
    assert list(space.known) == ["a/1", "b&2"]
    assert len(space.messages) == 2


async def test_a_webhook_without_request_ids_is_served_too(http: HttpClient) -> None:
    space = Space(plain=True)
    assert (await send(http, space, "key-1")).result is Result.DELIVERED
    assert ["thread" in one.message for one in space.messages] == [False]


async def test_what_google_refuses_is_told_without_the_address(http: HttpClient) -> None:
    spent = await send(http, Space(quota=0), "key-1")
    assert (spent.result, spent.after) == (Result.RETRY, None)
    assert spent.detail == "Google Chat answered 429 RESOURCE_EXHAUSTED"
    wrong_key = await send(http, Space(), "key-1", PATH.replace("key=k", "key=canary"))
    elsewhere = await send(http, Space(), "key-1", "/v1/canary?key=k")
    nowhere = await googlechat.deliver(
        SendContext(http),
        googlechat.Settings(url=Secret(f"http://127.0.0.1:1{PATH}")),
        b"{}",
        "key-1",
    )
    assert (wrong_key.after, elsewhere.after, nowhere.after) == (300.0, 300.0, None)
    assert "canary" not in f"{wrong_key} {elsewhere} {nowhere} {ENGLISH}"


async def test_a_message_too_long_is_dead(http: HttpClient) -> None:
    async with open_door(lambda _: Reply(413, b"")) as door:
        how = googlechat.Settings(url=Secret(door.url + PATH))
        verdict = await googlechat.deliver(SendContext(http), how, b"{}", "key-1")
    assert verdict.result is Result.FAILED


def test_the_pace_stays_under_the_spaces_quota() -> None:
    pace = googlechat.limits(ENGLISH)
    assert pace.burst + 60 * pace.rate <= 60
    assert googlechat.destination(ENGLISH) == "chat.googleapis.com"


@pytest.mark.parametrize("size", [1, 2, 200, 500])
@pytest.mark.parametrize("text", ['"&', "가 ", "🔥"])
def test_the_fullest_message_fits(size: int, text: str) -> None:
    pairs = {f"{number}{text * 40}": text * 500 for number in range(64)}
    items = [
        item(
            number,
            f"{number} {text * 4000}",
            labels=pairs | {"at": f"{number}"},
            annotations=pairs,
            link=f"https://h/{'&' * 2000}",
            project=f"{number}{text * 60}",
        )
        for number in range(size)
    ]
    seen = Seen(googlechat.render(KOREAN, message(*items, late=9e5, left_out=size - 1)))
    assert seen.refusal == ""
    assert seen.size > 15_000 or size == 2
