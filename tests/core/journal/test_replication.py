"""Links: what is sent, what was acknowledged, and what breaks one."""

from __future__ import annotations

import pytest

from alarminati.core.journal.extents import Extent, Journal, Verdict
from alarminati.core.journal.replication import WINDOW, Broken, Contradicted, Frame, Handshake, Link
from alarminati.core.model.entries import Entry, EntryId
from alarminati.core.model.hlc import MAX_AHEAD, HybridClock, milliseconds
from tests.core.journal.shelf import BODY, Shelf, entry, greeted


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
