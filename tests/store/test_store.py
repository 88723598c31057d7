"""What goes in comes out, in order, and only once it is on disk (G1)."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from alarminati.agent.store import Store, file, journal
from alarminati.core.journal.extents import Extent, Stored
from alarminati.core.journal.ingest import Stopping, StorageFull
from alarminati.core.model.entries import (
    Action,
    Body,
    DeliveryAttempt,
    Entry,
    EntryId,
    Notification,
    NotificationItem,
    Result,
)
from alarminati.wire import codec
from tests.store.samples import OTHER, alarm, entries, entry, everything, opened


async def test_what_is_stored_is_read_in_store_order_with_its_raw_bytes(tmp_path: Path) -> None:
    bodies: list[Body] = [
        alarm(1),
        Action.acknowledge("ab" * 8, "ann", "mine"),
        Notification("ops", (NotificationItem(EntryId(OTHER, 1), "ab" * 8, False),), "key"),
        DeliveryAttempt(EntryId(OTHER, 3), Result.FAILED, 2, "a1", 17, "refused"),
    ]
    batch = [entry(OTHER, number, body) for number, body in enumerate(bodies, 1)]
    async with opened(tmp_path / "data") as store:
        assert await store.append(batch) == 4
        found = store.read(0, 10)
        assert [stored.position for stored in found] == [1, 2, 3, 4]
        assert [stored.entry for stored in found] == batch
        assert [stored.entry.raw for stored in found] == [entry.raw for entry in batch]
        assert store.read(2, 1) == found[2:3]
    async with opened(tmp_path / "data") as store:
        assert everything(store) == batch
        assert (store.count, store.position, store.cursor()) == (4, 4, {OTHER: 4})


async def test_raw_is_made_when_it_is_missing(tmp_path: Path) -> None:
    bare = replace(entry(OTHER, 1), raw=b"")
    told: list[Entry] = []
    async with opened(tmp_path) as store:
        store.watch(lambda first, stored: told.extend(stored))
        await store.append([bare])
        assert told[0].raw == codec.encode(alarm(1)) == store.read(0, 1)[0].entry.raw


async def test_an_entry_of_a_later_version_is_kept_as_it_is(tmp_path: Path) -> None:
    strange = Entry(OTHER, 1, 1, None, b"\xfa\x01\x02hi")  # field 31
    async with opened(tmp_path) as store:
        await store.append([strange])
        (found,) = everything(store)
        assert (found.body, found.raw) == (None, strange.raw)
        with pytest.raises(ValueError, match="neither body nor bytes"):
            store.append([replace(strange, sequence=2, raw=b"")])


async def test_watchers_hear_of_a_commit_before_its_waiters_go_on(tmp_path: Path) -> None:
    told: list[tuple[int, list[Entry]]] = []
    async with opened(tmp_path) as store:

        def watcher(first: int, stored: Sequence[Entry]) -> None:
            assert store.position == first + len(stored) - 1
            assert store.get(stored[-1].id) == stored[-1]
            told.append((first, list(stored)))

        store.watch(watcher)
        for last in (3, 4, 9):
            done = store.append(entries(OTHER, store.cursor().get(OTHER, 0) + 1, last))
            assert store.position < last
            assert store.get(EntryId(OTHER, last)) is None
            assert store.read(0, 10) == [
                Stored(place, entry(OTHER, place)) for place in range(1, store.position + 1)
            ]
            assert await done == last
            assert told[-1][1][-1].sequence == last
    assert [first for first, _ in told] == [1, 4, 5]


async def test_nothing_is_read_before_it_is_announced(tmp_path: Path) -> None:
    """Or a subscriber would read it from the store, and get it again live (G5)."""
    async with opened(tmp_path) as store:
        done = store.append(entries(OTHER, 1, 3))
        with closing(file.connect(tmp_path / file.DATABASE)) as other:
            while not other.execute("SELECT count(*) FROM entries").fetchone()[0]:
                pass  # the loop stands still meanwhile, so nothing can be announced
        assert store.read(0, 10) == []
        assert store.since({}, 0, 10) == ([], 0)
        assert store.headers(0, 10) == []
        assert store.get(EntryId(OTHER, 1)) is None
        assert await done == 3
        assert len(store.read(0, 10)) == 3


async def test_what_waits_shares_one_commit(tmp_path: Path) -> None:
    commits: list[int] = []
    async with opened(tmp_path) as store:
        store.watch(lambda first, stored: commits.append(len(stored)))
        await store.append([entry(OTHER, 1)])
        other = sqlite3.connect(tmp_path / file.DATABASE, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")  # the writer gets no further than to its first row
        waiting = [store.append([one]) for one in entries(OTHER, 2, 1000)]
        other.execute("ROLLBACK")
        other.close()
        assert await asyncio.gather(*waiting) == list(range(2, 1001))
    assert sum(commits) == 1000
    assert len(commits) <= 3


async def test_every_commit_reaches_the_disk_before_it_counts(tmp_path: Path) -> None:
    async with opened(tmp_path):
        connection = file.connect(tmp_path / file.DATABASE)
        assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        connection.close()


@pytest.mark.parametrize("count", [1, 2, 3, 64, 65, 255, 256, 257, 700, 5000])
async def test_batches_of_any_size(tmp_path: Path, count: int) -> None:
    async with opened(tmp_path) as store:
        await store.append(entries(OTHER, 1, 1))
        batch = entries(OTHER, 2, count + 1)
        assert await store.append(batch) == count + 1
        assert everything(store)[1:] == batch


async def test_sequences_have_no_holes(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        store.append(entries(OTHER, 1, 2))
        for wrong in (0, 1, 2, 4, 2**63):
            with pytest.raises(ValueError, match=f"{OTHER}-{wrong} cannot follow {OTHER}-2"):
                store.append([entry(OTHER, wrong, alarm(1), at=1)])
        with pytest.raises(ValueError, match="cannot follow"):
            store.append([entry(OTHER, 3), entry(OTHER, 5)])
        with pytest.raises(ValueError, match="stamp"):
            store.append([replace(entry(OTHER, 3), stamp=2**63)])
        with pytest.raises(ValueError, match="no entries"):
            store.append([])
        await store.append([entry(OTHER, 3)])
        assert store.cursor() == {OTHER: 3}


async def test_a_peers_cut_history_is_taken_over(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append([entry(OTHER, 1)])
        store.adopt({OTHER: Extent(0, 9)})
        kept = [entry(OTHER, 4), entry(OTHER, 8), entry(OTHER, 10), entry(OTHER, 11)]
        await store.append(kept)
        with pytest.raises(ValueError, match="cannot follow"):
            store.append([entry(OTHER, 13)])
        store.adopt({"g0ne0000": Extent(7, 7)})
        store.adopt({OTHER: Extent(1, 3)})  # no news
        await store.append([entry("g0ne0000", 8)])
        extents = {OTHER: Extent(11, 9), "g0ne0000": Extent(8, 7)}
        assert store.extents() == extents
    async with opened(tmp_path) as store:
        assert store.extents() == extents
        assert everything(store)[1:-1] == kept


async def test_a_reader_sees_what_it_has_not_and_how_far_it_looked(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        for sequence in range(1, 501):
            store.append([entry(OTHER, sequence), entry("a0000000", sequence)])
        await store.append([entry(OTHER, 501)])
        have = {OTHER: 450, "a0000000": 480, "unknown0": 3}
        seen: list[Entry] = []
        after, looks = 0, 0
        while after < store.position:
            found, after = store.since(have, after, 20)
            seen += [stored.entry for stored in found]
            looks += 1
        missing = [one for one in everything(store) if one.sequence > have[one.origin]]
        assert seen == missing
        assert looks == 6  # 51 + 50 entries of which all are looked at, and nothing before
        assert store.since(store.cursor(), 0, 20) == ([], store.position)
        assert store.since({}, 0, 1)[0][0].entry == entry(OTHER, 1)


async def test_large_entries_come_in_smaller_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "PAGE_BYTES", 10_000)
    async with opened(tmp_path) as store:
        large = [entry(OTHER, n, alarm(n, "x" * 4000)) for n in range(1, 8)]
        await store.append(large)
        assert store.read(0, 100) == [Stored(place, large[place - 1]) for place in range(1, 4)]
        assert store.since({}, 3, 100)[1] == 6
        assert everything(store) == large


async def test_entries_are_found_by_name(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append([*entries(OTHER, 1, 5), *entries("a0000000", 1, 5)])
        wanted = [EntryId("a0000000", 2), EntryId(OTHER, 5), EntryId(OTHER, 6), EntryId("x", 1)]
        assert store.get_many([*wanted, EntryId(OTHER, 2**64)]) == {
            id: entry(*id) for id in wanted[:2]
        }


async def test_an_origin_once_taken_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        first = store.origin
        assert len(first) == 8
        assert set(first) <= set(file.ALPHABET)
    async with opened(tmp_path) as store:
        assert store.origin == first
        second = store.new_origin()
        assert second == store.origin != first
        await store.append([entry(second, 1)])
    async with opened(tmp_path) as store:
        assert store.origin == second


async def test_a_disk_set_back_lacks_entries_and_says_so(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entries(store.origin, 1, 5))
        origin = store.origin
    old = (tmp_path / file.DATABASE).read_bytes()
    async with opened(tmp_path) as store:
        await store.append(entries(origin, 6, 9))
    (tmp_path / file.DATABASE).write_bytes(old)
    async with opened(tmp_path) as store:
        assert store.cursor() == {origin: 5}
        assert store.refill_needed
        assert store.damage.endswith("it ends at entry 5, and went to 9 at least")
        fresh = store.new_origin()
        await store.append([entry(fresh, 1), *entries(origin, 6, 9)])
        assert store.cursor() == {origin: 9, fresh: 1}


async def test_closing_finishes_what_waits(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    waiting = [store.append([one]) for one in entries(OTHER, 1, 300)]
    await store.close()
    assert all(done.done() for done in waiting)
    assert [done.result() for done in waiting] == list(range(1, 301))
    with pytest.raises(Stopping):
        await store.append([entry(OTHER, 301)])
    await store.close()
    assert not (tmp_path / "journal.db-wal").exists()
    async with opened(tmp_path) as store:
        assert len(everything(store)) == 300


async def test_room_is_asked_for_before_a_report_is_taken(tmp_path: Path) -> None:
    async with opened(tmp_path, reserve=1) as store:
        store.require_room()
    async with opened(tmp_path, reserve=2**60) as store:
        with pytest.raises(StorageFull):
            store.require_room()
        await store.append([entry(OTHER, 1)])  # what must be written still is
