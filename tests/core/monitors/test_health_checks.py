"""Health checks: when to look, and when a look is an alarm."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Entry, Severity
from alarminati.core.monitors.health_checks import GONE, HealthCheck, HealthCheckBoard
from alarminati.core.monitors.targets import Target

API = HealthCheck(
    "ws-api", Target("http://ws-api/healthz"), severity=Severity.ERROR, labels=(("team", "web"),)
)


class Cluster:
    """A journal, and boards of whoever is master."""

    def __init__(self, *checks: HealthCheck) -> None:
        self.checks = checks
        self.book = AlarmBook()
        self.reports: list[Alarm] = []
        self.board = self.new_master(0)

    def new_master(self, seed: int) -> HealthCheckBoard:
        self.board = HealthCheckBoard(self.checks, self.book, Random(seed))
        self.board.start(0.0)
        return self.board

    def accept(self, alarm: Alarm) -> None:
        self.reports.append(alarm)
        number = len(self.reports)
        self.book.apply(Entry("aaaa", number, number << 16, alarm))

    def look(self, well: bool, detail: str = "", name: str = "ws-api") -> Alarm | None:
        report = self.board.result(name, well, detail, 1_760_000_000_000)
        if report is not None:
            self.accept(report)
        return report

    def looks(self, pattern: str) -> list[str]:
        """What comes of looks that found it well (.) or not (x)."""
        found = []
        for each in pattern:
            report = self.look(each == ".")
            found.append("" if report is None else "over" if report.resolved else "fires")
        return found


def test_an_alarm_needs_failures_in_a_row() -> None:
    assert Cluster(API).looks("xx.xx.xxx") == [""] * 8 + ["fires"]


def test_it_is_over_after_successes_in_a_row() -> None:
    assert Cluster(API).looks("xxxx.x..") == ["", "", "fires", "", "", "", "", "over"]


def test_each_trouble_is_told_once() -> None:
    cluster = Cluster(API)
    told = cluster.looks("xxx" + "x" * 20 + "..." + "x" * 20)
    assert [each for each in told if each] == ["fires", "over", "fires"]


def test_what_the_alarm_says() -> None:
    cluster = Cluster(API)
    cluster.looks("xx")
    report = cluster.look(False, "ws-api answered 503")
    assert report == Alarm(
        message="[WS-API] Health check failed",
        severity=Severity.ERROR,
        timestamp=1_760_000_000_000,
        labels=(("check", "ws-api"), ("team", "web")),
        key="check:ws-api",
        annotations=(("detail", "ws-api answered 503"),),
        source="check",
    )
    over = cluster.looks("..")
    assert over[-1] == "over"
    assert cluster.reports[-1].fingerprint() == report.fingerprint()


def test_a_failover_neither_forgets_nor_repeats() -> None:
    cluster = Cluster(API)
    cluster.looks("xxx")
    cluster.new_master(1)
    assert cluster.looks("xxxxx") == [""] * 5
    cluster.new_master(2)
    assert cluster.looks("..") == ["", "over"]
    cluster.new_master(3)
    assert cluster.looks("......") == [""] * 6


def test_an_alarm_that_was_not_accepted_is_raised_again() -> None:
    cluster = Cluster(API)
    cluster.looks("xx")
    assert cluster.board.result("ws-api", False, "", 1) is not None  # and it is lost
    assert cluster.look(False) is not None
    assert cluster.look(False) is None


def test_a_standby_neither_looks_nor_reports() -> None:
    cluster = Cluster(API)
    cluster.looks("xx")
    cluster.board.stop()
    assert cluster.look(False) is None
    assert cluster.board.due(1e9) == []
    assert cluster.board.next_due() is None


def test_looks_are_spread_and_steady() -> None:
    checks = tuple(HealthCheck(f"c{n}", Target("http://x"), every=10.0) for n in range(50))
    board = Cluster(*checks).board
    looked: dict[str, list[float]] = {check.name: [] for check in checks}
    now = board.next_due()
    while now is not None and now < 300.0:
        for check in board.due(now):
            looked[check.name].append(now)
            board.result(check.name, True, "", 1)
        now = board.next_due()
    firsts = sorted(times[0] for times in looked.values())
    assert firsts[-1] <= 10.0
    assert max(b - a for a, b in pairwise(firsts)) < 2.0
    for times in looked.values():
        gaps = [b - a for a, b in pairwise(times)]
        assert all(9.5 <= gap <= 10.5 for gap in gaps)
        assert len(times) == pytest.approx(30, abs=2)


def test_one_look_at_a_time_and_none_for_ever() -> None:
    board = Cluster(API).board
    first = board.next_due()
    assert first is not None
    assert board.due(first) == [API]
    assert board.due(first + 16.0) == []
    assert board.next_due() == pytest.approx(first + 30.0)
    assert board.due(first + 30.0) == [API]


def test_a_pause_is_not_made_up_for() -> None:
    board = Cluster(API).board
    times = []
    now = 1000.0  # the process stood still for over an hour of looks
    while now < 1100.0:
        for check in board.due(now):
            times.append(now)
            board.result(check.name, True, "", 1)
        now = board.next_due() or 1e9
    assert min(b - a for a, b in pairwise(times)) > 14.0


@pytest.mark.parametrize(
    "wrong", [{"timeout": 20.0}, {"timeout": 0.0}, {"up": 0}, {"down": 0}, {"every": float("inf")}]
)
def test_checks_refuse_nonsense(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="check x"):
        HealthCheck("x", Target("http://x"), **wrong)  # type: ignore[arg-type]


def test_two_checks_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        HealthCheckBoard((API, API), AlarmBook(), Random(1))


def test_a_check_that_did_not_change_goes_on() -> None:
    cluster = Cluster(API)
    assert cluster.looks("xx") == ["", ""]
    cluster.board.use(5.0, [HealthCheck("other", Target("http://other/")), API])
    assert cluster.looks("x") == ["fires"]


def test_a_check_that_changed_begins_anew() -> None:
    cluster = Cluster(API)
    assert cluster.looks("xx") == ["", ""]
    cluster.board.use(5.0, [replace(API, target=Target("http://ws-api/livez"))])
    assert cluster.looks("xxx") == ["", "", "fires"]


def test_the_alarm_of_a_check_that_is_no_more_is_over() -> None:
    cluster = Cluster(API, HealthCheck("other", Target("http://other/")))
    assert cluster.looks("xxx") == ["", "", "fires"]
    cluster.accept(replace(cluster.reports[0], key="stranger"))  # nobody checks it, but no check
    cluster.accept(replace(cluster.reports[0], key="check:stranger", source="somebody"))
    assert cluster.board.strays(7) == []
    cluster.board.use(5.0, [HealthCheck("other", Target("http://other/"))])
    (end,) = cluster.board.strays(7)
    assert (end.key, end.resolved, end.timestamp) == ("check:ws-api", True, 7)
    assert end.annotations == (("detail", GONE),)
    assert cluster.board.result("ws-api", False, "a late look", 8) is None
    cluster.accept(end)
    assert cluster.board.strays(9) == []


def test_only_the_master_ends_alarms_of_checks_that_are_no_more() -> None:
    cluster = Cluster(API)
    cluster.looks("xxx")
    cluster.board.stop()
    cluster.board.use(5.0, [])
    assert cluster.board.strays(7) == []
    cluster.board.start(6.0)
    assert [end.key for end in cluster.board.strays(7)] == ["check:ws-api"]
