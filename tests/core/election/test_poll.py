"""The poll of an election: who is waited for, and what the answers say."""

from __future__ import annotations

from alarminati.core.election.messages import Ask, ElectionMessage, Kind
from alarminati.core.election.poll import Poll

QUESTION = ElectionMessage(Kind.ELECTION, "b", 20, 0)


def ask(name: str) -> Ask:
    return Ask(f"{name}:1", QUESTION)


def answer(name: str, kind: Kind = Kind.STATUS) -> ElectionMessage:
    return ElectionMessage(kind, name, 10, 0)


def test_the_last_answer_ends_a_poll() -> None:
    a, c = ask("a"), ask("c")
    poll = Poll.of(1.0, [a, c])
    assert not poll.count(a, answer("a"))
    assert poll.count(c, answer("c"))
    assert poll.answered == ["a", "c"]


def test_no_answer_counts_as_one_that_is_in() -> None:
    a = ask("a")
    poll = Poll.of(1.0, [a])
    assert poll.count(a, None)
    assert poll.answered == []


def test_the_answer_to_an_earlier_question_does_not_count() -> None:
    earlier, now = ask("a"), ask("a")
    poll = Poll.of(1.0, [now])
    assert not poll.count(earlier, answer("a"))
    assert (poll.answered, list(poll.pending)) == ([], ["a:1"])


def test_an_answer_counts_once() -> None:
    a, c = ask("a"), ask("c")
    poll = Poll.of(1.0, [a, c])
    poll.count(a, answer("a"))
    assert not poll.count(a, answer("a"))
    assert poll.answered == ["a"]


def test_one_higher_rank_that_is_alive_is_enough() -> None:
    a, c = ask("a"), ask("c")
    poll = Poll.of(1.0, [a, c])
    poll.count(a, answer("a", Kind.ALIVE))
    assert poll.higher
    poll.count(c, answer("c"))
    assert poll.higher


def test_who_checks_its_master_is_waited_for_until_it_found_it_gone() -> None:
    a = ask("a")
    poll = Poll.of(1.0, [a])
    poll.count(a, answer("a", Kind.CHECKING_MASTER))
    assert poll.verifying == {"a"}
    poll.stands("a")
    assert poll.verifying == set()


def test_an_answer_that_it_checks_may_be_overtaken_by_what_it_found() -> None:
    a = ask("a")
    poll = Poll.of(1.0, [a])
    poll.stands("a")
    poll.count(a, answer("a", Kind.CHECKING_MASTER))
    assert poll.verifying == set()
