"""Links, the queue before the disk, and receipts: each by itself, without a world around it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from alarminati.core.journal.acks import Ack, AckTracker, Reject
from alarminati.core.journal.commit_queue import CommitQueue, PendingReport
from alarminati.core.journal.extents import Extent, Journal, Stored, Verdict
from alarminati.core.journal.ingest import TooFewReplicas
from alarminati.core.journal.replication import WINDOW, Broken, Contradicted, Frame, Handshake, Link
from alarminati.core.model.entries import Acknowledgement, Body, Entry, EntryId
from alarminati.core.model.hlc import MAX_AHEAD, HybridClock, milliseconds

BODY = Acknowledgement("0" * 16, "me")


def entry(sequence: int, origin: str = "aaaaaaaa") -> Entry:
    return Entry(origin, sequence, sequence << 16, BODY)


class Shelf:
    """A journal with what is in it."""

    def __init__(self, *entries: Entry) -> None:
        self.journal = Journal("own")
        self.rows: list[Stored] = []
        self.add(*entries)

    def add(self, *entries: Entry) -> None:
        for each in entries:
            self.rows.append(Stored(len(self.rows) + 1, each))
            self.journal.take(each)

    def since(self, have: Mapping[str, int], after: int, limit: int) -> tuple[list[Stored], int]:
        rows = self.rows[after : after + limit]
        found = [row for row in rows if row.entry.sequence > have.get(row.entry.origin, 0)]
        return found, rows[-1].position if rows else after

    def link(self) -> Link:
        return Link("me", self.journal, self, len(self.rows))


def greeted(shelf: Shelf, **have: int) -> Link:
    """A link whose other side has said hello."""
    link = shelf.link()
    assert link.pull(0.0) == Frame(Handshake("me", "own", shelf.journal.extents()))
    link.greeted(Handshake("peer", "theirs", {name: Extent(last) for name, last in have.items()}))
    return link


def test_only_what_the_other_side_lacks_is_sent_and_then_that_it_was_all() -> None:
    link = greeted(Shelf(*(entry(n) for n in range(1, 6))), aaaaaaaa=3)
    assert link.pull(1.0) == Frame(entries=(entry(4), entry(5)))
    assert link.pull(1.0) == Frame(caught_up=True)
    assert link.pull(1.0) is None
    assert not link.caught_up
    link.acknowledged(2)
    assert link.caught_up


def test_what_came_from_the_other_side_is_not_sent_back() -> None:
    shelf = Shelf()
    link = greeted(shelf)
    assert link.pull(0.0) == Frame(caught_up=True)
    link.receive((entry(1),))
    assert not link.storage_advanced()
    shelf.add(entry(1), entry(1, "bbbbbbbb"))
    assert link.storage_advanced()
    assert link.pull(0.0) == Frame(entries=(entry(1, "bbbbbbbb"),), stored=1)


def test_the_time_of_the_oldest_unacknowledged_entry_is_known() -> None:
    shelf = Shelf(entry(1))
    link = greeted(shelf)
    assert link.waiting_since is None
    link.pull(5.0)
    shelf.add(entry(2))
    link.pull(6.0)
    assert link.waiting_since == 5.0
    link.acknowledged(1)
    assert link.waiting_since == 6.0
    assert link.holds("aaaaaaaa", 1)
    assert not link.holds("aaaaaaaa", 2)


def test_no_more_is_on_its_way_than_the_window_allows() -> None:
    link = greeted(Shelf(*(entry(n) for n in range(1, WINDOW + 100))))
    sent = 0
    while (frame := link.pull(0.0)) is not None:
        sent += len(frame.entries)
    assert sent == WINDOW
    link.acknowledged(50)
    frame = link.pull(0.0)
    assert frame is not None
    assert len(frame.entries) == 50


@pytest.mark.parametrize("stored", [2, -1])
def test_an_acknowledgement_of_what_was_never_sent_breaks_the_link(stored: int) -> None:
    link = greeted(Shelf(entry(1)))
    link.pull(0.0)
    with pytest.raises(Broken):
        link.acknowledged(stored)


def test_a_second_hello_breaks_the_link() -> None:
    link = greeted(Shelf())
    with pytest.raises(Broken):
        link.greeted(Handshake("peer", "theirs", {}))


def test_the_floor_of_a_peer_lets_sequences_skip_up_to_it_and_no_further() -> None:
    journal = Journal("own")
    journal.raise_floor("aaaaaaaa", 10)
    assert journal.judge(entry(4), {}) is Verdict.TAKE
    journal.take(entry(4))
    assert journal.judge(entry(4), {}) is Verdict.KNOWN
    assert journal.judge(entry(11), {}) is Verdict.TAKE
    assert journal.judge(entry(12), {}) is Verdict.HOLE


def intray(journal: Journal | None = None) -> CommitQueue:
    return CommitQueue(journal or Journal("own"), HybridClock(), lambda body, request: b"raw")


def waiter(*bodies: Body) -> PendingReport:
    return PendingReport({1: 0}, bodies)


def test_all_that_waits_goes_in_one_batch_and_nothing_while_one_is_in_flight() -> None:
    tray = intray()
    tray.add([BODY], waiter(BODY))
    first = tray.next_batch(1000)
    assert first is not None
    assert [each.sequence for each in first.entries] == [1]
    tray.add([BODY, BODY], waiter(BODY, BODY))
    tray.receive(7, [entry(1)])
    assert tray.next_batch(1000) is None
    tray.done()
    second = tray.next_batch(1000)
    assert second is not None
    assert [str(each.id) for each in second.entries] == ["own-2", "own-3", "aaaaaaaa-1"]


def test_a_failed_batch_leaves_no_hole_and_keeps_only_our_own_business() -> None:
    tray = intray()
    asker = waiter(BODY)
    tray.add([BODY], asker)
    tray.add([BODY])
    tray.next_batch(1000)
    assert tray.failed().waiters == [asker]
    again = tray.next_batch(1000)
    assert again is not None
    assert [each.sequence for each in again.entries] == [1]
    assert not again.waiters


def test_a_hole_in_what_a_link_sent_is_named_and_the_rest_goes_on() -> None:
    tray = intray()
    tray.receive(7, [entry(2)])
    tray.receive(8, [entry(1, "bbbbbbbb")])
    batch = tray.next_batch(1000)
    assert batch is not None
    assert (batch.broken, [each.origin for each in batch.entries]) == ([7], ["bbbbbbbb"])


def test_the_same_entry_over_two_links_is_stored_once() -> None:
    tray = intray()
    tray.receive(7, [entry(1)])
    tray.receive(8, [entry(1), entry(2)])
    batch = tray.next_batch(1000)
    assert batch is not None
    assert [each.sequence for each in batch.entries] == [1, 2]


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


def test_stamps_grow_though_the_clock_does_not() -> None:
    clock = HybridClock()
    stamps = [clock.next(wall) for wall in (1000, 1000, 500, 1001)]
    assert stamps == sorted(set(stamps))
    assert [milliseconds(stamp) for stamp in stamps] == [1000, 1000, 1000, 1001]


def test_a_clock_years_ahead_does_not_drag_ours_along() -> None:
    clock = HybridClock()
    clock.witness((10**12) << 16, 1000)
    assert milliseconds(clock.next(1000)) == 1000 + MAX_AHEAD


HIGH = 2**63


def take_in(link: Link, frame: Frame) -> None:
    """What a replica does with a frame."""
    if frame.hello is not None:
        link.greeted(frame.hello)
    link.floors_came(frame.floors)
    link.receive(frame.entries)


@pytest.mark.parametrize(
    "frame",
    [
        Frame(entries=(Entry("aaaaaaaa", 1, HIGH + 5, BODY),)),
        Frame(entries=(Entry("aaaaaaaa", HIGH + 1, 1, BODY),)),
        Frame(entries=(Entry("aaaaaaaa", 0, 1, BODY),)),
        Frame(entries=(Entry("", 1, 1, BODY),)),
        Frame(entries=(Entry("a" * 65, 1, 1, BODY),)),
        Frame(floors={"aaaaaaaa": 2 * HIGH - 1}),
        Frame(hello=Handshake("peer", "theirs", {"aaaaaaaa": Extent(HIGH, 0)})),
        Frame(hello=Handshake("peer", "theirs", {"aaaaaaaa": Extent(0, HIGH)})),
    ],
)
def test_what_no_journal_can_hold_breaks_its_link(frame: Frame) -> None:
    link = Shelf().link()
    if frame.hello is None:
        link.greeted(Handshake("peer", "theirs", {}))
    with pytest.raises(Broken, match="numbers that no journal can hold"):
        take_in(link, frame)


@pytest.mark.parametrize(
    "frame",
    [
        Frame(entries=(entry(3, "own"),)),
        Frame(floors={"own": 3}),
        Frame(hello=Handshake("peer", "theirs", {"own": Extent(3)})),
        Frame(hello=Handshake("peer", "theirs", {"own": Extent(0, 3)})),
    ],
)
def test_g1_nobody_may_claim_more_of_our_origin_than_we_wrote(frame: Frame) -> None:
    link = Shelf(entry(1, "own"), entry(2, "own")).link()
    with pytest.raises(Contradicted, match="claims to hold 3 entries of own, of which only 2"):
        take_in(link, frame)


def test_g1_a_new_entry_of_its_owner_that_counts_as_known_is_a_contradiction() -> None:
    shelf = Shelf()
    shelf.journal.skip("theirs", 100)
    link = greeted(shelf, theirs=5)
    link.receive((entry(4, "theirs"),))  # what was there before may have been dropped elsewhere
    with pytest.raises(Contradicted, match="theirs-6 was written just now"):
        link.receive((entry(6, "theirs"),))


def test_only_what_its_floor_covers_is_skipped_and_nothing_of_who_writes_now() -> None:
    shelf = Shelf()
    link = shelf.link()
    have = {name: Extent(9, floor) for name, floor in (("a", 4), ("b", 0), ("c", 9), ("d", 4))}
    link.greeted(Handshake("peer", "theirs", have))
    link.close_gaps({"own", "d"})
    lasts = {name: shelf.journal.last(name) for name in have}
    assert lasts == {"a": 4, "b": 0, "c": 9, "d": 0}
    assert not shelf.journal.holds(EntryId("a", 4))
