"""Who should be there and is not is said: in the log, as a list and as an alarm that ends."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.election.election import Election
from alarminati.core.election.messages import Ask, ElectionMessage, Kind, Loss, Problem, Role, rank
from alarminati.core.election.timing import Timing
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.monitors.unreachable_peers import (
    ALARMED,
    FOUND_ALARMED,
    GONE_WARNED,
    WARNED,
    PeerBoard,
    Sought,
    Way,
)

ONE, TWO = "10.0.0.1:7443", "10.0.0.2:7443"
REFUSED = Loss(Problem.UNREACHABLE, "connection refused")


class Lonely:
    """A replica whose questions are answered as the test says; nobody does by default."""

    def __init__(self, sought: Sought, found: frozenset[str] | None = None) -> None:
        self.book = AlarmBook()
        self.answers: dict[str, ElectionMessage | Loss] = {}
        self.election = Election(
            "e1", rank("", "e1"), Timing(), Random(1), ONE, instance="aaaa", started=1
        )
        self.board = PeerBoard(self.book, self.election, sought, 0.0)
        self.now = 0.0
        self.count = 0
        self._do(self.election.start(0.0))
        self.find(sought.peers if found is None else found)

    def find(self, addresses: frozenset[str]) -> None:
        self._do(self.election.candidates(self.now, addresses))

    def _do(self, effects: Sequence[object]) -> None:
        for effect in effects:
            if isinstance(effect, Ask):
                itself = self.election.view() if effect.address == ONE else REFUSED
                answer = self.answers.get(effect.address, itself)
                if isinstance(answer, ElectionMessage):
                    self._do(self.election.answered(self.now, effect, answer))
                else:
                    self._do(self.election.unreachable(self.now, effect, answer))

    def until(self, now: float) -> list[str]:
        """Let time pass; what the log says meanwhile. Alarms are taken in."""
        said: list[str] = []
        while self.now < now:
            self.now = min(now, self.now + 1.0)
            self._do(self.election.timer(self.now))
            said += self.board.warnings(self.now)
            for alarm in self.board.alarms(self.now, int(self.now * 1000)):
                self.report(alarm)
        return said

    def report(self, alarm: Alarm) -> None:
        self.count += 1
        self.book.apply(Entry("aaaa", self.count, self.count << 16, alarm))

    def firing(self) -> list[str]:
        return [state.alarm.message for state in self.book.firing_from({"peers"})]


def word(name: str, instance: str, started: int = 5, given: str = "") -> ElectionMessage:
    return ElectionMessage(
        Kind.STATUS, name, rank("", name), 0, instance=instance, started=started, given=given
    )


STATIC = Sought(Way.STATIC, frozenset({ONE, TWO}))


def test_a_peer_that_is_never_reached_is_named_once_and_is_an_alarm_after_a_minute() -> None:
    lonely = Lonely(STATIC)
    assert lonely.until(WARNED - 1) == []
    (said,) = lonely.until(ALARMED - 1)
    assert said.startswith("10.0.0.2:7443 was never reached: connection refused")
    (peer,) = lonely.board.unreachable(lonely.now)
    assert (peer.address, peer.way, peer.problem) == (TWO, Way.STATIC, Problem.UNREACHABLE)
    assert lonely.firing() == []
    assert lonely.until(10 * ALARMED) == []
    assert lonely.firing() == ["e1 does not reach 10.0.0.2:7443"]


def test_it_is_over_once_it_is_reached() -> None:
    lonely = Lonely(STATIC)
    lonely.until(2 * ALARMED)
    lonely.answers[TWO] = word("e2", "bbbb")
    lonely.until(3 * ALARMED)
    assert lonely.firing() == []
    assert lonely.board.unreachable(lonely.now) == []


def test_it_is_over_once_it_is_not_sought_any_more() -> None:
    """The file was mended, and the agent started anew: nobody else ends what it had said."""
    before = Lonely(STATIC)
    before.until(2 * ALARMED)
    (alarm,) = (state.alarm for state in before.book.firing_from({"peers"}))
    after = Lonely(Sought(Way.STATIC, frozenset({ONE, "10.0.0.3:7443"})))
    after.report(alarm)
    after.answers["10.0.0.3:7443"] = word("e3", "cccc")
    after.until(WARNED + 1)
    assert after.firing() == []


def test_what_fires_since_before_a_restart_goes_on_until_it_was_tried() -> None:
    before = Lonely(STATIC)
    before.until(2 * ALARMED)
    (alarm,) = (state.alarm for state in before.book.firing_from({"peers"}))
    after = Lonely(STATIC)
    after.report(alarm)
    after.until(2 * ALARMED)
    assert after.count == 1  # neither ended nor said again


@pytest.mark.parametrize("problem", [Problem.UNTRUSTED, Problem.OTHER_CLUSTER])
def test_why_it_is_not_reached_is_told_apart(problem: Problem) -> None:
    lonely = Lonely(STATIC)
    lonely.answers[TWO] = Loss(problem, "its certificate is another's")
    (said,) = lonely.until(2 * ALARMED)
    assert "its certificate is another's" in said
    assert [peer.problem for peer in lonely.board.unreachable(lonely.now)] == [problem]
    assert lonely.firing() == ["e1 does not reach 10.0.0.2:7443"]


def test_who_was_there_and_is_gone_is_said_after_longer() -> None:
    lonely = Lonely(STATIC)
    lonely.answers[TWO] = word("e2", "bbbb")
    lonely.until(5.0)
    assert lonely.election.role is Role.MASTER
    del lonely.answers[TWO]
    assert lonely.until(5.0 + GONE_WARNED - 20) == []
    (said,) = lonely.until(5.0 + GONE_WARNED + 20)
    assert said == "e2 at 10.0.0.2:7443 is gone: connection refused"
    lonely.until(5.0 + FOUND_ALARMED - 20)
    assert lonely.firing() == []
    lonely.until(5.0 + FOUND_ALARMED + 20)
    assert lonely.firing() == ["e1 does not reach 10.0.0.2:7443"]


@pytest.mark.parametrize(
    ("sought", "found", "said"),
    [
        (Sought(Way.ZEROCONF), frozenset(), "no other replica is found: no other one announces"),
        (
            Sought(Way.DNS, service="agents.alarms:7443"),
            frozenset(),
            "no other replica is found: DNS names no address for agents.alarms:7443",
        ),
        (
            Sought(Way.STATIC, frozenset({ONE})),
            frozenset({ONE}),
            "no other replica is found: discovery.peers names only this replica",
        ),
    ],
)
def test_discovery_that_finds_nobody_is_said(
    sought: Sought, found: frozenset[str], said: str
) -> None:
    lonely = Lonely(sought, found)
    (sentence,) = lonely.until(2 * FOUND_ALARMED)
    assert sentence.startswith(said)
    assert len(lonely.firing()) == 1
    lonely.answers[TWO] = word("e2", "bbbb")
    lonely.find(frozenset({ONE, TWO}))
    lonely.until(3 * FOUND_ALARMED)
    assert lonely.firing() == []


@pytest.mark.parametrize(
    ("sought", "found"),
    [
        (Sought(), frozenset()),
        (Sought(Way.DNS, service="agents.alarms:7443"), frozenset({ONE})),
    ],
)
def test_one_that_is_alone_on_purpose_says_nothing(sought: Sought, found: frozenset[str]) -> None:
    lonely = Lonely(sought, found)
    assert lonely.until(2 * FOUND_ALARMED) == []
    assert lonely.firing() == []


def test_another_of_the_same_name_is_said_by_both_and_is_an_alarm_of_one() -> None:
    older, later = Lonely(STATIC), Lonely(STATIC)
    older.answers[TWO] = word("e1~bbbb", "bbbb", started=5, given="e1")
    later.answers[TWO] = word("e1", "0000", started=0)
    for lonely, name in ((older, "e1~bbbb"), (later, "e1")):
        (said,) = lonely.until(2 * ALARMED)
        assert f"at {TWO}" in said and f"goes by {name};" in said
        assert [p.problem for p in lonely.board.unreachable(lonely.now)] == [Problem.NAME_TAKEN]
    assert older.firing() == []
    assert later.firing() == ["Two replicas were given the name e1"]
    assert (older.election.name, later.election.name) == ("e1", "e1~aaaa")
    later.answers[TWO] = word("e2", "dddd")
    later.until(10 * ALARMED)
    assert later.election.name == "e1"
    assert later.firing() == []
