"""Heartbeats: what is missed, what failed, what recovers, and how few entries that takes."""

from __future__ import annotations

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Entry, HeartbeatSeen, Severity, Signal
from alarminati.core.model.matchers import Matcher
from alarminati.core.monitors.heartbeats import (
    GONE,
    Heartbeat,
    HeartbeatBoard,
    Heartbeats,
    State,
)

START = 1_760_000_000_000
HOUR = 3_600_000
BACKUP = Heartbeat("backup", 3600.0, 600.0)


class Cluster:
    """A journal, its folds, and the board of whoever is master. Times are minutes."""

    def __init__(self, *heartbeats: Heartbeat) -> None:
        self.heartbeats = heartbeats or (BACKUP,)
        self.book, self.seen = AlarmBook(), Heartbeats()
        self.entries: list[Entry] = []
        self.reports: list[Alarm] = []
        self.wall = START
        self.board = self.new_master()

    def new_master(self) -> HeartbeatBoard:
        self.board = HeartbeatBoard(self.heartbeats, self.seen, self.book, "shop")
        self.board.start(self.wall)
        return self.board

    def keep(self, body: HeartbeatSeen | Alarm) -> None:
        entry = Entry("aaaa", len(self.entries) + 1, self.wall << 16 | len(self.entries), body)
        self.entries.append(entry)
        self.book.apply(entry)
        self.seen.apply(entry)

    def at(self, minutes: float) -> list[str]:
        """What is reported by then."""
        self.wall = START + round(minutes * 60_000)
        found = []
        for alarm in self.board.due(self.wall):
            self.reports.append(alarm)
            self.keep(alarm)
            found.append(("over: " if alarm.resolved else "") + dict(alarm.annotations)["detail"])
        return found

    def beat(self, minutes: float, signal: Signal = Signal.SUCCESS, comment: str = "") -> list[str]:
        """What is reported when the job is heard of."""
        self.wall = START + round(minutes * 60_000)
        down = self.board.fires(self.board.heartbeats["backup"])
        if self.seen.keeps(BACKUP, signal, self.wall, down=down):
            self.keep(HeartbeatSeen("backup", signal, 0, comment))
        return self.at(minutes)

    def state(self) -> State:
        return self.board.standing(self.heartbeats[0], self.wall).state


def test_a_job_that_is_heard_of_is_well() -> None:
    cluster = Cluster()
    for hour in range(5):
        assert cluster.beat(60 * hour) == []
        assert cluster.state() is State.UP
    assert cluster.at(60 * 4 + 65) == []
    assert cluster.state() is State.LATE


def test_a_missed_one_is_an_alarm_and_says_how_many_on_recovery() -> None:
    cluster = Cluster()
    cluster.beat(0)
    cluster.beat(60)
    assert cluster.at(60 + 70) == []
    assert cluster.at(60 + 71) == ["last heard of 71 min ago; expected every 60 min"]
    assert cluster.state() is State.DOWN
    assert cluster.at(200) == []
    assert cluster.board.standing(BACKUP, cluster.wall).missed == 2
    assert cluster.beat(60 + 300) == ["over: 4 missed"]
    assert cluster.at(365) == []
    (first, last) = cluster.reports
    assert first.fingerprint() == last.fingerprint()
    assert (first.message, first.severity) == ("[backup] No heartbeat", Severity.CRITICAL)
    assert (first.key, first.labels) == ("heartbeat:backup", (("heartbeat", "backup"),))


def test_one_that_never_came_is_missed_after_a_whole_period() -> None:
    cluster = Cluster()
    assert cluster.state() is State.NEW
    assert cluster.at(70) == []
    assert cluster.at(70.1) == ["never heard of; expected every 60 min"]


def test_a_new_master_waits_one_whole_period() -> None:
    cluster = Cluster()
    cluster.beat(0)
    cluster.wall = START + 69 * 60_000
    cluster.new_master()
    assert cluster.at(138) == []
    assert cluster.at(139.1) == ["last heard of 2 h ago; expected every 60 min"]


def test_a_new_master_goes_on_with_alarms() -> None:
    cluster = Cluster()
    cluster.beat(0)
    cluster.at(71)
    cluster.new_master()
    assert cluster.beat(75)[0].startswith("over: ")


def test_a_failure_is_an_alarm_at_once_with_its_last_words() -> None:
    cluster = Cluster()
    cluster.beat(0)
    assert cluster.beat(1, Signal.FAILURE, "no space left") == ["no space left"]
    assert cluster.state() is State.FAILED
    assert cluster.beat(2, Signal.FAILURE) == []
    assert cluster.beat(5) == ["over: heard of again"]


def test_a_run_that_does_not_end_is_an_alarm() -> None:
    cluster = Cluster()
    cluster.beat(0)
    cluster.beat(59, Signal.START)
    cluster.wall += 1
    assert cluster.at(69) == []
    cluster.board.start(START - 10 * HOUR)  # it has led for long
    assert cluster.at(69.1) == ["it began 10 min ago and has not ended"]
    assert cluster.beat(80) == ["over: heard of again"]
    assert cluster.board.standing(BACKUP, cluster.wall).duration == 21 * 60_000


def test_a_sender_that_beats_all_the_time_makes_few_entries() -> None:
    """G6: a beat is an entry at most every half interval, changes always are."""
    cluster = Cluster()
    for minute in range(240):
        cluster.beat(minute)
    assert len(cluster.entries) == 8
    cluster.beat(240.1, Signal.FAILURE)
    cluster.beat(240.2)
    kinds = [
        entry.body.signal for entry in cluster.entries if isinstance(entry.body, HeartbeatSeen)
    ]
    assert kinds[-2:] == [Signal.FAILURE, Signal.SUCCESS]


def test_alarms_are_signals_where_they_fit() -> None:
    watchdog = Heartbeat("watchdog", 300.0, 60.0, (Matcher.parse('alertname="Watchdog"'),))
    board = Cluster(watchdog).board
    alarm = Alarm("w", Severity.INFO, START, labels=(("alertname", "Watchdog"),))
    assert list(board.signals([alarm])) == [watchdog]
    other = Alarm("w", Severity.INFO, START, labels=(("alertname", "Other"),))
    over = Alarm("w", Severity.INFO, START, True, labels=(("alertname", "Watchdog"),))
    assert list(board.signals([other, over])) == []


def test_what_is_taken_out_of_the_configuration_ends() -> None:
    cluster = Cluster()
    cluster.at(71)
    cluster.board.use([])
    assert cluster.at(72) == [f"over: {GONE}"]


@pytest.mark.parametrize("backwards", [False, True])
def test_g5_the_fold_does_not_depend_on_the_order(backwards: bool) -> None:
    cluster = Cluster()
    for minute, signal in ((0, Signal.SUCCESS), (40, Signal.START), (60, Signal.SUCCESS)):
        cluster.beat(minute, signal)
    fold = Heartbeats()
    for entry in reversed(cluster.entries) if backwards else cluster.entries:
        fold.apply(entry)
    for signal in Signal:
        assert fold.time("backup", signal) == cluster.seen.time("backup", signal)
    assert sorted(fold.alive_ids()) == sorted(cluster.seen.alive_ids())
    assert len(list(fold.alive_ids())) == 2


def test_it_looks_again_in_time() -> None:
    cluster = Cluster()
    cluster.beat(0)
    due = cluster.board.next_due(cluster.wall)
    assert due == START + 70 * 60_000 + 1
    cluster.board.stop()
    assert cluster.board.next_due(cluster.wall) is None
    assert cluster.board.due(START + 10 * HOUR) == []
