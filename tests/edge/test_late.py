"""Notifications that come in the wrong order: the alarm ends in the end, and nothing is lost."""

from __future__ import annotations

import json
from typing import Any

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.ends import LATE, Ends
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.source_timeouts import Timeouts
from alarminati.edge.alertmanager import SOURCE, read_notification
from tests.edge.test_prometheus import rfc3339

NOW = 1_758_166_920_000
HOUR = 3_600_000
BEGAN, OVER = NOW - 600_000, NOW - 540_000


class Day:
    """One replica that leads, and a clock that only this moves."""

    def __init__(self, **timeouts: float) -> None:
        self.book = AlarmBook()
        self.ends = Ends(self.book, timeouts=lambda: timeouts)
        self.timeouts = Timeouts(self.book, timeouts, 0.0, NOW)
        self.timeouts.start(0.0, NOW)
        self.wall = NOW
        self.entries = 0

    def post(self, *alerts: dict[str, Any]) -> None:
        """A notification comes in; what is in it is stored once all of it is read."""
        body = json.dumps({"alerts": alerts}).encode()
        items = list(read_notification(body, self.wall, self.ends.judge))
        for item in items:
            assert item is None or isinstance(item, Alarm), item
            if item is not None:
                self.put(item)

    def put(self, alarm: Alarm) -> None:
        self.wall += 100
        self.entries += 1
        entry = Entry("origin00", self.entries, self.wall << 16, alarm)
        self.book.apply(entry)
        self.timeouts.folded([entry])

    def sleep(self, hours: float) -> None:
        """Time passes, and the master looks for what is over by itself."""
        self.wall += round(hours * HOUR)
        for end in self.timeouts.due((self.wall - NOW) / 1000, self.wall):
            self.put(end)

    @property
    def fires(self) -> bool:
        return self.book.firing_count == 1


def firing(starts: int | None = BEGAN) -> dict[str, Any]:
    return _alert("firing", {} if starts is None else {"startsAt": rfc3339(starts)})


def resolved(ends: int = OVER) -> dict[str, Any]:
    return _alert("resolved", {"startsAt": rfc3339(BEGAN), "endsAt": rfc3339(ends)})


def _alert(status: str, times: dict[str, str]) -> dict[str, Any]:
    return {"status": status, "labels": {"alertname": "Late"}, "fingerprint": "aa", **times}


@pytest.mark.parametrize("posts", [
    [[firing()], [resolved()], [firing()]],
    [[resolved()], [firing()]],
    [[resolved(), firing()]],
    [[firing()], [resolved()], [firing()], [firing()], [firing()]],
    [[resolved()], [firing()], [resolved()], [firing()]],
    [[firing()], [resolved()], [firing(BEGAN + 30_000)]],
])  # fmt: skip
def test_what_began_before_the_known_end_fires_and_ends_by_itself(
    posts: list[list[dict[str, Any]]],
) -> None:
    day = Day()
    for post in posts:
        day.post(*post)
    assert day.fires
    day.sleep(24)
    assert day.fires
    day.sleep(2)
    assert not day.fires


def test_it_fires_for_as_long_as_its_sender_says_so() -> None:
    """Alertmanager, cut off from Prometheus, took it for over; it says again what fires."""
    day = Day()
    day.post(firing())
    day.post(resolved())
    for _ in range(20):
        day.post(firing())
        day.sleep(24)
        assert day.fires
    day.post(resolved(day.wall))
    assert not day.fires


def test_after_a_restart_the_journal_says_when_it_was_over() -> None:
    day = Day()
    day.post(firing())
    day.post(resolved())
    day.ends = Ends(day.book)
    day.post(firing())
    day.sleep(26)
    assert not day.fires


@pytest.mark.parametrize("posts", [
    [[firing()], [resolved()]],
    [[resolved()], [firing()], [resolved()]],
    [[firing(), resolved()]],
])  # fmt: skip
def test_in_their_order_the_end_counts(posts: list[list[dict[str, Any]]]) -> None:
    day = Day()
    for post in posts:
        day.post(*post)
    assert not day.fires


@pytest.mark.parametrize("starts", [OVER, OVER + 1000, None])
def test_what_began_after_the_end_fires_until_somebody_ends_it(starts: int | None) -> None:
    day = Day()
    day.post(firing())
    day.post(resolved())
    day.post(firing(starts))
    day.sleep(24 * 30)
    assert day.fires


def test_an_end_that_nobody_reported_makes_nothing_late() -> None:
    """What came after it was over by itself, its sender still believes in."""
    day = Day()
    day.post(resolved())
    day.post(firing())
    day.sleep(26)
    assert not day.fires
    day.post(firing())
    day.sleep(24 * 30)
    assert day.fires


def test_a_timeout_that_is_set_for_the_door_counts_alone() -> None:
    day = Day(**{SOURCE: 3600.0})
    day.post(firing())
    day.post(resolved())
    day.post(firing())
    state = day.book.find(next(day.book.firing()).fingerprint)
    assert state is not None and state.latest.ttl == 0
    day.sleep(1.1)
    assert not day.fires


def test_it_holds_for_longer_than_alertmanager_waits_to_say_it_again() -> None:
    assert LATE > 24 * 3600
