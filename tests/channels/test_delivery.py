"""The delivery shell: always an answer, never an exception, never a secret (G1, G2, G7, G8)."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from alarminati.agent.delivery.sender import Delivery
from alarminati.channels.http_client import HttpClient
from alarminati.channels.message import Item, Message
from alarminati.channels.port import Channel, SendContext
from alarminati.channels.table import configure
from alarminati.config import Secret
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.delivery.attempts import Attempt, Verdict
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Entry,
    EntryId,
    Notification,
    NotificationItem,
    NotificationReason,
    Result,
    Severity,
)
from alarminati.core.model.hlc import COUNTER_BITS
from alarminati.demo.sink import Fault, Sink
from tests.channels.samples import NOON
from tests.vendors.certificates import server_tls
from tests.vendors.door import open_door
from tests.vendors.slack import Seen
from tests.vendors.slack_api import Api

ORIGIN = "k3v9x2ab"
CANARY = "canary-7d1f"


@dataclass
class Desk:
    """A delivery shell over a book with some alarms, and what it said."""

    sinks: list[Sink] = field(default_factory=list)
    book: AlarmBook = field(default_factory=AlarmBook)
    channels: dict[str, Channel] = field(default_factory=dict)
    http: HttpClient = field(default_factory=HttpClient)
    wall: int = NOON
    said: list[tuple[int, Verdict, int]] = field(default_factory=list)
    planned: float = 0.0
    receipts: dict[tuple[str, str], str] = field(default_factory=dict)
    news: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.delivery = Delivery(
            self.channels,
            self.http,
            self.book,
            project="w-sharing",
            cluster="seoul-1",
            wall=lambda: self.wall,
            planned=lambda *which: self.planned,
            receipts=lambda *which: self.receipts.get(which, ""),
        )

    @property
    def sink(self) -> Sink:
        return self.sinks[0]

    async def open(self, **settings: Any) -> Sink:
        self.sinks.append(Sink(**settings))
        await self.sinks[-1].start()
        return self.sinks[-1]

    async def close(self) -> None:
        await self.delivery.stop(0)
        for sink in self.sinks:
            await sink.stop()

    def channel(self, name: str, type_: str = "webhook", **settings: object) -> None:
        url = settings.pop("url", self.sink.url)
        self.channels[name] = configure(name, type_, {"url": url, **settings})

    def report(self, sequence: int, message: str, *, resolved: bool = False) -> NotificationItem:
        alarm = Alarm(message, Severity.CRITICAL, NOON, resolved, key=message.split()[0])
        stamp = (NOON + sequence * 1000) << COUNTER_BITS
        self.book.apply(Entry(ORIGIN, sequence, stamp, alarm))
        return NotificationItem(EntryId(ORIGIN, sequence), alarm.fingerprint(), resolved)

    def begin(self, number: int, channel: str, *items: NotificationItem) -> None:
        notice = Notification(channel, items, f"key-{number}")
        attempt = Attempt(EntryId(ORIGIN, 1000 + number), notice, number, 5.0, 0.0)
        self.delivery.begin(attempt, self.done)

    def done(self, attempt: Attempt, verdict: Verdict, duration: int) -> None:
        self.said.append((attempt.number, verdict, duration))
        self.news.set()

    async def verdicts(self, count: int) -> list[Verdict]:
        async with asyncio.timeout(20):
            while len(self.said) < count:
                self.news.clear()
                await self.news.wait()
        return [verdict for _, verdict, _ in self.said]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    made = Desk()
    await made.open()
    yield made
    await made.close()


async def test_an_attempt_arrives_with_its_key(desk: Desk) -> None:
    desk.channel("ops")
    desk.begin(1, "ops", desk.report(1, "down"))
    assert await desk.verdicts(1) == [Verdict.delivered()]
    got = desk.sink.received[0]
    assert got.headers["idempotency-key"] == "key-1"
    document = json.loads(got.body)
    assert (document["key"], document["cluster"], document["channel"]) == (
        "key-1",
        "seoul-1",
        "ops",
    )
    assert [one["id"] for one in document["alarms"]] == [f"{ORIGIN}-1"]
    assert "late_seconds" not in document


async def test_episodes_are_told_with_their_own_times(desk: Desk) -> None:
    desk.channel("ops")
    fired = desk.report(1, "down")
    over = desk.report(2, "down and up again", resolved=True)
    desk.report(3, "down")
    desk.wall = NOON + 3600_000
    desk.begin(1, "ops", fired, over)
    await desk.verdicts(1)
    document = json.loads(desk.sink.received[0].body)
    first, second = document["alarms"]
    assert document["status"] == "mixed"
    assert (first["status"], first["since"]) == ("firing", "2025-09-18T03:42:01Z")
    assert (second["message"], second["status"]) == ("down and up again", "resolved")
    assert (second["since"], second["until"]) == ("2025-09-18T03:42:01Z", "2025-09-18T03:42:02Z")
    assert document["late_seconds"] == 3598


async def test_alarms_no_longer_kept_are_counted(desk: Desk) -> None:
    desk.channel("team", "slack")
    gone = NotificationItem(EntryId(ORIGIN, 99), "0" * 16, False)
    desk.begin(1, "team", desk.report(1, "down"), gone)
    assert await desk.verdicts(1) == [Verdict.delivered()]
    assert "1 no longer kept" in Seen(desk.sink.received[0].body).text
    desk.begin(2, "team", gone)
    assert (await desk.verdicts(2))[1].result is Result.FAILED
    assert len(desk.sink.received) == 1


async def test_what_was_told_and_forgotten_since_is_no_dead_letter(desk: Desk) -> None:
    """Two sides of a partition decided on it; the one has told it and forgotten it."""
    desk.channel("team", "slack")
    told = desk.report(1, "down")
    desk.report(2, "down", resolved=True)
    desk.report(3, "other")
    desk.report(4, "other", resolved=True)
    desk.book.bounds = Bounds(closed=1)
    assert len(desk.book.shed(lambda state: True, looks=1)) == 1
    desk.begin(1, "team", told)
    assert await desk.verdicts(1) == [Verdict.delivered()]
    assert desk.sink.received == []


async def test_a_channel_that_is_gone_is_a_dead_letter(desk: Desk) -> None:
    desk.begin(1, "old", desk.report(1, "down"))
    assert (await desk.verdicts(1))[0].result is Result.FAILED


async def test_a_hanging_channel_delays_no_other(desk: Desk) -> None:
    slow = await desk.open()
    slow.faults.append(Fault(kind="hang"))
    desk.channel("slow", url=slow.url)
    desk.channel("ops")
    item = desk.report(1, "down")
    for number in range(50):
        desk.begin(number, "slow", item)
    desk.begin(100, "ops", item)
    await desk.verdicts(1)
    assert desk.said[0][:2] == (100, Verdict.delivered())
    await desk.delivery.stop(0.0)
    assert len(desk.said) == 51
    assert {verdict.result for _, verdict, _ in desk.said[1:]} == {Result.RETRY}


async def test_g8_what_a_digest_lists_is_let_go_of_before_it_is_sent(desk: Desk) -> None:
    desk.sink.faults.append(Fault(kind="hang"))
    desk.channel("ops")
    items = [desk.report(number, f"down-{number}") for number in range(1, 4)]
    desk.begin(1, "ops", *items)
    told = {item.fingerprint for item in items}
    async with asyncio.timeout(20):
        while not len(desk.http.pool):  # until it is being sent
            await asyncio.sleep(0)
    held = [each for each in gc.get_objects() if isinstance(each, Item)]
    assert not [item for item in held if item.fingerprint in told]
    assert desk.delivery.running == 1


async def test_stop_lets_what_is_under_way_end(desk: Desk) -> None:
    slow = await desk.open(delay=0.2)
    desk.channel("ops", url=slow.url)
    desk.begin(1, "ops", desk.report(1, "down"))
    await desk.delivery.stop(10.0)
    assert [verdict for _, verdict, _ in desk.said] == [Verdict.delivered()]
    assert desk.said[0][2] >= 190
    assert desk.delivery.running == 0


@dataclass(frozen=True)
class Broken:
    """A channel with mistakes in it."""

    type: str = "discord"
    in_render: bool = False

    def render(self, message: Message) -> bytes:
        if self.in_render:
            raise ValueError(CANARY)
        return b""

    async def deliver(self, means: SendContext, payload: bytes, key: str) -> Verdict:
        raise RuntimeError(CANARY)

    name = "broken"
    templates = ("", "")
    limits = configure("x", "webhook", {"url": "http://h"}).limits


@pytest.mark.parametrize(("in_render", "result"), [(True, Result.FAILED), (False, Result.RETRY)])
async def test_a_mistake_in_a_channel_stays_in_it(
    desk: Desk, in_render: bool, result: Result, caplog: pytest.LogCaptureFixture
) -> None:
    desk.channels["broken"] = Broken(in_render=in_render)  # type: ignore[assignment]
    desk.begin(1, "broken", desk.report(1, "down"))
    assert (await desk.verdicts(1))[0].result is result
    assert "broken" in caplog.text
    assert CANARY not in f"{caplog.text} {desk.said}"


async def test_send_test(desk: Desk) -> None:
    desk.channel("team", "slack", language="ko")
    verdict, duration = await desk.delivery.send_test("team")
    assert verdict == Verdict.delivered()
    assert duration >= 0
    seen = Seen(desk.sink.received[0].body)
    assert seen.refusal is None
    assert "*테스트*" in seen.text
    assert "Alarminati에서 team 채널로 보내는 테스트 메시지" in seen.text
    with pytest.raises(KeyError):
        await desk.delivery.send_test("nobody")


TELLTALE = f"{CANARY} /services/{CANARY}"
FAULTS: list[dict[str, Any]] = [
    *({"kind": "status", "status": status, "body": TELLTALE} for status in range(300, 600, 7)),
    {"kind": "status", "status": 429, "retry_after": 2.5, "body": CANARY},
    {"kind": "reset"},
    {"kind": "hang"},
    {"kind": "drip"},
]


@pytest.mark.parametrize("type_", ["slack", "webhook"])
async def test_no_failure_tells_a_secret(
    desk: Desk, type_: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)  # asyncio's own words too
    secrets: dict[str, object] = {"timeout": "0.3s"}
    if type_ == "webhook":
        secrets |= {"secret": Secret(CANARY), "headers": {"Authorization": Secret(CANARY)}}
    secure = await desk.open(tls=server_tls(tmp_path))
    bases = [desk.sink.url, secure.url, "http://127.0.0.1:1", "https://nowhere.invalid"]
    for base in bases:
        desk.channel(base, type_, url=f"{base}/{CANARY}?token={CANARY}", **secrets)
    item = desk.report(1, "down")
    for number, fault in enumerate(FAULTS):
        desk.sink.faults.append(Fault(**fault, count=1))
        desk.begin(number, desk.sink.url, item)
        await desk.verdicts(number + 1)
    for base in bases[1:]:
        desk.begin(0, base, item)
    verdicts = await desk.verdicts(len(FAULTS) + 3)
    assert all(verdict.result is not Result.DELIVERED for verdict in verdicts)
    assert all(verdict.detail for verdict in verdicts)
    told = f"{desk.said} {caplog.text} {desk.channels} {desk.http!r} {vars(desk.delivery)}"
    assert CANARY not in told
    assert len(desk.sink.received) == len(FAULTS)


async def test_not_even_a_traceback_tells_a_secret() -> None:
    http = HttpClient({"https_proxy": f"http://me:{CANARY}@127.0.0.1:1"})
    try:
        await http.post(f"https://h/{CANARY}", CANARY.encode(), {"X": CANARY}, timeout=2)
    except Exception as error:
        text = "".join(traceback.format_exception(error)) + repr(error.__context__)
    assert CANARY not in text
    await http.close()


async def test_a_warning_lasts_whatever_is_delivered(desk: Desk) -> None:
    desk.channel("ops")
    desk.delivery.warn("ops", "its login ends")
    item = desk.report(1, "down")
    desk.begin(1, "ops", item)
    await desk.verdicts(1)
    assert desk.delivery.warning("ops") == "its login ends"
    desk.delivery.warn("ops", "")
    assert desk.delivery.warning("ops") == ""


async def test_what_continues_goes_where_the_alarm_was_told(desk: Desk) -> None:
    async with open_door(Api()) as door:
        settings = {"token": "xoxb-canary", "channel": "C0ALARMS", "api": f"{door.url}/api"}
        desk.channels["team"] = configure("team", "slackbot", settings)
        fired = desk.report(1, "down")
        desk.begin(1, "team", fired)
        first = (await desk.verdicts(1))[0].receipt
        assert first == "C0ALARMS/1503435956.000000"
        desk.receipts["team", fired.fingerprint] = first
        over = desk.report(2, "down no more", resolved=True)
        desk.begin(2, "team", over)
        await desk.verdicts(2)  # sends of several at a time would arrive in any order
        desk.begin(3, "team", desk.report(3, "down"))  # again: nobody looks into an old thread
        await desk.verdicts(3)
        desk.begin(4, "team", over, fired)
        verdicts = (await desk.verdicts(4))[1:]
        posted = [json.loads(one.body) for one in door.posted]
    assert [one.get("thread_ts") for one in posted] == [None, "1503435956.000000", None, None]
    assert verdicts[0].receipt == first
    assert verdicts[2].receipt == ""  # nothing later goes in the place of many


async def test_an_acknowledgement_is_told_with_who_and_why(desk: Desk) -> None:
    desk.channel("ops")
    item = desk.report(1, "down")
    seen = Action.acknowledge(item.fingerprint, "kim", "on it")
    desk.book.apply(Entry(ORIGIN, 2, (NOON + 30_000) << COUNTER_BITS, seen))
    desk.wall = NOON + 40_000
    desk.begin(1, "ops", replace(item, reason=NotificationReason.ACKNOWLEDGED))
    desk.begin(2, "ops", replace(item, reason=NotificationReason.REMINDER, reminder_number=2))
    await desk.verdicts(2)
    told, again = (json.loads(one.body)["alarms"][0] for one in desk.sink.received)
    assert told["acknowledged"] == {"by": "kim", "comment": "on it"}
    assert (again["reason"], again["reminder_number"]) == ("reminder", 2)


async def test_lateness_is_counted_from_what_is_told(desk: Desk) -> None:
    desk.channel("ops")
    item = desk.report(1, "down")
    seen = Action.acknowledge(item.fingerprint, "kim")
    desk.book.apply(Entry(ORIGIN, 2, (NOON + 3_600_000) << COUNTER_BITS, seen))
    desk.wall = NOON + 3_600_000 + 240_000
    for number, reason in enumerate(NotificationReason):
        desk.begin(number, "ops", replace(item, reason=reason))
        await desk.verdicts(number + 1)
    late = [json.loads(one.body).get("late_seconds") for one in desk.sink.received]
    # A repetition is for no moment; a raised severity is counted from its own report.
    assert late == [3839, None, 240, 3839]


async def test_what_waits_on_purpose_is_not_late(desk: Desk) -> None:
    desk.channel("ops")
    item = desk.report(1, "down")
    desk.wall = NOON + 1000 + 900_000
    for number, planned in enumerate((900.0, 600.0, float("inf"))):
        desk.planned = planned
        desk.begin(number, "ops", item)
        await desk.verdicts(number + 1)
    late = [json.loads(one.body).get("late_seconds") for one in desk.sink.received]
    assert late == [None, 900, None]


async def test_flapping_is_counted(desk: Desk) -> None:
    desk.channel("ops")
    for number in range(1, 6):
        item = desk.report(number, "down", resolved=number % 2 == 0)
    desk.begin(1, "ops", item)
    await desk.verdicts(1)
    assert json.loads(desk.sink.received[0].body)["alarms"][0]["began_within_1h"] == 3


async def test_g1_a_broken_template_costs_no_alarm_and_is_said_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.channel("team", "slack", template="{{ nonsense }}")
    item = desk.report(1, "down")
    for number in range(3):
        desk.begin(number, "team", item)
        await desk.verdicts(number + 1)
    assert "the template failed" in Seen(desk.sink.received[0].body).text
    sentence = "the default text is used instead of the template: line 1: there is no 'nonsense'"
    assert desk.delivery.warning("team").startswith(sentence)
    assert caplog.text.count(sentence) == 1
