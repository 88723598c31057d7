"""Discord: it takes every message and each alarm is told (G1, G8)."""

from __future__ import annotations

import re
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import discord
from alarminati.channels.http_client import HttpClient
from alarminati.channels.message import Item
from alarminati.channels.port import SendContext
from alarminati.config import Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import NotificationReason, Result, Severity
from tests.channels.drawn import ITEMS, crowd
from tests.channels.samples import item, message
from tests.vendors.discord import Channel, Seen
from tests.vendors.door import open_door

PATH = "/api/webhooks/1/canary"
ENGLISH = discord.Settings(url=Secret(f"https://discord.com{PATH}"))
KOREAN = discord.Settings(url=ENGLISH.url, language="ko")


@settings(max_examples=80, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=5), st.sampled_from([ENGLISH, KOREAN]), st.booleans())
def test_any_alarms_make_a_message_that_discord_takes(
    items: list[Item], how: discord.Settings, troubled: bool
) -> None:
    told = message(*items, late=4000.0 * troubled, left_out=3 * troubled)
    seen = Seen(discord.render(how, told))
    assert seen.refusal == ""
    assert seen.broken == []
    assert seen.document["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("size", [1, 2, 80, 500])
@pytest.mark.parametrize("text", ["*", "가 ", "🔥"])
def test_the_fullest_message_fits(size: int, text: str) -> None:
    pairs = {f"{number}{text * 40}": text * 500 for number in range(64)}
    items = [
        item(
            number,
            f"{number} {text * 4000}",
            labels=pairs | {"at": f"{number}"},
            annotations=pairs,
            link=f"https://h/{'&' * 500}",
            project=f"{number}{text * 60}",
        )
        for number in range(size)
    ]
    seen = Seen(discord.render(KOREAN, message(*items, late=9e5, left_out=size - 1)))
    assert seen.refusal == ""
    assert size == 2 or len(seen.text) > 1500


@pytest.mark.parametrize("seed", range(20))
def test_a_digest_lists_or_counts_every_alarm(seed: int) -> None:
    dice = Random(seed)
    items, tokens = crowd(dice, dice.choice([2, 10, 80, 300]))
    seen = Seen(discord.render(ENGLISH, message(*items)))
    assert seen.refusal == ""
    listed = tokens.intersection(re.findall(r"t\d{5}", seen.text))
    counted = re.search(r"(\d+) more, not listed", seen.text)
    rest = int(counted[1]) if counted else 0
    assert len(listed) + rest == len(items), f"seed {seed}"


def test_eighty_different_alarms_all_have_a_line() -> None:
    items = [item(n, message=f"t{n:05d} something happened over there") for n in range(80)]
    seen = Seen(discord.render(ENGLISH, message(*items)))
    assert len(set(re.findall(r"t\d{5}", seen.text))) == 80


def test_one_alarm_in_full() -> None:
    one = item(
        message="@everyone *now*",
        labels={"host": "ws_1"},
        annotations={"description": "5 of 5"},
        link="https://grafana.example/d?a=(1)",
    )
    seen = Seen(discord.render(KOREAN, message(one, late=700)))
    assert seen.embeds == [
        {
            "color": 0xD00000,
            "title": "🔴 발생 CRITICAL | w\\-sharing · seoul\\-1",
            "description": "\\@everyone \\*now\\*\n**host** ws\\_1\n**description** 5 of 5\n"
            "[**열기**](https://grafana.example/d?a=%281%29)",
            "footer": {"text": "보고 시각 2025-09-18T03:42:00Z | 11분 40초 늦게 도착 | k3v9x2ab-1"},
        }
    ]


def test_resolved_looks_different_and_a_digest_puts_it_last() -> None:
    over = Seen(discord.render(ENGLISH, message(item(resolved=True))))
    assert over.title.startswith("✅ RESOLVED CRITICAL | w-sharing")
    assert over.embeds[0]["color"] == 0x2EB67D
    assert "after 2m 5s" in over.embeds[0]["footer"]["text"]
    items = [item(1, "up", resolved=True), item(2, "disk", Severity.WARNING), item(3, "down")]
    seen = Seen(discord.render(ENGLISH, message(*items, left_out=2)))
    assert seen.title == "🔴 2 firing, 1 resolved | w-sharing · seoul-1"
    assert seen.markup == ["🔴 down", "🟡 disk", "✅ up", "2 no longer kept"]
    assert [one.get("color") for one in seen.embeds] == [0xD00000, 0xF2C744, 0x2EB67D, None]


@pytest.mark.parametrize(
    ("status", "headers", "body", "result", "after"),
    [
        (200, {}, b'{"id":"1"}', Result.DELIVERED, None),
        (204, {}, b"", Result.DELIVERED, None),
        (200, {}, b"<html>", Result.RETRY, 300.0),
        (400, {}, b'{"code":50035,"message":"Invalid Form Body"}', Result.FAILED, None),
        (400, {}, b'{"code":220001,"message":"thread_id"}', Result.RETRY, 300.0),
        (400, {}, b'{"code":[]}', Result.RETRY, 300.0),
        (413, {}, b"", Result.FAILED, None),
        (401, {}, b'{"code":50027}', Result.RETRY, 300.0),
        (404, {}, b'{"code":10015}', Result.RETRY, 300.0),
        (429, {"retry-after": "1"}, b'{"retry_after":0.659}', Result.RETRY, 0.659),
        (429, {"retry-after": "60"}, b"error 1015", Result.RETRY, 60.0),
        (429, {}, b'{"retry_after":"soon"}', Result.RETRY, None),
        (502, {}, b"[" * 60_000, Result.RETRY, None),
    ],
)
def test_judge(
    status: int, headers: dict[str, str], body: bytes, result: Result, after: float | None
) -> None:
    verdict = discord.judge(status, headers, body)
    assert (verdict.result, verdict.after) == (result, after)
    assert (str(status) in verdict.detail) == (result is not Result.DELIVERED)


async def send(http: HttpClient, channel: Channel, path: str = PATH) -> Verdict:
    async with open_door(channel) as door:
        how = discord.Settings(url=Secret(door.url + path))
        return await discord.deliver(
            SendContext(http), how, discord.render(how, message(item())), "key-1"
        )


@pytest.mark.parametrize("query", ["", "?thread_id=7"])
async def test_it_arrives(http: HttpClient, query: str) -> None:
    channel = Channel()
    assert await send(http, channel, PATH + query) == Verdict.delivered("1")
    assert len(channel.messages) == 1


async def test_what_discord_refuses_is_told_without_the_address(http: HttpClient) -> None:
    spent = await send(http, Channel(quota=0))
    assert (spent.result, spent.after) == (Result.RETRY, 0.659)
    gone = await send(http, Channel(), "/api/webhooks/2/canary")
    assert "code 10015" in gone.detail
    how = discord.Settings(url=Secret(f"http://127.0.0.1:1{PATH}"))
    nowhere = await discord.deliver(SendContext(http), how, b"{}", "key-1")
    assert (gone.after, nowhere.after) == (300.0, None)
    assert "canary" not in f"{spent} {gone} {nowhere} {how}"


def test_the_pace_stays_under_what_was_seen() -> None:
    pace = discord.limits(ENGLISH)
    assert pace.burst + 60 * pace.rate <= 30
    assert discord.destination(ENGLISH) == "discord.com"


async def test_a_message_is_edited_when_asked_for(http: HttpClient) -> None:
    channel = Channel()
    async with open_door(channel) as door:
        url = Secret(f"{door.url}/api/webhooks/1/canary?thread_id=7")
        how = discord.Settings(url=url, update="edit")
        receipt = ""
        for told in (item(1), item(2, resolved=True)):
            payload = discord.render(how, message(replace(told, receipt=receipt)))
            receipt = (await discord.deliver(SendContext(http), how, payload, "key")).receipt
        gone = discord.render(how, message(replace(item(2, resolved=True), receipt="99")))
        assert (await discord.deliver(SendContext(http), how, gone, "key")).receipt == "2"
        again = item(
            1, reason=NotificationReason.REMINDER, receipt="1"
        )  # nobody would notice an edit
        payload = discord.render(how, message(again))
        assert (await discord.deliver(SendContext(http), how, payload, "key")).receipt == "3"
    assert receipt == "1"
    titles = [one.title[:10] for one in channel.messages]
    assert titles == ["✅ RESOLVED", "✅ RESOLVED", "🔴 STILL FI"]
    assert [one.method for one in door.posted] == ["POST", "PATCH", "PATCH", "POST", "POST"]


async def test_the_last_message_before_the_limit_asks_for_a_pause(http: HttpClient) -> None:
    verdict = await send(http, Channel(quota=1))
    assert verdict == Verdict.delivered("1", after=1.5)
    assert discord.judge(200, {"x-ratelimit-remaining": "0"}, b"{}").after is None
