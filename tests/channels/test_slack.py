"""Slack: whatever the alarms are, Slack takes the message, and it tells every alarm (G1, G8)."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import slack
from alarminati.channels.markup import length
from alarminati.channels.message import Item
from alarminati.channels.slack_text import MRKDWN
from alarminati.channels.wording import span
from alarminati.config import Secret
from alarminati.core.model.entries import Result, Severity
from tests.channels.drawn import ITEMS, TEXT, crowd
from tests.channels.samples import item, message
from tests.vendors.slack import Seen

ENGLISH = slack.Settings(url=Secret("https://hooks.slack.com/services/T0/B0/canary"))
KOREAN = slack.Settings(url=ENGLISH.url, language="ko")


@settings(max_examples=150, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=5), st.sampled_from([ENGLISH, KOREAN]), st.booleans())
def test_any_alarms_make_a_message_that_slack_takes(
    items: list[Item], how: slack.Settings, troubled: bool
) -> None:
    told = message(*items, late=4000.0 * troubled, left_out=3 * troubled)
    seen = Seen(slack.render(how, told))
    assert seen.refusal is None
    assert seen.broken() == []


@pytest.mark.parametrize("seed", range(60))
def test_a_digest_lists_or_counts_every_alarm(seed: int) -> None:
    dice = Random(seed)
    items, tokens = crowd(dice, dice.choice([2, 3, 10, 50, 200, 500, 1000]))
    seen = Seen(slack.render(ENGLISH, message(*items)))
    assert seen.refusal is None
    listed = tokens.intersection(re.findall(r"t\d{5}", "\n".join(seen.texts[1:])))
    assert len(listed) + seen.rest == len(items), f"seed {seed}"
    firing = sum(not one.resolved for one in items)
    assert f"*{firing} firing, {len(items) - firing} resolved*" in seen.texts[0]


@pytest.mark.parametrize("seed", range(10))
def test_what_is_not_listed_is_counted_by_named_group(seed: int) -> None:
    items = [
        item(n, message=f"{n} {'&' * 300}", severity=list(Severity)[n % 4], project=f"p{n % 3}")
        for n in range(300 + seed * 70)
    ]
    seen = Seen(slack.render(ENGLISH, message(*items)))
    foot = seen.texts[-1]
    assert seen.rest > 0
    counts = [int(count) for count in re.findall(r"p\d (\d+)", foot)]
    assert sum(counts) == seen.rest
    assert "🔵 INFO p2" in foot


def test_groups_that_do_not_fit_are_counted_together() -> None:
    items = [item(n, message=f"{n} {'&' * 300}", project=f"project-{n}") for n in range(900)]
    seen = Seen(slack.render(ENGLISH, message(*items)))
    named = re.findall(r"project-\d+ (\d+),", seen.texts[-1])
    others = re.search(r"(\d+) in (\d+) other groups", seen.texts[-1])
    assert others is not None
    assert sum(map(int, named)) + int(others[1]) == seen.rest
    assert others[1] == others[2]


def test_two_hundred_different_alarms_all_have_a_line() -> None:
    items = [item(n, message=f"t{n:05d} something happened over there") for n in range(200)]
    seen = Seen(slack.render(ENGLISH, message(*items)))
    assert seen.rest == 0
    assert len(set(re.findall(r"t\d{5}", "\n".join(seen.texts[1:])))) == 200


def test_firing_and_resolved_look_different() -> None:
    fired = Seen(slack.render(ENGLISH, message(item())))
    over = Seen(slack.render(ENGLISH, message(item(resolved=True))))
    assert fired.texts[0].startswith("🔴 *FIRING* CRITICAL | w-sharing · seoul-1")
    assert over.texts[0].startswith("✅ *RESOLVED* CRITICAL | w-sharing · seoul-1")
    assert fired.colours == ["#d00000"]
    assert over.colours == ["#2eb67d"]
    assert "after 2m 5s" in over.text


def test_one_alarm_in_full() -> None:
    one = item(
        labels={"host": "ws-1", "service": "api"},
        annotations={"description": "5 of 5 probes failed"},
        link="https://grafana.example/d?a=1&b=2",
    )
    seen = Seen(slack.render(KOREAN, message(one, late=700)))
    assert seen.texts == [
        "🔴 *발생* CRITICAL | w-sharing · seoul-1\n[WS-API] Health check failed",
        "*host*\nws-1",
        "*service*\napi",
        "*description* 5 of 5 probes failed",
        "보고 시각 <!date^1758166920^{date_num} {time_secs}|2025-09-18T03:42:00Z>"
        " (2025-09-18T03:42:00Z) | 11분 40초 늦게 도착 | `k3v9x2ab-1`",
        "<https://grafana.example/d?a=1&amp;b=2|*열기*>",
    ]


def test_a_digest_puts_the_worst_first_and_what_is_over_last() -> None:
    items = [
        item(1, "disk", Severity.WARNING, labels={"host": "a"}),
        item(2, "down", resolved=True),
        item(3, "down"),
        item(4, "disk", Severity.WARNING, labels={"host": "b"}),
    ]
    seen = Seen(slack.render(ENGLISH, message(*items, left_out=2)))
    assert seen.colours == ["#d00000", "#f2c744", "#2eb67d"]
    assert seen.texts == [
        "🔴 *3 firing, 1 resolved* | w-sharing · seoul-1\ndown",
        "🔴 down ✅",  # told as over further down
        "🟡 disk ×2: a, b",
        "✅ down",
        "2 no longer kept",
    ]


@given(TEXT, st.integers(1, 200))
@settings(max_examples=200, deadline=None)
def test_fit_keeps_to_its_limit_and_cuts_only_what_is_too_long(text: str, limit: int) -> None:
    short = MRKDWN.fit(text, limit)
    assert length(short) <= limit
    whole = MRKDWN.fit(text, 100_000)
    assert short == whole or (short.endswith("…") and whole.startswith(short[:-1]))


def test_spans() -> None:
    assert [span(s) for s in (0, 59.6, 3700, 90000, -5)] == ["0s", "1m", "1h 1m", "1d 1h", "0s"]


@pytest.mark.parametrize(
    ("status", "headers", "body", "result", "after"),
    [
        (200, {}, b"ok", Result.DELIVERED, None),
        (200, {}, b'{"ok":true}', Result.DELIVERED, None),
        (200, {}, b"<!DOCTYPE html>", Result.RETRY, 300.0),
        (200, {}, b'{"ok":false,"error":"channel_not_found"}', Result.RETRY, 300.0),
        (400, {}, b"invalid_payload", Result.FAILED, None),
        (400, {}, b"invalid_blocks", Result.FAILED, None),
        (400, {}, b"user_not_found", Result.RETRY, 300.0),
        (413, {}, b"", Result.FAILED, None),
        (403, {}, b"action_prohibited", Result.RETRY, 300.0),
        (403, {}, b"invalid_token", Result.RETRY, 300.0),
        (404, {}, b"channel_not_found", Result.RETRY, 300.0),
        (410, {}, b"channel_is_archived", Result.RETRY, 300.0),
        (302, {"location": "https://slack.com/"}, b"", Result.RETRY, 300.0),
        (429, {"retry-after": "30"}, b"rate_limited", Result.RETRY, 30.0),
        (429, {}, b'{"ok":false,"error":"rate_limited","retry_after":7}', Result.RETRY, 7.0),
        (429, {}, b'{"retry_after":"soon"}', Result.RETRY, None),
        (429, {}, b"[" * 60_000, Result.RETRY, None),
        (500, {}, b"rollup_error", Result.RETRY, None),
        (503, {"retry-after": "5"}, b"", Result.RETRY, 5.0),
        (408, {}, b"", Result.RETRY, None),
    ],
)
def test_judge(
    status: int, headers: dict[str, str], body: bytes, result: Result, after: float | None
) -> None:
    verdict = slack.judge(status, headers, body)
    assert (verdict.result, verdict.after) == (result, after)
    assert bool(verdict.detail) == (result is not Result.DELIVERED)
    if result is not Result.DELIVERED:
        assert str(status) in verdict.detail


def test_judge_repeats_codes_but_no_other_text() -> None:
    assert "channel_not_found" in slack.judge(404, {}, b"channel_not_found").detail
    canary = b"no such path /services/T0/B0/canary"
    assert "canary" not in slack.judge(404, {}, canary).detail
