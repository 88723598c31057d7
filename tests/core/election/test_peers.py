"""The peer table: which addresses there are, who is behind them, and when to dial again."""

from __future__ import annotations

from random import Random

from alarminati.core.election.messages import ElectionMessage, Kind, Loss, Problem
from alarminati.core.election.peers import EAGER, LATELY, Missing, PeerTable
from alarminati.core.election.timing import Timing

TIMING = Timing()
UNTRUSTED = Loss(Problem.UNTRUSTED, "its certificate is another's")


def said(
    name: str, rank: int = 10, master_address: str = "", peers: tuple[str, ...] = ()
) -> ElectionMessage:
    return ElectionMessage(Kind.STATUS, name, rank, 0, master_address=master_address, peers=peers)


def table(*addresses: str) -> PeerTable:
    """Discovery named these at the start."""
    peers = PeerTable(TIMING, Random(1))
    peers.discovered(0.0, addresses)
    return peers


# Addresses.


def test_discovery_and_hearsay_name_addresses() -> None:
    peers = table("a:1")
    peers.heard(1.0, said("a", peers=("c:1",), master_address="d:1"), "a:1")
    assert peers.others() == ["a:1", "c:1", "d:1"]
    assert peers.listed == ["a:1"]


def test_ones_own_address_is_no_peer_and_stays_none() -> None:
    peers = table("a:1", "b:1")
    peers.is_me("b:1")
    peers.discovered(1.0, ["a:1", "b:1"])
    assert (peers.others(), peers.mine) == (["a:1"], frozenset({"b:1"}))


def test_an_address_that_discovery_drops_is_forgotten_once_it_was_silent_for_long() -> None:
    peers = table("a:1")
    peers.heard(10.0, said("a"), "a:1")
    peers.discovered(10.0 + TIMING.forget, [])
    assert (peers.others(), peers.listed) == (["a:1"], [])
    peers.discovered(10.1 + TIMING.forget, [])
    assert peers.empty


def test_an_address_that_discovery_names_is_never_forgotten() -> None:
    peers = table("a:1")
    peers.discovered(3 * TIMING.forget, ["a:1"])
    assert peers.others() == ["a:1"]


# Names.


def test_a_message_teaches_name_rank_and_address() -> None:
    peers = table()
    peers.heard(1.0, said("a", 30), "a:1")
    assert (peers.names(), peers.rank("a"), peers.address("a")) == (["a"], 30, "a:1")


def test_who_is_not_known_has_no_rank_and_no_address() -> None:
    peers = table()
    assert (peers.rank("a"), peers.address("a")) == (0, "")


def test_a_message_without_an_address_teaches_the_rank_alone() -> None:
    peers = table()
    peers.heard(1.0, said("a", 30), "")
    assert (peers.names(), peers.rank("a")) == ([], 30)


def test_an_address_where_another_answers_is_no_longer_that_of_the_first() -> None:
    peers = table()
    peers.heard(1.0, said("a"), "x:1")
    peers.answered(2.0, "x:1", said("c"))
    peers.heard(2.0, said("c"), "x:1")
    assert (peers.address("a"), peers.address("c")) == ("", "x:1")


def test_others_but_the_named() -> None:
    peers = table("c:1")
    peers.heard(1.0, said("a"), "a:1")
    assert peers.others(but={"a"}) == ["c:1"]


# Who is there.


def test_heard_lately_is_within_the_last_seconds() -> None:
    peers = table("c:1")
    peers.heard(1.0, said("a"), "a:1")
    peers.failed(1.0 + LATELY - 0.1, "c:1")
    assert peers.heard_lately
    peers.failed(1.0 + LATELY, "c:1")
    assert not peers.heard_lately


def test_a_peer_counts_as_there_until_it_does_not_answer() -> None:
    peers = table()
    peers.heard(1.0, said("a"), "a:1")
    assert peers.heard_of("a") and peers.reached() == ("a:1",)
    peers.failed(2.0, "a:1")
    assert not peers.heard_of("a")
    peers.heard(3.0, said("a"), "a:1")
    assert peers.heard_of("a")


def test_strangers_are_asked_until_one_try_failed_or_for_ever_if_discovery_names_them() -> None:
    peers = table("listed:1")
    peers.heard(0.0, said("a", peers=("hearsay:1",)), "a:1")
    assert peers.strangers() == ["hearsay:1", "listed:1"]
    peers.failed(1.0, "hearsay:1")
    peers.failed(1.0, "listed:1")
    assert peers.strangers() == ["listed:1"]


def test_who_just_did_not_answer_is_not_worth_asking_for_as_long_as_an_answer_takes() -> None:
    peers = table("a:1", "c:1")
    peers.failed(1.0, "a:1")
    assert peers.worth_asking(1.0 + TIMING.answer) == ["c:1"]
    assert peers.worth_asking(1.1 + TIMING.answer) == ["a:1", "c:1"]


# Who is missing.


def test_missing_is_who_discovery_names_and_who_did_not_answer() -> None:
    peers = table("a:1", "c:1")
    peers.heard(0.0, said("d", peers=("hearsay:1",)), "d:1")
    peers.failed(5.0, "a:1", UNTRUSTED)
    peers.failed(5.0, "hearsay:1")
    assert peers.missing(linked=()) == [Missing("a:1", UNTRUSTED, since=0.0)]


def test_who_is_linked_is_not_missing() -> None:
    peers = table("a:1")
    peers.heard(1.0, said("a"), "a:1")
    peers.failed(2.0, "a:1")
    assert peers.missing(linked={"a"}) == []


def test_missing_since_it_was_heard_last_or_since_its_link_broke() -> None:
    peers = table("a:1")
    peers.heard(1.0, said("a"), "a:1")
    peers.lost(50.0, "a")
    peers.failed(51.0, "a:1")
    (missing,) = peers.missing(linked=())
    assert (missing.since, missing.heard, missing.name) == (50.0, True, "a")


# When to dial.


def pauses(peers: PeerTable, count: int, start: float = 0.0, eager: bool = True) -> list[float]:
    """How long a peer that never answers waits between one dial and the next."""
    found, now = list[float](), start
    for _ in range(count):
        assert peers.dial(now, ["a:1"], eager) == ["a:1"]
        due = peers.next_dial(["a:1"])
        assert due is not None
        assert peers.dial(due - 0.01, ["a:1"], eager) == []
        found.append(due - now)
        now = due
    return found


def test_a_new_address_is_dialled_at_once() -> None:
    assert table("a:1").next_dial(["a:1"]) == 0.0


def test_pauses_double_up_to_the_most_with_up_to_half_of_each_left_to_chance() -> None:
    for pause, ceiling in zip(pauses(table("a:1"), 7), [1, 2, 4, 8, 15, 15, 15], strict=True):
        assert ceiling / 2 <= pause <= ceiling


def test_an_answer_makes_pauses_short_again() -> None:
    peers = table("a:1")
    pauses(peers, 5)
    peers.heard(60.0, said("a"), "a:1")
    (pause,) = pauses(peers, 1, start=60.0)
    assert pause <= TIMING.redial_first


def test_a_broken_link_is_dialled_soon_though_pauses_were_long() -> None:
    peers = table("a:1")
    peers.heard(0.0, said("a"), "a:1")
    peers.failed(1.0, "a:1")
    pauses(peers, 5, start=1.0)
    peers.lost(70.0, "a")
    due = peers.next_dial(["a:1"])
    assert due is not None and 0.0 < due - 70.0 <= TIMING.redial_first


def test_one_that_was_silent_for_an_hour_is_dialled_rarely() -> None:
    (pause,) = pauses(table("a:1"), 1, start=TIMING.forget + 1)
    assert pause >= TIMING.redial_given_up / 2


def test_a_follower_dials_who_was_never_heard_rarely_after_a_minute() -> None:
    (pause,) = pauses(table("a:1"), 1, start=EAGER + 1, eager=False)
    assert pause >= TIMING.redial_given_up / 2


def test_who_is_not_in_the_table_is_not_dialled() -> None:
    peers = table("a:1")
    assert (peers.dial(0.0, ["nobody:1"]), peers.next_dial(["nobody:1"])) == ([], None)
