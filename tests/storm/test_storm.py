"""A storm in virtual time, with real messages for vendors that keep their documented limits.

`python -m bench storm` is the same with processes, a real clock and 100,000 alarms.
"""

from __future__ import annotations

import random
from itertools import count

import msgspec

from alarminati.channels.message import Message, item_of
from alarminati.channels.port import Channel
from alarminati.channels.table import configure
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Attempt, Verdict
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import Alarm, Body, Entry, Severity
from alarminati.core.routing.routes import Route, Router
from tests.storm.chats import Chat, chats
from tests.vendors.door import Posted

ALARMS = 5_000
SECONDS = 3.0
WALL = 1_760_000_000_000
PATHS = {
    "slack": "/services/T/B/x",
    "discord": "/api/webhooks/1/canary",
    "telegram": "/bot123:canary/sendMessage",
    "space": "/v1/spaces/S/messages",
}


class Storm:
    """One replica and its vendors on one virtual clock; `broken` is a channel that never answers
    well."""

    def __init__(self, broken: str = "") -> None:
        self.now = 0.0
        self.broken = broken
        self.chats = {chat.name: chat for chat in chats()}
        for chat in self.chats.values():
            chat.paced.clock = lambda: self.now
        self.channels = {name: _channel(chat) for name, chat in self.chats.items()}
        self.book = AlarmBook()
        limits = {name: channel.limits for name, channel in self.channels.items()}
        router = Router(Route(tuple(limits)))
        self.outbox = Outbox(self.book, router, limits, random.Random(1), "a1", "w-sharing")
        self.outbox.lead(0.0, WALL)
        self._sequence = count(1)

    @property
    def wall(self) -> int:
        return WALL + round(self.now * 1000)

    def write(self, body: Body) -> None:
        """Store and fold a fact."""
        entry = Entry("k3v9x2ab", next(self._sequence), self.wall << 16, body)
        self.book.apply(entry)
        self.outbox.apply(entry, self.now)

    def step(self) -> None:
        """Whatever is due now."""
        for notice in self.outbox.plan(self.now, self.wall):
            self.write(notice)
        for attempt in self.outbox.attempts(self.now):
            verdict = self.send(attempt)
            self.write(self.outbox.finished(self.now, attempt, verdict))

    def send(self, attempt: Attempt) -> Verdict:
        """Make the message and hand it to the vendor."""
        name = attempt.notice.channel
        if name == self.broken:
            return Verdict.retry("no answer")
        states = [(self.book.find(item.fingerprint), item) for item in attempt.notice.items]
        items = tuple(item_of(state, item) for state, item in states if state is not None)
        message = Message("w-sharing", "seoul-1", name, attempt.notice.key, items)
        channel = self.channels[name]
        body = channel.render(message)
        query = {"key": "k", "wait": "true"}
        reply = self.chats[name].paced(Posted(PATHS[name], query, {}, body))
        content = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
        headers = {key.lower(): value for key, value in reply.headers.items()}
        return channel.driver.judge(reply.status, headers, content)

    def rage(self) -> None:
        """All alarms, spread over `SECONDS`, then until every chat is done; 20 minutes at most."""
        for number in range(ALARMS):
            self.now = number * SECONDS / ALARMS
            self.write(_alarm(number))
            self.step()
        wanted = [chat for name, chat in self.chats.items() if name != self.broken]
        while self.now < 1200 and any(chat.look() < ALARMS for chat in wanted):
            due = self.outbox.next_due(self.now)
            assert due is not None, "something is left and nothing is due"
            self.now = max(due, self.now + 0.001)
            self.step()


def _channel(chat: Chat) -> Channel:
    return configure(chat.name, chat.type, chat.settings("http://vendor.example"))


def _alarm(number: int) -> Alarm:
    return Alarm(
        f"t{number:06d} [WS-API] Pod is not ready",
        list(Severity)[number % 4],
        WALL + number,
        labels=(("pod", f"ws-api-{number}"), ("service", "ws-api")),
        project=f"p{number % 3}",
    )


def test_g1_g8_every_alarm_of_a_storm_is_told_and_no_vendor_is_hurried() -> None:
    storm = Storm()
    storm.rage()
    for chat in storm.chats.values():
        assert chat.look() == ALARMS, f"{chat.name} was told of {chat.look()}"
        assert chat.paced.too_fast == 0, f"{chat.name} was hurried"
        assert chat.unnamed == 0, f"{chat.name} counts alarms of no group"
        assert chat.messages < 100, f"{chat.name} got {chat.messages} messages"
    assert storm.now < 600, "an hour of digests helps nobody"
    assert storm.outbox.pending == 0 and storm.outbox.dead == 0


def test_g8_one_dead_channel_delays_no_other() -> None:
    well, ill = Storm(), Storm(broken="discord")
    well.rage()
    ill.rage()
    assert len(ill.outbox._lanes.get("discord").pending) == 1, (
        "one try at a time, and nothing is lost"
    )
    for name in ("slack", "telegram", "space"):
        assert ill.chats[name].look() == ALARMS
        assert ill.chats[name].messages == well.chats[name].messages
