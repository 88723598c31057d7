"""PagerDuty: every alarm becomes an event it takes, and what is over is resolved (G1, G2, G8)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings

from alarminati.channels import pagerduty
from alarminati.channels.http_client import HttpClient
from alarminati.channels.message import Item
from alarminati.channels.port import RECONFIGURE_AFTER, BadSettings, SendContext
from alarminati.channels.table import configure
from alarminati.config import Secret
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import Result, Severity
from tests.channels.drawn import ITEMS
from tests.channels.samples import item, message
from tests.vendors.door import Reply, open_door
from tests.vendors.pagerduty import PagerDuty

KEY = "canary0123456789canary0123456789"
ENGLISH = pagerduty.Settings(routing_key=Secret(KEY))
KOREAN = pagerduty.Settings(routing_key=Secret(KEY), language="ko")


@pytest.fixture
def vendor() -> PagerDuty:
    return PagerDuty(KEY)


async def send(vendor: PagerDuty, *items: Item, key: str = KEY) -> Verdict:
    http = HttpClient()
    async with open_door(vendor) as door:
        how = pagerduty.Settings(routing_key=Secret(key), url=door.url)
        body = pagerduty.render(how, message(*items))
        verdict = await pagerduty.deliver(SendContext(http), how, body, "key-1")
    await http.close()
    assert "canary" not in verdict.detail
    return verdict


def event(told: bytes) -> dict[str, Any]:
    document = msgspec.json.decode(told)
    assert isinstance(document, dict)
    return document


@settings(max_examples=50, deadline=None)
@given(ITEMS)
def test_any_alarm_makes_an_event_that_pagerduty_takes(one: Item) -> None:
    vendor = PagerDuty(KEY)
    for how in (ENGLISH, KOREAN):
        assert vendor.refusal(pagerduty.render(how, message(one, late=90.0, left_out=2))) == ""


def test_an_alarm_in_full() -> None:
    one = item(17, labels={"host": "ws-1"}, annotations={"a": "b"}, link="https://g.example/d")
    assert event(pagerduty.render(KOREAN, message(one, late=90.4))) == {
        "routing_key": KEY,
        "event_action": "trigger",
        "dedup_key": f"{one.fingerprint}/seoul-1/w-sharing",
        "client": "Alarminati w-sharing · seoul-1",
        "payload": {
            "summary": "[WS-API] Health check failed",
            "source": "w-sharing/seoul-1",
            "severity": "critical",
            "timestamp": "2025-09-18T03:42:00Z",
            "group": "w-sharing",
            "custom_details": {
                "id": "k3v9x2ab-17",
                "message": "[WS-API] Health check failed",
                "since": "2025-09-18T03:42:00Z",
                "labels": {"host": "ws-1"},
                "annotations": {"a": "b"},
                "late_seconds": 90,
            },
        },
        "links": [{"href": "https://g.example/d", "text": "열기"}],
    }


def test_an_end_resolves_what_the_alarm_opened() -> None:
    fired = event(pagerduty.render(ENGLISH, message(item(1, severity=Severity.INFO))))
    over = event(pagerduty.render(ENGLISH, message(item(2, severity=Severity.INFO, resolved=True))))
    assert (fired["event_action"], over["event_action"]) == ("trigger", "resolve")
    assert fired["dedup_key"] == over["dedup_key"]
    assert fired["payload"]["severity"] == "info"
    assert over["payload"]["custom_details"]["until"] == "2025-09-18T03:44:05Z"


def test_what_is_too_large_loses_annotations_then_the_rest() -> None:
    pairs = {f"{'🔥' * 60}{n}": "🔥" * 1024 for n in range(64)}
    large = item(1, "🔥" * 8192, labels=pairs, annotations=pairs, link="https://h/")
    told = pagerduty.render(ENGLISH, message(large))
    details = event(told)["payload"]["custom_details"]
    assert len(told) <= 512_000
    assert (details["cut"], len(details["labels"]), "annotations" in details) == (True, 64, False)
    huge = item(1, "🔥" * 8192, labels={f"{n}{'🔥' * 100}": "🔥" * 1024 for n in range(128)})
    told = pagerduty.render(ENGLISH, message(huge))
    details = event(told)["payload"]["custom_details"]
    assert len(told) <= 512_000
    assert (details["cut"], "labels" in details, len(details["message"])) == (True, False, 4000)


async def test_a_notice_of_several_is_delivered_when_all_were_taken(vendor: PagerDuty) -> None:
    verdict = await send(vendor, item(1, "a"), item(2, "b"), item(3, "a", resolved=True))
    assert verdict.result is Result.DELIVERED
    assert [one["payload"]["summary"] for one in vendor.events] == ["a", "b", "a"]
    assert vendor.open == [f"{item(2, 'b').fingerprint}/seoul-1/w-sharing"]


async def test_g2_a_second_attempt_opens_nothing_twice(vendor: PagerDuty) -> None:
    vendor.answers = [Reply(202, {}), Reply(429, b"", {"Retry-After": "7"})]
    first = await send(vendor, item(1, "a"), item(2, "b"), item(3, "c"))
    assert (first.result, first.after, vendor.requests) == (Result.RETRY, 7.0, 2)
    for _ in range(2):
        assert (await send(vendor, item(1, "a"), item(2, "b"))).result is Result.DELIVERED
    assert len(vendor.events) == 4
    assert len(vendor.open) == 2


async def test_a_refused_event_stops_no_other(vendor: PagerDuty) -> None:
    vendor.answers = [Reply(400, {"errors": ["canary"]})]
    verdict = await send(vendor, item(1, "a"), item(2, "b"))
    assert verdict.result is Result.FAILED
    assert "1 of 2 events" in verdict.detail
    assert [one["payload"]["summary"] for one in vendor.events] == ["b"]


async def test_a_wrong_key_is_asked_again_now_and_then(vendor: PagerDuty) -> None:
    verdict = await send(vendor, item(), key="0" * 32)
    assert (verdict.result, verdict.after) == (Result.RETRY, RECONFIGURE_AFTER)


async def test_nobody_there() -> None:
    how = pagerduty.Settings(routing_key=Secret(KEY), url="http://127.0.0.1:1/")
    verdict = await pagerduty.deliver(SendContext(HttpClient()), how, b"{}", "key-1")
    assert verdict.result is Result.RETRY
    assert "127.0.0.1:1" in verdict.detail


@pytest.mark.parametrize(
    ("status", "headers", "body", "result", "after"),
    [
        (202, {}, b"{}", Result.DELIVERED, None),
        (200, {}, b"<html>", Result.RETRY, RECONFIGURE_AFTER),
        (302, {}, b"", Result.RETRY, RECONFIGURE_AFTER),
        (400, {}, b"'payload.severity' is invalid", Result.FAILED, None),
        (400, {}, b"Length of 'routing_key' is incorrect", Result.RETRY, RECONFIGURE_AFTER),
        (400, {}, b"Invalid routing key", Result.RETRY, RECONFIGURE_AFTER),
        (400, {}, b"Invalid key", Result.RETRY, RECONFIGURE_AFTER),
        (403, {}, b"", Result.RETRY, RECONFIGURE_AFTER),
        (404, {}, b"", Result.RETRY, RECONFIGURE_AFTER),
        (408, {}, b"", Result.RETRY, None),
        (413, {}, b"", Result.FAILED, None),
        (429, {"retry-after": "30"}, b"", Result.RETRY, 30.0),
        (429, {}, b"", Result.RETRY, None),
        (503, {}, b"", Result.RETRY, None),
    ],
)
def test_judge(
    status: int, headers: dict[str, str], body: bytes, result: Result, after: float | None
) -> None:
    verdict = pagerduty.judge(status, headers, body)
    assert (verdict.result, verdict.after) == (result, after)
    assert (str(status) in verdict.detail) == (result is not Result.DELIVERED)


@pytest.mark.parametrize("key", ["canary", "canary-123456789canary-123456789", ""])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    with pytest.raises(BadSettings, match="routing_key must be 32") as caught:
        configure("duty", "pagerduty", {"routing_key": Secret(key)})
    assert "canary" not in str(caught.value)


def test_the_channel_hides_its_key() -> None:
    channel = configure("duty", "pagerduty", {"routing_key": Secret(KEY)})
    assert channel.destination == "events.pagerduty.com"
    assert (channel.limits.max_items, channel.limits.rate) == (1, 2.0)
    assert "canary" not in repr(channel)
