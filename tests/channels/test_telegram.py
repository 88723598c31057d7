"""Telegram: it takes every message and each alarm is told (G1, G8), even where it first refuses."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import html_text, telegram
from alarminati.channels.http_client import HttpClient
from alarminati.channels.message import Item
from alarminati.channels.port import BadSettings, SendContext
from alarminati.channels.table import configure
from alarminati.config import Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import NotificationReason, Result, Severity
from tests.channels.drawn import ITEMS, crowd
from tests.channels.samples import item, message
from tests.vendors.door import open_door
from tests.vendors.telegram import TEXT, Seen, Server, units

ENGLISH = telegram.Settings(token=Secret("123:canary"), chat_id=-100)
KOREAN = telegram.Settings(token=Secret("123:canary"), chat_id="@ops", topic=7, language="ko")


@settings(max_examples=80, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=5), st.sampled_from([ENGLISH, KOREAN]), st.booleans())
def test_any_alarms_make_a_message_that_telegram_takes(
    items: list[Item], how: telegram.Settings, troubled: bool
) -> None:
    told = message(*items, late=4000.0 * troubled, left_out=3 * troubled)
    seen = Seen(telegram.render(how, told))
    assert seen.refusal == ""
    assert units(seen.markup) <= TEXT
    assert units(html_text.plain(seen.markup)) <= TEXT


@pytest.mark.parametrize("size", [1, 2, 60, 500])
@pytest.mark.parametrize("text", ["&", "가 ", "🔥"])
def test_the_fullest_message_fits(size: int, text: str) -> None:
    pairs = {f"{number}{text * 40}": text * 500 for number in range(64)}
    items = [
        item(
            number,
            f"{number} {text * 4000}",
            labels=pairs | {"at": f"{number}"},
            annotations=pairs,
            link=f"https://h/{'&' * 150}",
            project=f"{number}{text * 60}",
        )
        for number in range(size)
    ]
    seen = Seen(telegram.render(KOREAN, message(*items, late=9e5, left_out=size - 1)))
    assert seen.refusal == ""
    assert (2500 if size > 2 else 800) < units(seen.markup) <= TEXT


@pytest.mark.parametrize("seed", range(20))
def test_a_digest_lists_or_counts_every_alarm(seed: int) -> None:
    dice = Random(seed)
    items, tokens = crowd(dice, dice.choice([2, 10, 60, 200]))
    seen = Seen(telegram.render(ENGLISH, message(*items)))
    assert seen.refusal == ""
    listed = tokens.intersection(re.findall(r"t\d{5}", seen.text))
    counted = re.search(r"(\d+) more, not listed", seen.text)
    rest = int(counted[1]) if counted else 0
    assert len(listed) + rest == len(items), f"seed {seed}"


def test_sixty_different_alarms_all_have_a_line() -> None:
    items = [item(n, message=f"t{n:05d} something happened over there") for n in range(60)]
    seen = Seen(telegram.render(ENGLISH, message(*items)))
    assert len(set(re.findall(r"t\d{5}", seen.text))) == 60


def test_one_alarm_in_full() -> None:
    one = item(
        message="a < b\nand c",
        labels={"host": "ws-1"},
        annotations={"description": "5 of 5"},
        link="https://grafana.example/d?a=1&b=2",
    )
    seen = Seen(telegram.render(KOREAN, message(one, late=700)))
    assert seen.markup.split("\n") == [
        "🔴 <b>발생</b> CRITICAL | w-sharing · seoul-1",
        "a &lt; b",
        "and c",
        "<b>host</b> ws-1",
        "<b>description</b> 5 of 5",
        "보고 시각 2025-09-18T03:42:00Z | 11분 40초 늦게 도착 | <code>k3v9x2ab-1</code>",
        '<a href="https://grafana.example/d?a=1&amp;b=2"><b>열기</b></a>',
    ]
    assert (seen.document["chat_id"], seen.document["message_thread_id"]) == ("@ops", 7)
    assert html_text.plain(seen.markup).endswith("\n열기 (https://grafana.example/d?a=1&b=2)")


def test_resolved_looks_different_and_a_digest_puts_it_last() -> None:
    over = Seen(telegram.render(ENGLISH, message(item(resolved=True))))
    assert over.text.startswith("✅ RESOLVED CRITICAL | w-sharing · seoul-1\n")
    assert "after 2m 5s" in over.text
    items = [item(1, "up", resolved=True), item(2, "disk", Severity.WARNING), item(3, "down")]
    seen = Seen(telegram.render(ENGLISH, message(*items, left_out=2)))
    assert seen.text.split("\n") == [
        "🔴 2 firing, 1 resolved | w-sharing · seoul-1",
        "🔴 down",
        "🟡 disk",
        "✅ up",
        "2 no longer kept",
    ]


@pytest.mark.parametrize(
    ("status", "headers", "body", "result", "after"),
    [
        (200, {}, b'{"ok":true,"result":{}}', Result.DELIVERED, None),
        (200, {}, b"<html>", Result.RETRY, 300.0),
        (400, {}, b'{"ok":false,"description":"Bad Request: chat not found"}', Result.RETRY, 300.0),
        (400, {}, b'{"description":"Bad Request: message is too long"}', Result.FAILED, None),
        (400, {}, b"", Result.RETRY, 300.0),
        (413, {}, b"", Result.FAILED, None),
        (401, {}, b'{"ok":false,"description":"Unauthorized"}', Result.RETRY, 300.0),
        (403, {}, b'{"description":"Forbidden: bot was kicked"}', Result.RETRY, 300.0),
        (404, {}, b"[1]", Result.RETRY, 300.0),
        (429, {}, b'{"parameters":{"retry_after":35}}', Result.RETRY, 35.0),
        (429, {"retry-after": "8"}, b'{"parameters":{"retry_after":"soon"}}', Result.RETRY, 8.0),
        (429, {}, b'{"parameters":[]}', Result.RETRY, None),
        (502, {}, b"[" * 60_000, Result.RETRY, None),
    ],
)
def test_judge(
    status: int, headers: dict[str, str], body: bytes, result: Result, after: float | None
) -> None:
    verdict = telegram.judge(status, headers, body)
    assert (verdict.result, verdict.after) == (result, after)
    assert (str(status) in verdict.detail) == (result is not Result.DELIVERED)


def test_judge_repeats_known_words_and_nothing_else() -> None:
    told = b'{"description":"Forbidden: bot was kicked from bot123:canary"}'
    assert telegram.judge(403, {}, told).detail.startswith("Telegram answered 403 bot was kicked;")


async def send(
    http: HttpClient, server: Server, chat: int = -100, token: str = "123:canary"
) -> Verdict:
    async with open_door(server) as door:
        how = telegram.Settings(token=Secret(token), chat_id=chat, api=door.url)
        return await telegram.deliver(
            SendContext(http), how, telegram.render(how, message(item())), "key-1"
        )


async def test_it_arrives(http: HttpClient) -> None:
    server = Server()
    assert await send(http, server) == Verdict.delivered("-100/1")
    assert [one.html for one in server.messages] == [True]


async def test_what_cannot_be_parsed_arrives_as_plain_text(http: HttpClient) -> None:
    server = Server(plain=True)
    assert await send(http, server) == Verdict.delivered("-100/1")
    assert "<b>" not in server.messages[0].text
    assert "FIRING CRITICAL" in server.messages[0].text


async def test_a_group_that_moved_gets_it_and_people_are_told_its_new_id(http: HttpClient) -> None:
    server = Server(moved={-5: -100}, plain=True)  # both refusals in one attempt
    verdict = await send(http, server, chat=-5)
    moved = "the group has moved: set chat_id to -100"
    assert verdict == Verdict(Result.DELIVERED, moved, receipt="-100/1")
    assert len(server.messages) == 1


async def test_a_group_that_moves_in_circles_ends(http: HttpClient) -> None:
    verdict = await send(http, Server(moved={-5: -6, -6: -5}), chat=-5)
    assert (verdict.result, verdict.after) == (Result.RETRY, 300.0)


async def test_what_telegram_refuses_is_told_without_the_token(http: HttpClient) -> None:
    spent = await send(http, Server(quota=0))
    assert (spent.result, spent.after) == (Result.RETRY, 35.0)
    nobody = await send(http, Server(), chat=-7)
    stranger = await send(http, Server(), token="1:canary")
    how = telegram.Settings(token=Secret("1:canary"), chat_id=1, api="http://127.0.0.1:1")
    nowhere = await telegram.deliver(
        SendContext(http), how, telegram.render(how, message(item())), "key-1"
    )
    assert (nobody.after, stranger.after, nowhere.after) == (300.0, 300.0, None)
    assert "canary" not in f"{nobody} {stranger} {nowhere} {how}"


@pytest.mark.parametrize("given", [-1001234567890, "-1001234567890", -1.00123456789e12])
def test_a_chat_id_stays_whole(given: object) -> None:
    made = configure("t", "telegram", {"token": "1:a", "chat_id": given}).settings
    assert b'"chat_id":-1001234567890,' in telegram.render(made, message(item()))


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"token": "canary"}, "token is not a bot's token"),
        ({"chat_id": "ops"}, "chat_id must be a whole number"),
        ({"chat_id": 0}, "chat_id must be a whole number"),
        ({"chat_id": 2**63}, "chat_id"),
        ({"api": "ftp://h"}, "url is not an http"),
    ],
)
def test_nonsense_is_refused(changed: dict[str, object], problem: str) -> None:
    with pytest.raises(BadSettings, match=problem) as caught:
        configure("t", "telegram", {"token": "1:canary", "chat_id": 1} | changed)
    assert "canary" not in str(caught.value)


def test_the_pace_stays_under_a_groups_limit() -> None:
    pace = telegram.limits(ENGLISH)
    assert pace.burst + 60 * pace.rate <= 20
    assert telegram.destination(ENGLISH) == "api.telegram.org"


async def life(http: HttpClient, server: Server, update: str) -> list[Verdict]:
    """An alarm fires, is repeated, acknowledged and over; each with the last receipt."""
    verdicts = [Verdict.delivered("")]
    async with open_door(server) as door:
        how = configure(
            "t", "telegram", {"token": "123:canary", "chat_id": -100, "api": door.url,
                              "update": update}
        ).settings  # fmt: skip
        for reason, over in (
            (NotificationReason.STATE_CHANGED, False),
            (NotificationReason.REMINDER, False),
            (NotificationReason.ACKNOWLEDGED, False),
            (NotificationReason.STATE_CHANGED, True),
        ):
            told = item(1, reason=reason, resolved=over, receipt=verdicts[-1].receipt)
            payload = telegram.render(how, message(told))
            verdicts.append(await telegram.deliver(SendContext(http), how, payload, "key"))
    return verdicts[1:]


async def test_answers_over_an_alarms_life(http: HttpClient) -> None:
    server = Server()
    verdicts = await life(http, server, "thread")
    assert [one.receipt for one in verdicts] == ["-100/1"] * 4
    answered = [one.document.get("reply_parameters") for one in server.messages]
    assert answered == [None] + [{"message_id": 1, "allow_sending_without_reply": True}] * 3
    assert server.messages[2].text.split("\n")[:2] == [
        "👀 ACKNOWLEDGED CRITICAL | w-sharing · seoul-1",
        "acknowledged by kim",
    ]


async def test_one_message_over_an_alarms_life(http: HttpClient) -> None:
    server = Server()
    verdicts = await life(http, server, "edit")
    assert [one.receipt for one in verdicts] == ["-100/1"] * 4
    assert [one.text.split(" ")[1] for one in server.messages] == ["RESOLVED", "STILL"]


async def test_each_by_itself(http: HttpClient) -> None:
    server = Server()
    assert len({one.receipt for one in await life(http, server, "none")}) == 4


async def test_g1_a_first_message_that_is_gone_loses_nothing(http: HttpClient) -> None:
    server = Server(gone={1})
    verdicts = await life(http, server, "edit")
    assert [one.result for one in verdicts] == [Result.DELIVERED] * 4
    assert verdicts[2].receipt == "-100/2"


async def test_g2_an_edit_whose_answer_was_lost_is_made_once(http: HttpClient) -> None:
    server = Server()
    async with open_door(server) as door:
        how = configure(
            "t", "telegram", {"token": "123:canary", "chat_id": -100, "api": door.url,
                              "update": "edit"}
        ).settings  # fmt: skip
        await telegram.deliver(SendContext(http), how, telegram.render(how, message(item())), "key")
        over = telegram.render(how, message(item(2, resolved=True, receipt="-100/1")))
        verdicts = [await telegram.deliver(SendContext(http), how, over, "key") for _ in range(2)]
    assert [one.result for one in verdicts] == [Result.DELIVERED] * 2
    assert len(server.messages) == 1
