"""Hours of a Prometheus that posts as it does, read at the door and followed by the core."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.dedup import known
from alarminati.core.alarms.ends import Ends
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.source_timeouts import Timeouts
from alarminati.edge.alertmanager import DIRECT, read_alerts

NOW = 1_758_166_920_000
MINUTE = 60_000


def rfc3339(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Day:
    """One replica that leads, and a clock that only this moves."""

    def __init__(self, timeout: float = 20.0) -> None:
        self.book = AlarmBook()
        self.ends = Ends(self.book)
        self.timeouts = Timeouts(self.book, {DIRECT: timeout}, 0.0, NOW)
        self.timeouts.start(0.0, NOW)
        self.wall = NOW
        self.told: list[tuple[str, float]] = []  # what changed, and after how many minutes
        self.entries = 0

    def post(self, *alerts: dict[str, Any]) -> None:
        """An array comes in."""
        body = json.dumps(alerts).encode()
        for item in read_alerts(body, self.wall, self.ends.judge):
            assert item is None or isinstance(item, Alarm), item
            if item is not None and not known(self.book, item, {DIRECT: 20.0}, self.wall):
                self.put(item)

    def put(self, alarm: Alarm) -> None:
        """It is stored, and folded."""
        before = self.fires(alarm)
        self.entries += 1
        entry = Entry("origin00", self.entries, self.wall << 16, alarm)
        self.book.apply(entry)
        self.timeouts.folded([entry])
        if before != self.fires(alarm):
            what = "over" if before else "fires"
            self.told.append((what, (self.wall - NOW) / MINUTE))

    def fires(self, alarm: Alarm) -> bool:
        state = self.book.find(alarm.fingerprint())
        return state is not None and state.firing

    def sleep(self, minutes: float) -> None:
        """Time passes, second by second."""
        for _ in range(round(minutes * 60)):
            self.wall += 1000
            for end in self.timeouts.due((self.wall - NOW) / 1000, self.wall):
                self.put(end)

    def alert(self, skew: float, starts: int = NOW, ends: float | None = 4.0) -> dict[str, Any]:
        """As Prometheus sends it: four minutes ahead by its own clock."""
        theirs = self.wall + round(skew * MINUTE)
        alert = {"labels": {"alertname": "Disk"}, "annotations": {"summary": "s"}}
        alert["startsAt"] = rfc3339(starts + round(skew * MINUTE))  # type: ignore[assignment]
        if ends is not None:
            alert["endsAt"] = rfc3339(theirs + round(ends * MINUTE))  # type: ignore[assignment]
        return alert


@pytest.mark.parametrize("skew", [-3600.0, -10.0, -4.5, -3.9, -1.0, 0.0, 1.0, 10.0])
def test_an_alert_fires_once_however_wrong_the_clock_of_its_sender_is(skew: float) -> None:
    """And it is over once: said so, or because nothing came any more."""
    day = Day()
    for _ in range(60):
        day.post(day.alert(skew))
        day.sleep(1)
    first = day.told[0][1]
    assert [what for what, _ in day.told] == ["fires"]
    assert first <= 1.0, "the second post shows it at the latest"
    ended = day.alert(skew, ends=0.0)
    for _ in range(15):
        day.post(ended)
        day.sleep(1)
    assert [what for what, _ in day.told] == ["fires", "over"]
    assert day.told[1][1] <= 61.0 + max(skew, 0.0), "a clock that is ahead ends it later"
    day.sleep(60)
    assert len(day.told) == 2
    again = day.wall
    for _ in range(5):
        day.post(day.alert(skew, starts=again))
        day.sleep(1)
    assert [what for what, _ in day.told] == ["fires", "over", "fires"]


def test_a_short_resolve_timeout_does_not_make_it_flap() -> None:
    """20 s, of the many files in which it does nothing: once, not each minute."""
    day = Day(timeout=20.0)
    for _ in range(10):
        day.post(day.alert(0))
        day.sleep(1)
    assert day.told == [("fires", 0.0)]
    assert day.entries <= 4, "and not every post is an entry"
    day.sleep(10)
    what, when = day.told[1]
    assert what == "over"
    assert 13.0 <= when <= 16.1, "4 minutes after the last post, and one to three of grace"


def test_a_rule_that_is_looked_at_every_half_hour() -> None:
    day = Day(timeout=900.0)
    for _ in range(6):
        day.post(day.alert(0, ends=120.0))
        day.sleep(30)
    assert day.told == [("fires", 0.0)]


def test_resolve_timeout_is_for_alerts_without_an_end() -> None:
    day = Day(timeout=20.0)
    day.post(day.alert(0, ends=None))
    day.sleep(1)
    assert [what for what, _ in day.told] == ["fires", "over"]


def test_an_alert_that_is_over_before_anybody_heard_of_it_tells_nothing() -> None:
    day = Day()
    ended = day.alert(0, ends=-0.5)
    for _ in range(15):
        day.post(ended)
        day.sleep(1)
    assert day.told == []
