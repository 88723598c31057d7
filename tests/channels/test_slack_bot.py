"""Slack bot: one thread or one message over an alarm's life, and `ok: false` (G1, G8)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import slack_bot
from alarminati.channels.http_client import HttpClient
from alarminati.channels.message import Item
from alarminati.channels.port import SendContext
from alarminati.config import Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import DeliveryCause, NotificationReason, Result
from tests.channels.drawn import ITEMS
from tests.channels.samples import item, message
from tests.vendors.door import open_door
from tests.vendors.slack import Seen
from tests.vendors.slack_api import Api


def bot(url: str = "https://slack.example/api", **more: Any) -> slack_bot.Settings:
    how: dict[str, Any] = {"token": Secret("xoxb-canary"), "channel": "C0ALARMS"} | more
    return slack_bot.Settings(api=url, **how)


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=4), st.sampled_from(["en", "ko"]))
def test_any_alarms_make_a_message_that_slack_takes(items: list[Item], language: str) -> None:
    seen = Seen(slack_bot.render(bot(language=language), message(*items, late=4000.0)))
    assert seen.refusal is None
    assert seen.broken() == []


async def life(http: HttpClient, api: Api, **more: Any) -> list[Verdict]:
    """An alarm fires, is repeated, acknowledged and over; each with the last receipt."""
    verdicts: list[Verdict] = []
    async with open_door(api) as door:
        how = bot(f"{door.url}/api", **more)
        receipt = ""
        for state in (
            item(1),
            item(1, reason=NotificationReason.REMINDER, receipt="?"),
            item(1, reason=NotificationReason.ACKNOWLEDGED, comment="on it", receipt="?"),
            item(2, resolved=True, receipt="?"),
        ):
            told = item(
                state.id.sequence,
                resolved=state.resolved,
                reason=state.reason,
                receipt=receipt,
                comment=state.comment,
            )
            payload = slack_bot.render(how, message(told))
            verdicts.append(await slack_bot.deliver(SendContext(http), how, payload, "key"))
            receipt = verdicts[-1].receipt
    return verdicts


async def test_a_thread_over_an_alarms_life(http: HttpClient) -> None:
    api = Api()
    verdicts = await life(http, api)
    assert {one.receipt for one in verdicts} == {"C0ALARMS/1503435956.000000"}
    first, *answers = api.messages
    assert api.threads == dict.fromkeys(answers, first)
    assert api.broadcast == {answers[0]}  # nobody would notice a repetition in a thread
    texts = [seen.texts[0].split(" | ")[0] for seen in api.messages.values()]
    assert texts == [
        "🔴 *FIRING* CRITICAL",
        "🔴 *STILL FIRING* CRITICAL",
        "👀 *ACKNOWLEDGED* CRITICAL",
        "✅ *RESOLVED* CRITICAL",
    ]
    shown = [seen.text for seen in api.messages.values()]
    assert "*firing for 2h 5m, reminder 3*" in shown[1]
    assert "*acknowledged by kim: on it*" in shown[2]


async def test_one_message_over_an_alarms_life(http: HttpClient) -> None:
    api = Api()
    verdicts = await life(http, api, update="edit", language="ko")
    assert {one.receipt for one in verdicts} == {"C0ALARMS/1503435956.000000"}
    first, repeated = api.messages.values()
    assert first.texts[0].startswith("✅ *해소* CRITICAL")
    assert repeated.texts[0].startswith("🔴 *계속 발생 중* CRITICAL")
    assert "*2시간 5분째 발생 중, 재알림 3번째*" in repeated.text
    assert len(api.broadcast) == 1


async def test_each_by_itself(http: HttpClient) -> None:
    api = Api()
    verdicts = await life(http, api, update="none")
    assert len({one.receipt for one in verdicts}) == len(api.messages) == 4
    assert api.threads == {}


@pytest.mark.parametrize("update", ["thread", "edit"])
async def test_g1_a_first_message_that_is_gone_loses_nothing(http: HttpClient, update: str) -> None:
    api = Api(gone={"1503435956.000000"}, locked=True)
    verdicts = await life(http, api, update=update)
    assert [one.result for one in verdicts] == [Result.DELIVERED] * 4
    assert len(api.messages) == 4 - (update == "none")
    assert verdicts[1].receipt == "C0ALARMS/1503435956.000001"  # the new first one


async def test_what_slack_refuses_is_told_without_the_token(http: HttpClient) -> None:
    async with open_door(Api(quota=0)) as door:
        how = bot(f"{door.url}/api")
        payload = slack_bot.render(how, message(item()))
        busy = await slack_bot.deliver(SendContext(http), how, payload, "")
        how = bot(f"{door.url}/api", token=Secret("xoxb-canary-2"))
        wrong = await slack_bot.deliver(
            SendContext(http), how, slack_bot.render(how, message(item())), ""
        )
    how = bot("http://127.0.0.1:1/api")
    nowhere = await slack_bot.deliver(SendContext(http), how, b"{}", "")
    assert (busy.after, busy.cause) == (30.0, DeliveryCause.RATE_LIMITED)
    assert (wrong.after, wrong.cause) == (300.0, DeliveryCause.MISCONFIGURED)
    assert (nowhere.result, nowhere.cause) == (Result.RETRY, DeliveryCause.UNREACHABLE)
    assert "canary" not in f"{busy} {wrong} {nowhere} {how}"


@pytest.mark.parametrize(
    ("status", "body", "result", "cause", "after"),
    [
        (200, b'{"ok":true,"channel":"C1","ts":"1.2"}', Result.DELIVERED, DeliveryCause.NONE, None),
        (200, b'{"ok":false,"error":"msg_too_long"}', Result.FAILED, DeliveryCause.REJECTED, None),
        (
            200,
            b'{"ok":false,"error":"invalid_blocks"}',
            Result.FAILED,
            DeliveryCause.REJECTED,
            None,
        ),
        (200, b'{"ok":false,"error":"ratelimited"}', Result.RETRY, DeliveryCause.RATE_LIMITED, 7.0),
        (
            200,
            b'{"ok":false,"error":"internal_error"}',
            Result.RETRY,
            DeliveryCause.UNREACHABLE,
            7.0,
        ),
        (
            200,
            b'{"ok":false,"error":"not_in_channel"}',
            Result.RETRY,
            DeliveryCause.MISCONFIGURED,
            300.0,
        ),
        (
            200,
            b'{"ok":false,"error":"token_revoked"}',
            Result.RETRY,
            DeliveryCause.MISCONFIGURED,
            300.0,
        ),
        (200, b"<html>canary", Result.RETRY, DeliveryCause.MISCONFIGURED, 300.0),
        (302, b"", Result.RETRY, DeliveryCause.MISCONFIGURED, 300.0),
        (429, b"", Result.RETRY, DeliveryCause.RATE_LIMITED, 7.0),
        (503, b"", Result.RETRY, DeliveryCause.UNREACHABLE, 7.0),
    ],
)
def test_judge(
    status: int, body: bytes, result: Result, cause: DeliveryCause, after: float | None
) -> None:
    verdict = slack_bot.judge(status, {"retry-after": "7"}, body)
    assert (verdict.result, verdict.cause, verdict.after) == (result, cause, after)
    assert "canary" not in verdict.detail
    assert bool(verdict.detail) == (result is not Result.DELIVERED)


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"token": Secret("canary")}, "token is not a token"),
        ({"channel": "alarms"}, "channel must be"),
        ({"api": "ftp://h"}, "url is not an http"),
    ],
)
def test_nonsense_is_refused(changed: dict[str, Any], problem: str) -> None:
    good: dict[str, Any] = {"token": Secret("xoxb-canary"), "channel": "#alarms"}
    with pytest.raises(ValueError, match=problem) as caught:
        slack_bot.Settings(**(good | changed))
    assert "canary" not in str(caught.value)


def test_the_pace_stays_under_the_limit_of_edits() -> None:
    pace = slack_bot.limits(bot())
    assert 60 * pace.rate + pace.burst <= 50
