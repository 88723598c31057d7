"""The generic webhook: what it sends, how it signs, what answers mean."""

from __future__ import annotations

import hmac
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from alarminati.channels import webhook
from alarminati.channels.message import Item, Message
from alarminati.channels.port import RECONFIGURE_AFTER
from alarminati.config import Secret
from alarminati.core.model.entries import NotificationReason, Result
from tests.channels.samples import item, message

SETTINGS = webhook.Settings(url=Secret("https://receiver.example/hook/canary"))
PAGE = (Path(__file__).parents[2] / "docs/channels.md").read_text()
DATE = "Sun, 06 Nov 2026 08:49:37 GMT"


def read(told: Message) -> dict[str, object]:
    document = json.loads(webhook.render(SETTINGS, told))
    assert isinstance(document, dict)
    return document


def test_the_document() -> None:
    one = item(
        17,
        labels={"host": "ws-1"},
        annotations={"description": "5 of 5 failed"},
        link="https://grafana.example/d",
    )
    assert read(message(one)) == {
        "version": 1,
        "key": "key-1",
        "project": "w-sharing",
        "cluster": "seoul-1",
        "channel": "team",
        "status": "firing",
        "digest": False,
        "alarms": [
            {
                "id": "k3v9x2ab-17",
                "fingerprint": one.fingerprint,
                "status": "firing",
                "reason": "state_changed",
                "severity": "CRITICAL",
                "message": "[WS-API] Health check failed",
                "labels": {"host": "ws-1"},
                "annotations": {"description": "5 of 5 failed"},
                "project": "w-sharing",
                "timestamp": "2025-09-18T03:42:00Z",
                "since": "2025-09-18T03:42:00Z",
                "link": "https://grafana.example/d",
                "source": "http",
            }
        ],
    }


def test_the_page_shows_the_document_and_names_every_member() -> None:
    (shown,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    one = item(
        17,
        labels={"host": "ws-1"},
        annotations={"description": "5 of 5 failed"},
        link="https://grafana.example/d",
    )
    assert json.loads(shown) == read(message(one))
    seen = item(reason=NotificationReason.ACKNOWLEDGED, comment="on it", began=3)
    again = item(reason=NotificationReason.REMINDER, labels={"host": "x" * webhook.BODY_LIMIT})
    full = message(seen, again, item(resolved=True), late=90, left_out=1)
    worded = replace(message(item()), title="a", text="b", test=True)
    broken = replace(message(item()), broken=True)
    found: set[str] = set()
    for document in map(read, (full, worded, broken)):
        alarms = document["alarms"]
        assert isinstance(alarms, list)
        found.update(document, *alarms)
    named = set(re.findall(r"`(\w+)`", PAGE)) | set(re.findall(r'"(\w+)":', shown))
    assert {"cut", "until", "reminder_number", "template_failed", "late_seconds"} <= found <= named


def test_a_late_digest_of_both_states() -> None:
    document = read(message(item(1), item(1, resolved=True, project="x"), late=90.4, left_out=3))
    assert document["status"] == "mixed"
    assert document["digest"] is True
    assert (document["late_seconds"], document["left_out"]) == (90, 3)
    alarms = document["alarms"]
    assert isinstance(alarms, list)
    assert [one["status"] for one in alarms] == ["firing", "resolved"]
    assert alarms[1]["until"] == "2025-09-18T03:44:05Z"
    assert alarms[1]["project"] == "x"


def test_one_alarm_of_a_larger_notice_is_still_a_digest() -> None:
    assert read(message(item(), left_out=1))["digest"] is True
    assert read(message(item(resolved=True)))["status"] == "resolved"


def large(number: int) -> Item:
    text = "🔥" * 1024
    pairs = {f"{text[:60]}{n}": text for n in range(64)}
    return item(
        number, text * 8, labels=pairs, annotations=pairs, link=f"https://h/{'a' * 2000}",
        project="사" * 128,
    )  # fmt: skip


@pytest.mark.parametrize(("size", "left"), [(1, "all"), (2, "labels"), (500, "little")])
def test_the_body_keeps_to_a_megabyte(size: int, left: str) -> None:
    told = message(*(large(number) for number in range(size)))
    assert len(webhook.render(SETTINGS, told)) <= 1_000_000
    alarms = read(told)["alarms"]
    assert isinstance(alarms, list)
    assert len(alarms) == size
    for one, was in zip(alarms, told.items, strict=True):
        assert one["id"] == str(was.id)
        assert ("cut" in one) == (left != "all")
        assert bool(one["annotations"]) == (left == "all")
        assert bool(one["labels"]) == (left != "little")
        assert one["message"] == (was.alarm.message if left != "little" else "🔥" * 200)


def test_the_signature_is_over_time_and_body() -> None:
    expected = hmac.new(b"key", b'1795379249.{"a":1}', "sha256").hexdigest()
    assert webhook.sign("key", 1795379249, b'{"a":1}') == f"t=1795379249,v1={expected}"


@pytest.mark.parametrize(
    ("status", "headers", "result", "after"),
    [
        (200, {}, Result.DELIVERED, None),
        (202, {}, Result.DELIVERED, None),
        (204, {}, Result.DELIVERED, None),
        (301, {}, Result.RETRY, RECONFIGURE_AFTER),
        (400, {}, Result.FAILED, None),
        (413, {}, Result.FAILED, None),
        (422, {}, Result.FAILED, None),
        (401, {}, Result.RETRY, RECONFIGURE_AFTER),
        (403, {}, Result.RETRY, RECONFIGURE_AFTER),
        (404, {}, Result.RETRY, RECONFIGURE_AFTER),
        (410, {}, Result.RETRY, RECONFIGURE_AFTER),
        (408, {}, Result.RETRY, None),
        (425, {}, Result.RETRY, None),
        (429, {"retry-after": "12"}, Result.RETRY, 12.0),
        (429, {"retry-after": "0.5"}, Result.RETRY, 0.5),
        (429, {"retry-after": "-3"}, Result.RETRY, None),
        (429, {"retry-after": "nan"}, Result.RETRY, None),
        (429, {"retry-after": "9" * 40}, Result.RETRY, None),
        (503, {"retry-after": "Sun, 06 Nov 2026 08:50:07 GMT", "date": DATE}, Result.RETRY, 30.0),
        (503, {"retry-after": "Sun, 06 Nov 2026 08:00:00 GMT", "date": DATE}, Result.RETRY, 0.0),
        (503, {"retry-after": "Sun, 06 Nov 2026 08:50:07", "date": DATE}, Result.RETRY, None),
        (503, {"retry-after": "tomorrow", "date": DATE}, Result.RETRY, None),
        (500, {}, Result.RETRY, None),
        (502, {}, Result.RETRY, None),
        (599, {}, Result.RETRY, None),
    ],
)
def test_judge(status: int, headers: dict[str, str], result: Result, after: float | None) -> None:
    verdict = webhook.judge(status, headers, b"canary")
    assert (verdict.result, verdict.after) == (result, after)
    assert "canary" not in verdict.detail
    assert (str(status) in verdict.detail) == (result is not Result.DELIVERED)
