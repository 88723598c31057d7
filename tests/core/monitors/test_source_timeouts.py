"""Alarms that their source does not report any more."""

from __future__ import annotations

from typing import Any

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.source_timeouts import AGAIN, MOST, Timeouts
from tests.core.stage import WALL, alarm


class Desk:
    """A book, timeouts, and a clock that may jump."""

    def __init__(self, **timeouts: float) -> None:
        self.book = AlarmBook()
        self.now = 1000.0
        self.offset = 0  # milliseconds
        self.sequence = 0
        self.timeouts = Timeouts(self.book, timeouts, self.now, self.wall)

    @property
    def wall(self) -> int:
        return WALL + int(self.now * 1000) + self.offset

    def put(self, *alarms: Alarm) -> None:
        entries = []
        for each in alarms:
            self.sequence += 1
            entries.append(Entry("o", self.sequence, self.wall << 16, each))
            self.book.apply(entries[-1])
        self.timeouts.folded(entries)

    def start(self) -> None:
        self.timeouts.start(self.now, self.wall)

    def ended(self, seconds: float) -> list[Alarm]:
        """What is reported as over while time passes, as the shell would ask."""
        end, found = self.now + seconds, []
        while (due := self.timeouts.next_due(self.now)) is not None and due <= end:
            self.now = max(due, self.now)
            found += self.timeouts.due(self.now, self.wall)
            self.now += 0.001
        self.now = end
        return found


def prom(name: str, **more: Any) -> Alarm:
    return alarm(name, source="prom", **more)


def test_what_is_not_reported_again_in_time_is_over() -> None:
    desk = Desk(prom=300.0)
    desk.start()
    report = prom("disk", annotations=(("a", "b"),))
    desk.put(report, alarm("other"), alarm("mail", source="mail"))
    assert desk.ended(299.0) == []
    (over,) = desk.ended(3.0)
    assert (over.fingerprint(), over.resolved) == (report.fingerprint(), True)
    assert (over.source, over.severity) == ("prom", report.severity)
    assert over.annotations == (("a", "b"), ("resolved_by", "timeout"))
    desk.put(over)
    assert desk.ended(3600.0) == []
    assert [state.alarm.key for state in desk.book.firing()] == ["other", "mail"]


def test_every_report_gives_it_its_whole_time_again() -> None:
    desk = Desk(prom=60.0)
    desk.start()
    for _ in range(10):
        desk.put(prom("disk"))
        assert desk.ended(50.0) == []
    assert len(desk.ended(15.0)) == 1


def test_an_end_that_was_refused_is_reported_again() -> None:
    desk = Desk(prom=60.0)
    desk.start()
    desk.put(prom("disk"))
    assert len(desk.ended(62.0)) == 1
    assert len(desk.ended(AGAIN + 2.0)) == 1


def test_a_new_master_goes_on_by_what_it_heard_as_a_standby() -> None:
    desk = Desk(prom=300.0)
    desk.put(prom("disk"))
    assert desk.ended(200.0) == []
    desk.start()
    assert desk.ended(95.0) == []
    assert len(desk.ended(10.0)) == 1


def test_what_nobody_could_hear_is_not_held_against_the_source() -> None:
    """The whole cluster was down for an hour: sources have their time to report again."""
    desk = Desk(prom=300.0)
    desk.put(prom("disk"))
    desk.now += 3600.0
    desk.timeouts = Timeouts(desk.book, {"prom": 300.0}, desk.now, desk.wall)
    desk.start()
    assert desk.ended(295.0) == []
    assert len(desk.ended(10.0)) == 1


def test_a_clock_that_jumps_ends_nothing() -> None:
    desk = Desk(prom=300.0)
    desk.start()
    desk.put(prom("disk"))
    assert desk.ended(100.0) == []
    desk.offset += 3_600_000
    for _ in range(9):
        desk.put(prom("disk"))
        assert desk.ended(100.0) == []
    assert len(desk.ended(400.0)) >= 1


def test_g8_many_that_time_out_at_once_come_in_batches() -> None:
    desk = Desk(prom=60.0)
    desk.start()
    desk.put(*(prom(f"a{n}") for n in range(MOST + 10)))
    desk.now += 61.0
    assert len(desk.timeouts.due(desk.now, desk.wall)) == MOST
    assert desk.timeouts.next_due(desk.now) == desk.now
    assert len(desk.timeouts.due(desk.now, desk.wall)) == 10


def test_other_timeouts_count_from_when_they_are_set_and_a_rest_forgets_all() -> None:
    desk = Desk()
    desk.start()
    desk.put(prom("disk"))
    assert desk.timeouts.next_due(desk.now) is None
    assert desk.ended(100.0) == []
    desk.timeouts.use(desk.now, desk.wall, {"prom": 60.0})
    assert len(desk.ended(2.0)) == 1
    desk.timeouts.stop()
    assert desk.timeouts.next_due(desk.now) is None


def test_a_reload_lets_what_waits_go_on_where_it_was() -> None:
    desk = Desk(prom=100.0, other=30.0)
    desk.start()
    desk.put(prom("disk"), prom("net", ttl=40))
    assert desk.ended(35.0) == []
    for settings in ({"prom": 100.0}, {"prom": 100.0, "more": 5.0}):
        desk.timeouts.use(desk.now, desk.wall, settings)
    assert over(desk, 6.0) == ["net"]
    assert over(desk, 58.0) == []
    assert over(desk, 2.0) == ["disk"]


def over(desk: Desk, seconds: float) -> list[str]:
    """Keys of what is over by then; each end is folded once, however often it is reported."""
    ends = {each.key: each for each in desk.ended(seconds)}
    desk.put(*ends.values())
    return list(ends)


def test_a_report_says_itself_how_long_it_holds() -> None:
    """Whatever is set for its source, and where nothing is."""
    desk = Desk(prom=20.0)
    desk.start()
    desk.put(prom("disk", ttl=300), alarm("push", source="http", ttl=50), alarm("other"))
    assert over(desk, 51.0) == ["push"]
    assert over(desk, 200.0) == []
    (end,) = desk.ended(55.0)
    assert (end.key, end.ttl, dict(end.annotations)["resolved_by"]) == ("disk", 0, "timeout")


def test_the_last_report_says_it() -> None:
    desk = Desk()
    desk.start()
    desk.put(alarm("a", ttl=3600), alarm("b", ttl=3600), alarm("c", ttl=10))
    desk.ended(5.0)
    desk.put(alarm("a", ttl=20), alarm("b"), alarm("c", ttl=100))
    assert over(desk, 21.0) == ["a"]
    assert over(desk, 100.0) == ["c"]
    assert over(desk, 7200.0) == []  # the last report of b does not say


def test_a_new_master_knows_what_holds_how_long() -> None:
    desk = Desk()
    desk.put(alarm("push", source="http", ttl=50))
    desk.start()
    assert over(desk, 51.0) == ["push"]
