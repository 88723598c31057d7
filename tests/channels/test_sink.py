"""The sink refuses what Slack refuses and misbehaves as told, or tests against it prove nothing."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from typing import Any

import msgspec
import pytest

from alarminati.channels import slack
from alarminati.channels.http_client import HttpClient, HttpResponse
from alarminati.config import Secret
from alarminati.demo.show import pretty
from alarminati.demo.sink import Fault, Sink
from alarminati.demo.slack_rules import refusal
from tests.channels.samples import item, message


def body(**parts: Any) -> bytes:
    return json.dumps(parts).encode()


def text(size: int) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * size}}


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"{", "invalid_payload"),
        (b"[]", "invalid_payload"),
        (body(), "no_text"),
        (body(text="hello"), None),
        (body(text="x" * 40_001), "msg_too_long"),
        (body(text="a", blocks=[text(3000)]), None),
        (body(text="a", blocks=[text(3001)]), "invalid_blocks"),
        (body(text="a", blocks=[text(1)] * 50), None),
        (body(text="a", blocks=[text(1)] * 51), "invalid_blocks"),
        (body(text="a", attachments=[{"blocks": [text(1)] * 26}] * 2), "invalid_blocks"),
        (body(text="a", blocks=[text(3000)] * 5), "msg_blocks_too_long"),
        (body(text="a", blocks=[{"type": "section"}]), "invalid_blocks"),
        (body(text="a", blocks=[{"type": "context", "elements": []}]), "invalid_blocks"),
        (body(text="a", blocks=[{"type": "poem"}]), "invalid_blocks"),
        (body(text="a", attachments=[{}] * 101), "too_many_attachments"),
    ],
)
def test_slack_refuses(payload: bytes, code: str | None) -> None:
    assert refusal(payload) == code


async def test_faults_pass_and_the_next_request_is_well(http: HttpClient) -> None:
    sink = Sink()
    await sink.start()
    sink.faults.append(Fault(kind="status", status=500, count=2))
    sink.faults.append(Fault(kind="status", status=429, retry_after=1.5, count=1))
    answers = [await http.post(sink.url, b"{}", {}, timeout=5) for _ in range(4)]
    assert [answer.status for answer in answers] == [500, 500, 429, 200]
    assert answers[2].headers["retry-after"] == "1.5"
    await sink.wait(1)
    await sink.stop()


async def test_a_rate_is_enforced_and_says_when_to_come_back(http: HttpClient) -> None:
    sink = Sink(slack=True, rate=0.1, burst=2)
    await sink.start()
    answers: list[HttpResponse] = []
    for _ in range(3):
        answers.append(await http.post(sink.url, b'{"text":"a"}', {}, timeout=5))
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert answers[2].headers["retry-after"] == "10"
    await sink.stop()


async def test_as_a_process_it_tells_its_port_and_every_delivery(http: HttpClient) -> None:
    command = [sys.executable, "-m", "alarminati.demo.sink", "--port", "0", "--slack"]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        url = f"http://127.0.0.1:{json.loads(await process.stdout.readline())['port']}"
        fault = b'{"kind": "status", "status": 503, "count": 1}'
        assert (await http.post(f"{url}/-/faults", fault, {}, timeout=5)).status == 200
        assert (await http.post(f"{url}/x", b'{"text":"a"}', {}, timeout=5)).status == 503
        assert (await http.post(f"{url}/x", b'{"text":"a"}', {}, timeout=5)).status == 200
        first = json.loads(await process.stdout.readline())
        second = json.loads(await process.stdout.readline())
    finally:
        process.terminate()
        await process.wait()
    assert (first["status"], second["status"]) == (503, 200)
    assert second["body"] == {"text": "a"}
    assert second["path"] == "/x"


def test_what_is_shown_is_readable_and_cannot_steer_the_terminal() -> None:
    settings = slack.Settings(url=Secret("https://h/x"))
    told = message(item(1, "down \x1b[2J <b>", link="https://h/?a=1&b=2"))
    shown = pretty(slack.render(settings, told))
    assert "down \ufffd[2J <b>" in shown
    assert "\x1b[2J" not in shown
    assert "https://h/?a=1&b=2" in shown
    assert re.search(r"2025-09-18T03:42:00Z", shown)
    assert "&" + "lt;" not in shown
    assert pretty(b"\x1b[2Jplain") == "\ufffd[2Jplain"
    alarm = {"status": "firing", "severity": "ERROR", "message": "m\x07", "labels": {"a": "b"}}
    assert "firing ERROR m\ufffd" in pretty(msgspec.json.encode({"alarms": [alarm]}))
