"""Leadership: when a master begins to send, holds, goes on and rests."""

from __future__ import annotations

from random import Random

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.effects import Drop, Leading
from alarminati.core.election.election import Election
from alarminati.core.election.messages import (
    Ask,
    BecomeMaster,
    DropFollowers,
    ElectionMessage,
    Follow,
    Kind,
    StopSending,
    Unfollow,
)
from alarminati.core.election.timing import Timing
from alarminati.core.journal.commit_queue import CommitQueue
from alarminati.core.journal.extents import Journal
from alarminati.core.journal.sides import Side, Sides
from alarminati.core.leadership import Leadership
from alarminati.core.model.hlc import HybridClock
from alarminati.core.routing.routes import Route, Router
from tests.core.journal.shelf import Shelf, entry

TIMING = Timing()
WALL = 1_000_000
ALONE = BecomeMaster(1, ())
AWAITS_A = BecomeMaster(1, ("a",))


class Desk:
    """A replica that its election made master."""

    def __init__(self) -> None:
        election = Election("b", 20, TIMING, Random(1), "b:1")
        election.start(0.0)
        election.candidates(0.0, frozenset())
        election.timer(TIMING.grace)
        assert election.leading
        self.sides = Sides()
        self.tray = CommitQueue(Journal("own"), HybridClock(), lambda body, request: b"")
        self.election = election
        self.outbox = Outbox(AlarmBook(), Router(Route()), {}, Random(1), "b", "")
        self.leads = Leadership(election, self.outbox, self.sides, self.tray, TIMING)

    def began(self) -> Leadership:
        """It sends."""
        self.leads.act(0.0, [ALONE])
        assert self.leads.begin_if_merged(0.0, WALL) == [Leading(True)]
        return self.leads

    def link(self, number: int, upstream: bool) -> None:
        self.sides[number] = Side(Shelf().link(), upstream)


# Beginning.


def test_a_master_that_nobody_answered_begins_at_once_and_once() -> None:
    leads = Desk().began()
    assert leads.leading
    assert leads.begin_if_merged(1.0, WALL) == []


def test_nobody_begins_who_was_not_elected() -> None:
    leads = Desk().leads
    assert leads.begin_if_merged(100.0, WALL) == []
    assert not leads.leading


def test_a_new_master_waits_for_the_journals_of_those_who_answered() -> None:
    leads = Desk().leads
    leads.act(0.0, [AWAITS_A])
    assert leads.begin_if_merged(TIMING.merge - 0.1, WALL) == []
    leads.merged("a")
    assert leads.begin_if_merged(TIMING.merge - 0.1, WALL) == [Leading(True)]


def test_a_new_master_does_not_wait_for_longer_than_a_merge_may_take() -> None:
    leads = Desk().leads
    leads.act(0.0, [AWAITS_A])
    assert leads.next_due == TIMING.merge
    assert leads.begin_if_merged(TIMING.merge, WALL) == [Leading(True)]
    assert leads.next_due is None


# In doubt.


def test_a_master_in_doubt_holds_and_goes_on_without_merging_again() -> None:
    leads = Desk().began()
    assert leads.act(1.0, [StopSending(doubting=True)]) == [Leading(False)]
    assert (leads.leading, leads.begun) == (False, True)
    assert leads.act(2.0, [AWAITS_A]) == [Leading(True)]
    assert (leads.leading, leads.next_due) == (True, None)


def test_to_doubt_twice_is_to_hold_once() -> None:
    leads = Desk().began()
    leads.act(1.0, [StopSending(doubting=True)])
    assert leads.act(2.0, [StopSending(doubting=True)]) == []


def test_a_master_that_has_not_begun_has_nothing_to_hold() -> None:
    leads = Desk().leads
    leads.act(0.0, [AWAITS_A])
    assert leads.act(0.1, [StopSending(doubting=True)]) == []
    assert leads.next_due is None


# Resting.


def test_a_master_that_is_none_any_more_stops() -> None:
    leads = Desk().began()
    assert leads.act(1.0, [StopSending()]) == [Leading(False)]
    assert (leads.leading, leads.begun) == (False, False)


def test_what_held_already_is_not_told_to_stop_again() -> None:
    leads = Desk().began()
    leads.act(1.0, [StopSending(doubting=True)])
    assert leads.act(2.0, [StopSending()]) == []
    assert not leads.begun


def test_to_rest_before_it_began_is_to_begin_never() -> None:
    leads = Desk().leads
    leads.act(0.0, [AWAITS_A])
    assert leads.rest(0.1) == []
    assert leads.begin_if_merged(TIMING.merge, WALL) == []


# Links.


def test_who_is_no_master_any_more_drops_its_followers_and_what_they_sent() -> None:
    desk = Desk()
    for number, upstream in ((3, False), (1, False), (2, True)):
        desk.link(number, upstream)
    desk.tray.receive(1, [entry(1)])
    effects = desk.leads.act(0.0, [DropFollowers()])
    assert [effect.link for effect in effects if isinstance(effect, Drop)] == [1, 3]
    assert list(desk.sides) == [2]
    assert desk.tray.next_batch(WALL) is None


def test_who_follows_nobody_drops_its_upstream_before_the_shell_is_told() -> None:
    desk = Desk()
    desk.link(1, upstream=False)
    desk.link(2, upstream=True)
    drop, unfollow = desk.leads.act(0.0, [Unfollow()])
    assert isinstance(drop, Drop) and drop.link == 2
    assert unfollow == Unfollow()
    assert list(desk.sides) == [1]


@pytest.mark.parametrize(
    "effect", [Follow("a:1", "a"), Ask("a:1", ElectionMessage(Kind.PROBE, "b", 20, 0))]
)
def test_all_else_is_for_the_shell(effect: Follow | Ask) -> None:
    assert Desk().leads.act(0.0, [effect]) == [effect]


# A copy of the journal.


def test_an_empty_replica_waits_for_its_copy_but_not_for_ever() -> None:
    desk = Desk()
    desk.election.eligible = False
    leads = Leadership(desk.election, desk.outbox, desk.sides, desk.tray, TIMING, copy_wait=30.0)
    leads.regain_eligibility(1.0)
    leads.regain_eligibility(30.0)
    assert not desk.election.eligible  # alone for long, which is enough where there is no copy
    leads.regain_eligibility(31.5)
    assert desk.election.eligible


def test_a_copy_stays_open_when_followers_and_upstream_are_let_go() -> None:
    desk = Desk()
    desk.link(1, upstream=False)
    desk.sides[-1] = Side(Shelf().link(), upstream=False, copy=True)
    assert desk.leads.act(0.0, [DropFollowers()]) != []
    assert list(desk.sides) == [-1]


def test_a_copy_counts_for_receipts_only_where_it_is_asked_to() -> None:
    desk = Desk()
    desk.link(1, upstream=False)
    desk.sides[-1] = Side(Shelf().link(), upstream=False, copy=True, counts=False)
    assert (len(desk.sides.counting), desk.sides.copies_count) == (1, False)
    desk.sides[-1].counts = True
    assert (len(desk.sides.counting), desk.sides.copies_count) == (2, True)
