"""The election, one rule a test: what comes in, what is answered, and which effects follow.

The replica under test is `b` with rank 20; `a` outranks it (30), `c` does not (10).
"""

from __future__ import annotations

from random import Random

from alarminati.core.election.election import FRESH, LINK_PATIENCE, SUSPECT_AGAIN, Election
from alarminati.core.election.messages import (
    PRIORITY_SHIFT,
    Ask,
    BecomeMaster,
    DropFollowers,
    ElectionEffect,
    ElectionMessage,
    Follow,
    Kind,
    RefreshDiscovery,
    Role,
    StopSending,
    Unfollow,
)
from alarminati.core.election.timing import Timing

TIMING = Timing()
RANKS = {"a": 30, "b": 20, "c": 10}
EVERYBODY = frozenset(f"{name}:1" for name in RANKS)


def word(kind: Kind, name: str, master: str = "", epoch: int = 0, hops: int = 2) -> ElectionMessage:
    """A word of a peer that sees `master`."""
    return ElectionMessage(
        kind,
        name,
        RANKS[name],
        epoch,
        master,
        RANKS.get(master, 0),
        "" if master in ("", name) else f"{master}:1",
        0 if master == name else hops,
        f"{name}:1",
    )


def said(effects: list[ElectionEffect]) -> list[tuple[str, str]]:
    """Whom it asks what."""
    return [(e.address, e.word.kind.name) for e in effects if isinstance(e, Ask)]


def other(effects: list[ElectionEffect]) -> list[ElectionEffect]:
    """The effects that are no questions."""
    return [effect for effect in effects if not isinstance(effect, Ask)]


def asked(effects: list[ElectionEffect], address: str) -> Ask:
    """The first question to that address."""
    return next(e for e in effects if isinstance(e, Ask) and e.address == address)


def started() -> tuple[Election, list[ElectionEffect]]:
    """Just started, and discovery named everybody."""
    election = Election("b", RANKS["b"], TIMING, Random(1), "b:1")
    election.start(0.0)
    return election, election.candidates(0.0, EVERYBODY)


def seeking() -> Election:
    """Started; its own address turned out to be its own."""
    election, effects = started()
    election.answered(0.0, asked(effects, "b:1"), election.view())
    return election


def standing() -> tuple[Election, list[ElectionEffect]]:
    """A candidate: nobody named a master within the grace."""
    election = seeking()
    return election, election.timer(TIMING.grace)


def master() -> Election:
    """Elected with the vote of `c`; `a` is gone."""
    election, effects = standing()
    election.answered(0.5, asked(effects, "c:1"), word(Kind.STATUS, "c"))
    election.unreachable(0.9, asked(effects, "a:1"))
    assert election.leading
    return election


def standby() -> Election:
    """Linked to the master `a`, and in step with it."""
    election = seeking()
    election.heard(0.1, word(Kind.PROBE, "a", "a", 7))
    election.link_up(0.2, "a")
    election.in_step(0.3)
    return election


# Start.


def test_a_replica_that_starts_asks_discovery() -> None:
    election = Election("b", RANKS["b"], TIMING, Random(1))
    assert election.start(0.0) == [RefreshDiscovery()]
    assert election.role is Role.SEEKING and not election.leading


def test_whoever_discovery_names_is_asked_who_is_there() -> None:
    _, effects = started()
    assert said(effects) == [("a:1", "PROBE"), ("b:1", "PROBE"), ("c:1", "PROBE")]


def test_an_address_that_answers_with_the_own_name_is_forgotten() -> None:
    election = seeking()
    assert "b:1" not in election.roster.others()


def test_a_replica_that_hears_of_a_master_follows_it_and_does_not_stand() -> None:
    election = seeking()
    reply, effects = election.heard(0.1, word(Kind.PROBE, "a", "a", 7))
    assert effects == [Follow("a:1", "a")]
    assert (election.role, election.master, election.epoch) == (Role.STANDBY, "a", 7)
    assert (reply.kind, reply.master, reply.master_address) == (Kind.STATUS, "a", "a:1")


def test_a_master_that_another_names_is_followed_directly() -> None:
    election = seeking()
    _, effects = election.heard(0.1, word(Kind.PROBE, "c", "a", 7, hops=1))
    assert effects == [Follow("a:1", "a")]


def test_without_a_master_a_replica_stands_after_the_grace() -> None:
    election = seeking()
    assert election.timer(TIMING.grace - 0.01) == []
    effects = election.timer(TIMING.grace)
    assert said(effects) == [("a:1", "ELECTION"), ("c:1", "ELECTION")]
    assert election.role is Role.CANDIDATE


def test_a_replica_with_nobody_else_leads_after_the_grace() -> None:
    election = Election("b", RANKS["b"], TIMING, Random(1), "b:1")
    election.start(0.0)
    assert election.timer(TIMING.grace) == [BecomeMaster(1, ())]
    assert election.leading and election.alone


# The round.


def test_the_highest_that_answers_leads_and_says_so_to_everybody() -> None:
    election, effects = standing()
    assert election.answered(0.5, asked(effects, "c:1"), word(Kind.STATUS, "c")) == []
    effects = election.unreachable(0.9, asked(effects, "a:1"))
    assert other(effects) == [BecomeMaster(1, ("c",))]
    assert said(effects) == [("a:1", "COORDINATOR"), ("c:1", "COORDINATOR")]


def test_a_candidate_that_is_outranked_waits_for_the_reign_of_the_other() -> None:
    election, effects = standing()
    election.answered(0.5, asked(effects, "a:1"), word(Kind.ALIVE, "a"))
    assert election.answered(0.5, asked(effects, "c:1"), word(Kind.STATUS, "c")) == []
    assert election.role is Role.CANDIDATE
    assert election.timer(0.5 + TIMING.coordinator_timeout - 0.01) == []


def test_a_candidate_stands_again_when_the_reign_does_not_come() -> None:
    election, effects = standing()
    election.answered(0.5, asked(effects, "a:1"), word(Kind.ALIVE, "a"))
    election.answered(0.5, asked(effects, "c:1"), word(Kind.STATUS, "c"))
    assert said(election.timer(0.5 + TIMING.coordinator_timeout + 0.1)) == [
        ("a:1", "ELECTION"),
        ("c:1", "ELECTION"),
    ]


def test_a_round_without_answers_ends_at_its_deadline() -> None:
    election, _ = standing()
    assert election.timer(TIMING.grace + TIMING.answer - 0.01) == []
    assert other(election.timer(TIMING.grace + TIMING.answer)) == [BecomeMaster(1, ())]


def test_a_candidate_waits_for_those_that_check_their_master() -> None:
    election, effects = standing()
    election.answered(0.5, asked(effects, "c:1"), word(Kind.CHECKING_MASTER, "c"))
    assert other(election.unreachable(0.6, asked(effects, "a:1"))) == []
    assert election.role is Role.CANDIDATE


def test_a_lower_candidate_is_answered_that_a_higher_one_takes_over() -> None:
    election = seeking()
    reply, effects = election.heard(0.1, word(Kind.ELECTION, "c"))
    assert reply.kind is Kind.ALIVE
    assert ("a:1", "ELECTION") in said(effects)


def test_a_higher_candidate_is_given_way_to() -> None:
    election = seeking()
    reply, effects = election.heard(0.1, word(Kind.ELECTION, "a"))
    assert (reply.kind, effects) == (Kind.STATUS, [])


def test_a_replica_that_may_not_lead_says_the_lowest_rank_and_waits() -> None:
    election = seeking()
    election.able = False
    assert election.view().rank == 0
    reply, effects = election.heard(0.1, word(Kind.ELECTION, "c"))
    assert (reply.kind, effects) == (Kind.STATUS, [])


# Master.


def test_of_two_masters_the_later_epoch_wins() -> None:
    election = master()
    _, effects = election.heard(1.5, word(Kind.COORDINATOR, "c", "c", epoch=2))
    assert other(effects) == [StopSending(), Follow("c:1", "c")]
    assert election.master == "c"


def test_of_two_masters_of_one_epoch_the_higher_rank_wins() -> None:
    election = master()
    _, effects = election.heard(1.5, word(Kind.COORDINATOR, "c", "c", epoch=1))
    assert election.leading
    assert said(effects) == [("c:1", "COORDINATOR")]  # the lesser one is told at once
    _, effects = election.heard(1.6, word(Kind.COORDINATOR, "a", "a", epoch=1))
    assert other(effects) == [StopSending(), Follow("a:1", "a")]


def test_a_healthy_master_is_kept_whoever_stands() -> None:
    election = master()
    reply, effects = election.heard(1.5, word(Kind.ELECTION, "a"))
    assert (reply.kind, reply.master) == (Kind.STATUS, "b")
    assert other(effects) == [] and election.leading


def test_a_master_hands_over_to_a_higher_priority_that_is_in_step() -> None:
    election = master()
    election.heard(1.0, word(Kind.PROBE, "c"))
    election.follower_up(1.0, "c")
    stronger = ElectionMessage(Kind.ELECTION, "c", 1 << PRIORITY_SHIFT | 1, 1, "b", address="c:1")
    election.heard(1.1, stronger)
    assert election.leading  # not in step yet
    election.follower_in_step(1.2, "c")
    _, effects = election.heard(1.3, stronger)
    assert other(effects) == [StopSending()]
    assert asked(effects, "c:1").word.successor == "c"


def test_a_master_that_was_paused_asks_everybody_before_it_sends_again() -> None:
    election = master()
    election.timer(1.0)
    effects = election.timer(1.0 + TIMING.pause + 0.1)
    assert other(effects) == [StopSending(doubting=True)]
    assert not election.leading
    for name in ("a", "c"):
        found = election.answered(2.2, asked(effects, f"{name}:1"), word(Kind.STATUS, name, "b", 1))
    assert found == [BecomeMaster(1, ())]
    assert election.leading


def test_a_paused_master_that_was_replaced_follows_the_next_one() -> None:
    election = master()
    election.timer(1.0)
    effects = election.timer(10.0)
    found = election.answered(10.1, asked(effects, "c:1"), word(Kind.STATUS, "c", "c", epoch=2))
    assert other(found) == [StopSending(), Follow("c:1", "c")]


def test_a_master_that_stops_names_the_best_follower_in_step() -> None:
    election = master()
    for name in ("a", "c"):
        election.heard(1.0, word(Kind.PROBE, name))
        election.follower_up(1.0, name)
    election.follower_in_step(1.1, "c")
    effects = election.leave(1.2)
    assert other(effects) == [StopSending()]
    assert {e.word.successor for e in effects if isinstance(e, Ask)} == {"c"}
    assert election.rank == 0  # it leads no more


def test_a_master_that_loses_a_follower_asks_discovery() -> None:
    election = master()
    election.follower_up(1.0, "c")
    assert RefreshDiscovery() in election.follower_down(1.1, "c")


# Standby.


def test_a_standby_whose_link_breaks_stands_at_once() -> None:
    election = standby()
    effects = election.link_down(1.0)
    assert other(effects) == [Unfollow(), RefreshDiscovery()]
    assert said(effects) == [("a:1", "ELECTION"), ("c:1", "ELECTION")]


def test_a_link_that_does_not_come_up_counts_as_gone() -> None:
    election = seeking()
    election.heard(0.1, word(Kind.PROBE, "a", "a", 7))
    assert other(election.timer(0.1 + LINK_PATIENCE - 0.01)) == []
    assert Unfollow() in election.timer(0.1 + LINK_PATIENCE)


def test_silence_of_two_and_a_half_beats_makes_a_standby_ask_its_master() -> None:
    election = standby()
    election.heard(0.5, word(Kind.PROBE, "c", "a", 7))
    election.upstream_heard(1.0)
    for tenth in range(11, int(10 * TIMING.silence) + 10):  # its own clock goes on
        assert election.timer(tenth / 10) == []
    effects = election.timer(1.0 + TIMING.silence)
    assert said(effects) == [("a:1", "PROBE")]
    assert election.role is Role.STANDBY


def test_a_standby_looks_for_those_it_never_heard_and_for_nobody_else() -> None:
    election = standby()
    assert said(election.timer(1.0)) == [("c:1", "PROBE")]
    election.heard(1.0, word(Kind.PROBE, "c", "a", 7))
    assert said(election.timer(20.0)) == []


def test_a_master_that_answers_is_kept() -> None:
    election = standby()
    effects = election.suspect(1.0)
    assert said(effects) == [("a:1", "PROBE")]
    assert election.answered(1.1, asked(effects, "a:1"), word(Kind.STATUS, "a", "a", 7)) == []
    assert election.master == "a"


def test_a_master_that_answers_is_not_doubted_again_for_a_while() -> None:
    election = standby()
    effects = election.suspect(1.0)
    election.answered(1.1, asked(effects, "a:1"), word(Kind.STATUS, "a", "a", 7))
    assert election.suspect(1.0 + SUSPECT_AGAIN - 0.01) == []
    assert said(election.suspect(1.0 + SUSPECT_AGAIN)) == [("a:1", "PROBE")]


def test_a_suspect_that_does_not_answer_is_replaced() -> None:
    election = standby()
    effects = election.suspect(1.0)
    effects = election.unreachable(1.5, asked(effects, "a:1"))
    assert other(effects) == [Unfollow(), RefreshDiscovery()]
    assert said(effects) == [("c:1", "ELECTION")]  # not the one that just did not answer


def test_a_standby_asks_its_master_before_it_answers_a_candidate() -> None:
    election = standby()
    reply, effects = election.heard(1.0, word(Kind.ELECTION, "c"))
    assert (reply.kind, reply.master) == (Kind.CHECKING_MASTER, "")
    assert said(effects) == [("a:1", "PROBE")]
    effects = election.answered(1.1, asked(effects, "a:1"), word(Kind.STATUS, "a", "a", 7))
    assert said(effects) == [("c:1", "PROBE")]  # tells whom it let wait
    reply, _ = election.heard(1.1 + FRESH - 0.1, word(Kind.ELECTION, "c"))
    assert (reply.kind, reply.master) == (Kind.STATUS, "a")  # vouched for a moment ago


def test_the_named_successor_leads_at_once() -> None:
    election = standby()
    leaving = word(Kind.RESIGN, "a", "", 7)
    leaving = ElectionMessage(leaving.kind, "a", 30, 7, address="a:1", successor="b")
    _, effects = election.heard(1.0, leaving)
    assert other(effects) == [Unfollow(), BecomeMaster(8, ())]


def test_whoever_is_not_the_successor_waits_for_its_reign() -> None:
    election = standby()
    _, effects = election.heard(
        1.0, ElectionMessage(Kind.RESIGN, "a", 30, 7, address="a:1", successor="c")
    )
    assert effects == [Unfollow()]
    _, effects = election.heard(1.1, word(Kind.COORDINATOR, "c", "c", 8))
    assert effects == [Follow("c:1", "c")]


def test_a_master_that_cannot_be_reached_is_followed_through_a_neighbour() -> None:
    election = standby()
    election.link_down(1.0)
    _, effects = election.heard(1.1, word(Kind.STATUS, "c", "a", 7, hops=1))
    assert other(effects) == [Follow("c:1", "c")]
    assert (election.master, election.upstream, election.hops) == ("a", "c", 2)


def test_nobody_is_followed_through_one_that_is_not_linked_itself() -> None:
    election = standby()
    election.link_down(1.0)
    _, effects = election.heard(1.1, word(Kind.STATUS, "c", "a", 7, hops=2))
    assert other(effects) == []


def test_whoever_follows_us_is_dropped_when_our_way_to_the_master_is_gone() -> None:
    election = standby()
    election.follower_up(0.5, "c")
    assert DropFollowers() in election.link_down(1.0)


def test_a_standby_of_a_higher_priority_claims_when_it_is_in_step_for_a_while() -> None:
    election = Election("b", 5 << PRIORITY_SHIFT | 20, TIMING, Random(1), "b:1")
    election.start(0.0)
    election.heard(0.1, word(Kind.PROBE, "a", "a", 7))
    election.link_up(0.2, "a")
    election.in_step(0.3)
    election.timer(1.0)
    assert said(election.timer(1.9)) == []
    assert said(election.timer(0.3 + TIMING.settle)) == [("a:1", "ELECTION")]
