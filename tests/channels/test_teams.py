"""Teams: whatever the alarms are, a flow takes the card, and it tells every alarm (G1, G7, G8)."""

from __future__ import annotations

import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.channels import teams
from alarminati.channels.http_client import HttpClient
from alarminati.channels.message import Item
from alarminati.channels.port import RECONFIGURE_AFTER, SendContext
from alarminati.channels.table import configure
from alarminati.config import Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import DeliveryCause, Result, Severity
from tests.channels.drawn import ITEMS, crowd
from tests.channels.samples import item, message
from tests.vendors.door import Reply, open_door
from tests.vendors.teams import Flow, Seen

ENGLISH = teams.Settings(url=Secret("https://flow.example/invoke?sig=canary"))
KOREAN = teams.Settings(url=ENGLISH.url, language="ko")


async def send(flow: Flow, *items: Item) -> Verdict:
    http = HttpClient()
    async with open_door(flow) as door:
        how = teams.Settings(url=Secret(f"{door.url}/invoke?sig=canary"))
        body = teams.render(how, message(*items))
        verdict = await teams.deliver(SendContext(http), how, body, "key-1")
    await http.close()
    assert "canary" not in verdict.detail
    return verdict


@settings(max_examples=60, deadline=None)
@given(st.lists(ITEMS, min_size=1, max_size=4), st.sampled_from([ENGLISH, KOREAN]), st.booleans())
def test_any_alarms_make_a_card_that_a_flow_takes(
    items: list[Item], how: teams.Settings, troubled: bool
) -> None:
    seen = Seen(teams.render(how, message(*items, late=90.0 * troubled, left_out=3 * troubled)))
    assert seen.refusal == ""
    assert "{{" not in "".join(seen.texts)


@pytest.mark.parametrize("seed", range(12))
def test_a_digest_lists_or_counts_every_alarm(seed: int) -> None:
    items, tokens = crowd(Random(seed), (2, 10, 100, 500)[seed % 4])
    seen = Seen(teams.render(ENGLISH, message(*items)))
    assert seen.refusal == ""
    listed = tokens.intersection(re.findall(r"t\d{5}", "\n".join(seen.texts[1:])))
    assert len(listed) + seen.rest == len(items), f"seed {seed}"
    firing = sum(not one.resolved for one in items)
    assert f"{firing} firing, {len(items) - firing} resolved" in seen.texts[0]


def test_a_hundred_different_alarms_all_have_a_line() -> None:
    items = [item(n, f"t{n:05d} something happened over there") for n in range(100)]
    seen = Seen(teams.render(ENGLISH, message(*items)))
    assert seen.rest == 0
    assert len(seen.texts) == 101


def test_five_hundred_large_alarms_are_counted_by_group() -> None:
    items = [item(n, f"{n}{'가' * 8000}", project=f"p{n % 3}") for n in range(500)]
    seen = Seen(teams.render(ENGLISH, message(*items)))
    assert seen.refusal == ""
    counts = [int(count) for count in re.findall(r"p\d (\d+)", seen.texts[-1])]
    assert sum(counts) == seen.rest > 0


def test_one_alarm_in_full() -> None:
    one = item(labels={"host": "ws_1"}, annotations={"why": "*5* of 5"}, link="https://g.example/d")
    seen = Seen(teams.render(KOREAN, message(one, late=700)))
    assert seen.style == "attention"
    assert seen.texts == [
        "🔴 발생 CRITICAL | w-sharing · seoul-1",
        "[WS-API] Health check failed",
        "host: ws_1",
        "why: *5* of 5",
        "보고 시각 2025-09-18T03:42:00Z | 11분 40초 늦게 도착 | k3v9x2ab-1",
    ]
    assert seen.actions == [
        {"type": "Action.OpenUrl", "title": "열기", "url": "https://g.example/d"}
    ]


def test_firing_resolved_and_digest_look_different() -> None:
    over = Seen(teams.render(ENGLISH, message(item(resolved=True))))
    assert (over.style, over.texts[0][:10]) == ("good", "✅ RESOLVED")
    assert "after 2m 5s" in over.texts[-1]
    items = [item(1, "disk", Severity.WARNING), item(2, "down"), item(3, "down", resolved=True)]
    many = Seen(teams.render(ENGLISH, message(*items, left_out=2)))
    assert many.texts == [
        "🔴 2 firing, 1 resolved | w-sharing · seoul-1",
        "🔴 down ✅",
        "🟡 disk",
        "✅ down",
        "2 no longer kept",
    ]


async def test_a_flow_takes_it() -> None:
    flow = Flow()
    assert (await send(flow, item(1, "a"), item(2, "b"))).result is Result.DELIVERED
    assert len(flow.posted) == 1


async def test_a_flow_that_is_throttled_says_when() -> None:
    flow = Flow([Reply(429, b"", {"Retry-After": "12"})])
    verdict = await send(flow, item())
    assert (verdict.result, verdict.after) == (Result.RETRY, 12.0)
    assert flow.posted == []


async def test_nobody_there() -> None:
    how = teams.Settings(url=Secret("http://127.0.0.1:1/invoke?sig=canary"))
    verdict = await teams.deliver(SendContext(HttpClient()), how, b"{}", "key-1")
    assert verdict.result is Result.RETRY
    assert "canary" not in verdict.detail


@pytest.mark.parametrize(
    ("status", "headers", "body", "result", "after"),
    [
        (202, {}, b"", Result.DELIVERED, None),
        (200, {}, b"{}", Result.DELIVERED, None),
        (200, {}, b" <html>canary", Result.RETRY, RECONFIGURE_AFTER),
        (400, {}, b'{"error":{"code":"TriggerInputSchemaMismatch"}}', Result.FAILED, None),
        (400, {}, b'{"error":{"code":"canary"}}', Result.RETRY, RECONFIGURE_AFTER),
        (401, {}, b"", Result.RETRY, RECONFIGURE_AFTER),
        (404, {}, b'{"error":{"code":"WorkflowNotFound"}}', Result.RETRY, RECONFIGURE_AFTER),
        (413, {}, b"", Result.FAILED, None),
        (429, {"retry-after": "3"}, b"", Result.RETRY, 3.0),
        (502, {}, b"", Result.RETRY, None),
    ],
)
def test_judge(
    status: int, headers: dict[str, str], body: bytes, result: Result, after: float | None
) -> None:
    verdict = teams.judge(status, headers, body)
    assert (verdict.result, verdict.after) == (result, after)
    assert (str(status) in verdict.detail) == (result is not Result.DELIVERED)
    assert "canary" not in verdict.detail


def test_the_channel_hides_its_address() -> None:
    channel = configure("team", "teams", {"url": ENGLISH.url})
    assert channel.destination == "flow.example"
    assert (channel.limits.max_items, channel.limits.rate) == (100, 0.5)
    assert "canary" not in repr(channel)


SENTENCE = (
    b"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error %d"
    b" with ContextId tcid=0,server=x,cv=y.."
)


@pytest.mark.parametrize(
    ("body", "result", "cause"),
    [
        (SENTENCE % 429, Result.RETRY, DeliveryCause.RATE_LIMITED),
        (SENTENCE % 503, Result.RETRY, DeliveryCause.UNREACHABLE),
        (SENTENCE % 413, Result.FAILED, DeliveryCause.REJECTED),
        (SENTENCE % 400, Result.FAILED, DeliveryCause.REJECTED),
        (SENTENCE % 403, Result.RETRY, DeliveryCause.MISCONFIGURED),
        (SENTENCE % 410, Result.RETRY, DeliveryCause.MISCONFIGURED),
        (
            b"Webhook message delivery failed with error: canary",
            Result.RETRY,
            DeliveryCause.UNREACHABLE,
        ),
        (b'{"error": {"code": "canary"}}', Result.RETRY, DeliveryCause.UNREACHABLE),
        (b"1", Result.DELIVERED, DeliveryCause.NONE),
        (b"", Result.DELIVERED, DeliveryCause.NONE),
        (b'{"id": "17"}', Result.DELIVERED, DeliveryCause.NONE),
    ],
)
def test_a_failure_inside_a_200_is_one(body: bytes, result: Result, cause: DeliveryCause) -> None:
    verdict = teams.judge(200, {}, body)
    assert (verdict.result, verdict.cause) == (result, cause)
    assert "canary" not in verdict.detail
