"""When a reporter is answered: by copies on disks, by what it asked for, and by the time."""

from __future__ import annotations

from alarminati.core.journal.acks import Ack, AckTracker, Reject
from alarminati.core.journal.extents import Extent
from alarminati.core.journal.ingest import FiringLimit, TooFewReplicas
from alarminati.core.journal.replication import Handshake
from alarminati.core.model.entries import EntryId
from tests.core.journal.shelf import Shelf, entry, greeted


def stored(count: int = 1) -> tuple[EntryId, ...]:
    return tuple(EntryId("own", n) for n in range(1, count + 1))


def test_g1_a_receipt_waits_for_a_second_copy_but_not_for_ever() -> None:
    receipts, link = AckTracker(copy=1.0), greeted(Shelf())
    receipts.add(10.0, {1: 0}, stored())
    assert receipts.settle(10.5, [link], alone=False) == []
    (answer,) = receipts.settle(11.0, [link], alone=False)
    assert isinstance(answer, Ack)
    assert answer.receipt.replicas == 1


def test_g1_a_receipt_counts_disks() -> None:
    shelf = Shelf(entry(1, "own"), entry(2, "own"))
    receipts, link = AckTracker(copy=1.0), greeted(shelf, own=2)
    receipts.add(10.0, {1: 0}, stored(2))
    (answer,) = receipts.settle(10.0, [link, greeted(shelf, own=1)], alone=False)
    assert isinstance(answer, Ack)
    assert answer.receipt.replicas == 2


def test_whoever_asked_for_more_replicas_is_told_when_they_do_not_come() -> None:
    receipts, shelf = AckTracker(copy=1.0), Shelf(entry(1, "own"))
    receipts.add(10.0, {1: 3}, stored())
    assert receipts.settle(10.5, [greeted(shelf, own=1)], alone=False) == []
    (refusal,) = receipts.settle(11.0, [greeted(shelf, own=1)], alone=False)
    assert isinstance(refusal, Reject)
    assert isinstance(refusal.error, TooFewReplicas)
    assert (refusal.error.wanted, refusal.error.receipt.replicas) == (3, 2)


def test_each_who_waits_for_the_same_gets_what_it_asked_for() -> None:
    """Newcomer's find: who sent again was answered without a look at what it asked for."""
    receipts = AckTracker(copy=1.0)
    receipts.add(10.0, {1: 0, 2: 2}, stored())
    (answer,) = receipts.settle(10.0, [], alone=True)
    assert isinstance(answer, Ack) and answer.ticket == 1
    (refusal,) = receipts.settle(11.0, [], alone=True)
    assert isinstance(refusal, Reject) and refusal.ticket == 2
    assert isinstance(refusal.error, TooFewReplicas)


def test_g1_entries_of_two_origins_count_where_both_are() -> None:
    receipts, link = AckTracker(copy=1.0), greeted(Shelf(entry(1, "own")), own=1)
    receipts.add(10.0, {1: 0}, (EntryId("elsewhere", 5), EntryId("own", 1)))
    assert receipts.settle(10.5, [link], alone=False) == []
    (answer,) = receipts.settle(11.0, [link], alone=False)
    assert isinstance(answer, Ack) and answer.receipt.replicas == 1


def test_a_replica_that_is_alone_answers_at_once() -> None:
    receipts = AckTracker(copy=1.0)
    receipts.add(10.0, {1: 0}, stored())
    (answer,) = receipts.settle(10.0, [], alone=True)
    assert isinstance(answer, Ack)
    assert (answer.ticket, answer.receipt.ids, answer.receipt.replicas) == (1, stored(), 1)


def test_who_was_answered_is_not_answered_again() -> None:
    receipts = AckTracker(copy=1.0)
    receipts.add(10.0, {1: 0}, stored())
    receipts.settle(10.0, [], alone=True)
    assert receipts.settle(20.0, [], alone=True) == []
    assert receipts.next_deadline is None


def test_the_next_deadline_is_that_of_who_waits_longest() -> None:
    receipts = AckTracker(copy=1.0)
    assert receipts.next_deadline is None
    receipts.add(10.0, {1: 0}, stored())
    receipts.add(10.5, {2: 0}, stored())
    assert receipts.next_deadline == 11.0
    receipts.settle(11.0, [], alone=False)
    assert receipts.next_deadline == 11.5


def test_who_asked_for_more_waits_on_where_others_are_answered() -> None:
    receipts, shelf = AckTracker(copy=1.0), Shelf(entry(1, "own"))
    receipts.add(10.0, {1: 0, 2: 3}, stored())
    two = [greeted(shelf, own=1)]
    assert [answer.ticket for answer in receipts.settle(10.1, two, alone=False)] == [1]
    three = [*two, greeted(shelf, own=1)]
    assert [answer.ticket for answer in receipts.settle(10.2, three, alone=False)] == [2]


def test_a_receipt_says_what_was_not_taken() -> None:
    receipts, limit = AckTracker(copy=1.0), FiringLimit([1], "many fire already")
    receipts.add(10.0, {1: 0}, stored(), limit)
    (answer,) = receipts.settle(10.0, [], alone=True)
    assert isinstance(answer, Ack) and answer.receipt.refused is limit


def test_g1_what_another_replica_skipped_is_no_copy_there() -> None:
    """It goes as far as the origin does, but what it never received below a floor is not there."""
    link = Shelf(*(entry(n, "own") for n in range(1, 13))).link()
    link.pull(0.0)
    link.greeted(Handshake("peer", "theirs", {"own": Extent(10, 10)}))
    receipts = AckTracker(copy=1.0)
    receipts.add(10.0, {1: 2}, (EntryId("own", 7),))
    receipts.add(10.0, {2: 2}, (EntryId("own", 12),))
    frame = link.pull(10.0)
    assert frame is not None
    link.acknowledged(len(frame.entries))
    (answer,) = receipts.settle(10.0, [link], alone=False)
    assert isinstance(answer, Ack) and (answer.ticket, answer.receipt.replicas) == (2, 2)
    (refusal,) = receipts.settle(11.0, [link], alone=False)
    assert isinstance(refusal, Reject) and refusal.ticket == 1


def test_g1_what_is_skipped_after_it_came_is_no_copy_either() -> None:
    """The floor comes with the acknowledgement that counts the entry."""
    giver, taker = Shelf(entry(1), entry(2)), Shelf()
    here, there = greeted(giver), greeted(taker)
    frame = here.pull(0.0)
    assert frame is not None
    there.receive(frame.entries)
    taker.journal.skip("aaaaaaaa", 2)
    assert there.storage_advanced()
    answer = there.pull(0.0)
    assert answer is not None
    here.floors_came(answer.floors)
    here.acknowledged(answer.stored)
    assert not here.holds("aaaaaaaa", 2)
