"""Whose name it is: decided alike on both sides, and given back."""

from __future__ import annotations

from alarminati.core.election.messages import ElectionMessage, Kind, priority_of, rank, rank_apart
from alarminati.core.election.namesakes import ASK_EVERY, GONE, Namesakes


def word(name: str, instance: str, started: int = 0, given: str = "") -> ElectionMessage:
    return ElectionMessage(Kind.PROBE, name, 1, 1, instance=instance, started=started, given=given)


def test_the_later_one_yields_and_the_earlier_one_stays() -> None:
    early, late = Namesakes("e1", "aaaa", 1000), Namesakes("e1", "bbbb", 2000)
    early.heard(1.0, word("e1", "bbbb", 2000), "10.0.0.2:7443")
    late.heard(1.0, word("e1", "aaaa", 1000), "10.0.0.1:7443")
    assert (early.name, late.name) == ("e1", "e1~bbbb")
    assert [other.address for other in early.known()] == ["10.0.0.2:7443"]


def test_two_that_started_at_the_same_moment_agree_as_well() -> None:
    one, other = Namesakes("e1", "aaaa", 1000), Namesakes("e1", "bbbb", 1000)
    one.heard(1.0, word("e1", "bbbb", 1000), "")
    other.heard(1.0, word("e1", "aaaa", 1000), "")
    assert sorted([one.name, other.name]) == ["e1", "e1~bbbb"]


def test_one_that_has_yielded_is_still_known_by_the_name_it_was_given() -> None:
    early = Namesakes("e1", "aaaa", 1000)
    early.heard(1.0, word("e1~bbbb", "bbbb", 2000, given="e1"), "10.0.0.2:7443")
    assert [other.name for other in early.known()] == ["e1~bbbb"]


def test_one_that_got_another_name_is_no_namesake_any_more() -> None:
    late = Namesakes("e1", "bbbb", 2000)
    late.heard(1.0, word("e1", "aaaa", 1000), "10.0.0.1:7443")
    late.heard(9.0, word("e9", "cccc", 3000), "10.0.0.1:7443")  # started anew, under another name
    assert late.known() == []
    late.passed(9.0)
    assert late.name == "e1"


def test_it_asks_now_and_then_and_takes_its_name_back_when_nobody_answers() -> None:
    late = Namesakes("e1", "bbbb", 2000)
    late.heard(0.0, word("e1", "aaaa", 1000), "10.0.0.1:7443")
    assert late.passed(ASK_EVERY - 1) == []
    assert late.passed(ASK_EVERY) == ["10.0.0.1:7443"]
    assert late.passed(ASK_EVERY + 1) == []
    late.passed(GONE)
    assert late.name == "e1~bbbb"
    late.passed(GONE + 1)
    assert late.name == "e1"


def test_a_replica_that_says_no_instance_is_told_by_its_name() -> None:
    assert Namesakes("e1", "aaaa", 1).mine(word("e1", ""))
    assert not Namesakes("e1", "aaaa", 1).mine(word("e2", ""))
    assert not Namesakes("e1", "aaaa", 1).mine(word("e1", "bbbb"))


def test_ranks_of_two_with_one_name_differ_and_keep_their_priority() -> None:
    own = rank("", "e1", 7)
    assert priority_of(rank_apart(own, "bbbb")) == 7
    assert len({own, rank_apart(own, "aaaa"), rank_apart(own, "bbbb")}) == 3
