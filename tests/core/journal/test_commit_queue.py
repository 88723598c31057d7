"""The queue in front of the disk: one batch at a time, without holes, and fair to who waits."""

from __future__ import annotations

import pytest

from alarminati.core.journal.commit_queue import BATCH, Batch, CommitQueue, PendingReport
from alarminati.core.journal.extents import Journal
from alarminati.core.model.entries import Alarm, Body, EntryId, RequestKey, Severity
from alarminati.core.model.hlc import HybridClock, milliseconds
from tests.core.journal.shelf import BODY, entry
from tests.core.stage import alarm

WALL = 1000


def queue(journal: Journal | None = None) -> CommitQueue:
    return CommitQueue(journal or Journal("own"), HybridClock(), lambda body, request: b"raw")


def report(*bodies: Body, request: RequestKey | None = None) -> PendingReport:
    return PendingReport({1: 0}, bodies, request)


def batch(tray: CommitQueue) -> Batch:
    """The next batch; there must be one."""
    found = tray.next_batch(WALL)
    assert found is not None
    return found


def ids(batch: Batch) -> list[str]:
    return [str(each.id) for each in batch.entries]


# Batches.


def test_nothing_to_write_is_no_batch() -> None:
    assert queue().next_batch(WALL) is None


def test_all_that_waits_goes_in_one_batch_and_nothing_while_one_is_in_flight() -> None:
    tray = queue()
    tray.add([BODY], report(BODY))
    assert ids(batch(tray)) == ["own-1"]
    tray.add([BODY, BODY], report(BODY, BODY))
    tray.receive(7, [entry(1)])
    assert tray.next_batch(WALL) is None
    tray.done()
    assert ids(batch(tray)) == ["own-2", "own-3", "aaaaaaaa-1"]


def test_a_batch_is_bounded_and_what_is_beyond_goes_with_the_next() -> None:
    tray = queue()
    for _ in range(3):
        tray.add([BODY] * (BATCH // 2))
    assert len(batch(tray).entries) == BATCH
    tray.done()
    assert len(batch(tray).entries) == BATCH // 2


def test_stamps_of_a_batch_grow_and_are_of_its_time() -> None:
    tray = queue()
    tray.add([BODY, BODY])
    stamps = [each.stamp for each in batch(tray).entries]
    assert stamps == sorted(set(stamps))
    assert {milliseconds(stamp) for stamp in stamps} == {WALL}


def test_entries_count_as_held_when_the_batch_is_done() -> None:
    journal = Journal("own")
    tray = queue(journal)
    tray.add([BODY])
    batch(tray)
    assert journal.last("own") == 0
    tray.done()
    assert journal.last("own") == 1


@pytest.mark.parametrize("end", ["done", "failed"])
def test_a_batch_ends_once(end: str) -> None:
    tray = queue()
    tray.add([BODY])
    batch(tray)
    getattr(tray, end)()
    with pytest.raises(AssertionError, match="nothing was in flight"):
        getattr(tray, end)()


# Reports.


def test_a_report_learns_the_ids_of_its_entries() -> None:
    tray, asker = queue(), report(BODY, BODY)
    tray.add([BODY])
    tray.add([BODY, BODY], asker)
    assert batch(tray).waiters == [asker]
    assert asker.ids == (EntryId("own", 2), EntryId("own", 3))


def test_the_first_entry_of_a_request_carries_its_key_and_how_many_were_taken() -> None:
    tray = queue()
    asked = RequestKey("me", "id", b"digest", 3)
    tray.add([BODY, BODY], report(BODY, BODY, request=asked))
    first, second = batch(tray).entries
    assert first.request == RequestKey("me", "id", b"digest", 2)
    assert second.request is None


def test_reports_that_wait_are_counted_until_they_are_on_their_way() -> None:
    tray = queue()
    tray.add([BODY, BODY], report(BODY, BODY))
    tray.add([BODY])  # the replica's own
    assert tray.waiting == 2
    batch(tray)
    assert tray.waiting == 0


def test_g8_what_waits_for_the_disk_is_bounded_in_bytes() -> None:
    tray = queue()
    large = [Alarm("m", Severity.INFO, 1, annotations=(("a", "x" * 3000),))]
    assert tray.has_room(large, 1)  # alone it always may
    tray.add(large, PendingReport({1: 0}, large))
    assert not tray.has_room(large, 5)
    assert tray.has_room(large, 6)
    batch(tray)
    tray.done()
    assert tray.has_room(large, 1)


def test_g8_what_waits_for_the_disk_is_bounded_in_reports() -> None:
    tray = queue()
    tray.add([BODY, BODY], report(BODY, BODY))
    assert tray.has_room([BODY], 3)
    assert not tray.has_room([BODY, BODY], 3)


def test_all_reports_can_be_refused_and_the_rest_stays() -> None:
    tray, asker = queue(), report(BODY)
    tray.add([BODY], asker)
    tray.add([BODY])
    tray.receive(7, [entry(1)])
    assert tray.refuse_all() == [asker]
    assert tray.waiting == 0
    assert ids(batch(tray)) == ["own-1", "aaaaaaaa-1"]


def test_reports_in_flight_are_not_refused_but_named() -> None:
    tray, asker = queue(), report(BODY)
    tray.add([BODY], asker)
    assert tray.let_go() == []
    batch(tray)
    assert tray.refuse_all() == []
    assert tray.let_go() == [asker]


# Failures.


def test_a_failed_batch_leaves_no_hole_and_keeps_only_our_own_business() -> None:
    tray, asker = queue(), report(BODY)
    tray.add([BODY], asker)
    tray.add([BODY])
    batch(tray)
    assert tray.failed().waiters == [asker]
    assert tray.has_own_business
    again = batch(tray)
    assert ids(again) == ["own-1"]
    assert not again.waiters


def test_own_business_of_a_failed_batch_goes_before_what_came_meanwhile() -> None:
    tray, first, second = queue(), alarm("first"), alarm("second")
    tray.add([first])
    batch(tray)
    tray.add([second])
    tray.failed()
    assert [each.body for each in batch(tray).entries] == [first, second]


# Links.


def test_a_hole_in_what_a_link_sent_is_named_and_the_rest_goes_on() -> None:
    tray = queue()
    tray.receive(7, [entry(2)])
    tray.receive(8, [entry(1, "bbbbbbbb")])
    found = batch(tray)
    assert (found.broken, ids(found), found.links) == ([7], ["bbbbbbbb-1"], [7, 8])


def test_the_same_entry_over_two_links_is_stored_once() -> None:
    tray = queue()
    tray.receive(7, [entry(1)])
    tray.receive(8, [entry(1), entry(2)])
    assert ids(batch(tray)) == ["aaaaaaaa-1", "aaaaaaaa-2"]


def test_what_a_link_sent_is_dropped_with_the_link() -> None:
    tray = queue()
    tray.receive(7, [entry(1)])
    tray.receive(8, [entry(1, "bbbbbbbb")])
    tray.forget(7)
    assert ids(batch(tray)) == ["bbbbbbbb-1"]


def test_what_is_known_already_makes_no_batch() -> None:
    journal = Journal("own")
    journal.take(entry(1))
    tray = queue(journal)
    tray.receive(7, [entry(1)])
    assert tray.next_batch(WALL) is None
