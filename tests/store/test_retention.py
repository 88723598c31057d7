"""Retention keeps what is alive, raises floors, and never lets a cursor lie (G5)."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import closing
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.agent.store import Store, file, retention, writer
from alarminati.core.journal.extents import Extent
from alarminati.core.model.entries import Entry, EntryId
from tests.store.samples import OTHER, START, alarm, entries, entry, everything, forget, opened

ORIGINS = ("a0000000", "b0000000", "c0000000")


async def test_old_entries_go_and_their_place_is_used_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        last = 0
        sizes: list[int] = []
        for _ in range(6):
            batch = [entry(OTHER, n, alarm(n, "x" * 500)) for n in range(last + 1, last + 2001)]
            await store.append(batch)
            last += 2000
            keep_after = (START + last - 100) << 16
            forgotten = await forget(store, keep_after=keep_after)
            sizes.append((tmp_path / "journal.db").stat().st_size)
            assert store.cursor() == {OTHER: last}
            assert store.floors() == {OTHER: last - 101}
            assert store.count == 101
        assert forgotten == 2000
        assert everything(store) == [
            entry(OTHER, n, alarm(n, "x" * 500)) for n in range(last - 100, last + 1)
        ]
    assert sizes[-1] <= sizes[1] * 1.1


async def test_much_free_space_is_given_back(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append([entry(OTHER, n, alarm(n, "x" * 8000)) for n in range(1, 4001)])
        await store.append([entry(OTHER, 4001)])
    before = (tmp_path / "journal.db").stat().st_size
    async with opened(tmp_path) as store:
        await forget(store, max_entries=1)
        with closing(file.connect(tmp_path / file.DATABASE)) as watch:
            async with asyncio.timeout(30):
                while watch.execute("PRAGMA freelist_count").fetchone()[0] > writer.SLACK_PAGES:
                    await store.append([entry(OTHER, store.cursor()[OTHER] + 1)])
    assert (tmp_path / "journal.db").stat().st_size < before / 2


async def test_what_is_alive_stays_and_does_not_stop_the_rest(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entries(OTHER, 1, 2000))
        alive = {EntryId(OTHER, n) for n in (1, 7, 1500)}
        assert await forget(store, max_entries=10, alive=alive) == 1990
        kept = [one.sequence for one in everything(store)]
        assert kept == [1, 7, 1500, *range(1994, 2001)]
        assert await forget(store, max_entries=0, alive=alive) == 6
        assert store.position == 2000  # the newest stays, so that its place is not used again
        assert await forget(store, keep_after=2**62, max_entries=0, alive=alive) == 0


async def test_floors_never_fall(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        store.adopt({OTHER: Extent(0, 90)})
        await store.append([entry(OTHER, 4), entry(OTHER, 91)])
        await forget(store, max_entries=1)
        assert store.extents() == {OTHER: Extent(91, 90)}
    async with opened(tmp_path) as store:
        assert store.extents() == {OTHER: Extent(91, 90)}


async def test_others_append_between_two_steps_and_that_is_left_alone(tmp_path: Path) -> None:
    """Nobody waits for the whole; and what is stored meanwhile `alive` was never asked about."""
    async with opened(tmp_path) as store:
        await store.append(entries(OTHER, 1, 5000))
        job = asyncio.create_task(forget(store, keep_after=2**62))
        await asyncio.sleep(0)
        await store.append(entries(OTHER, 5001, 5003))
        assert not job.done()
        assert await job == 4999
        assert [one.sequence for one in everything(store)] == [5000, 5001, 5002, 5003]


Step = tuple[str, int, int]
STEPS: st.SearchStrategy[Step] = st.one_of(
    st.tuples(st.sampled_from(ORIGINS), st.integers(1, 9), st.integers(0, 30)),
    st.tuples(st.just("truncate"), st.integers(0, 40), st.integers(0, 30)),
    st.tuples(st.just("reopen"), st.just(0), st.just(0)),
)


class Model:
    """What a store should hold."""

    def __init__(self, alive: set[EntryId]) -> None:
        self.alive = alive
        self.kept: list[Entry] = []
        self.lasts: dict[str, int] = {}
        self.gone: dict[str, int] = {}

    def append(self, origin: str, count: int, at: int) -> list[Entry]:
        first = self.lasts.get(origin, 0) + 1
        batch = [entry(origin, n, at=at) for n in range(first, first + count)]
        self.kept += batch
        self.lasts[origin] = first + count - 1
        return batch

    def truncate(self, keep_after: int, max_entries: int) -> None:
        excess = len(self.kept) - max_entries
        for one in self.kept[:-1]:
            if one.id not in self.alive and (one.stamp < keep_after or excess > 0):
                self.kept.remove(one)
                self.gone[one.origin] = max(one.sequence, self.gone.get(one.origin, 0))
                excess -= 1

    def check(self, store: Store) -> None:
        assert everything(store) == self.kept
        assert store.count == len(self.kept)
        assert store.cursor() == self.lasts
        assert store.floors() == self.gone
        for have in ({}, dict.fromkeys(ORIGINS, 4), self.lasts):
            seen: list[Entry] = []
            after = 0
            while after < store.position:
                found, after = store.since(have, after, 7)
                seen += [stored.entry for stored in found]
            assert seen == [e for e in self.kept if e.sequence > have.get(e.origin, 0)]
        kept = {one.id for one in self.kept}
        for origin, last in self.lasts.items():
            missing = [n for n in range(1, last + 1) if EntryId(origin, n) not in kept]
            assert max(missing, default=0) <= self.gone.get(origin, 0)


async def live(folder: Path, steps: list[Step], alive: set[EntryId]) -> None:
    model = Model(alive)
    store = Store.open(folder)
    try:
        for what, one, other in steps:
            if what == "reopen":
                await store.close()
                store = Store.open(folder)
            elif what == "truncate":
                keep_after = (START + other) << 16
                await forget(store, keep_after=keep_after, max_entries=one, alive=alive)
                model.truncate(keep_after, one)
            else:
                await store.append(model.append(what, one, other))
            model.check(store)
    finally:
        await store.close()


@settings(max_examples=60)
@given(
    st.lists(STEPS, max_size=12),
    st.sets(st.builds(EntryId, st.sampled_from(ORIGINS), st.integers(1, 20)), max_size=12),
)
def test_any_life_of_a_journal(steps: list[Step], alive: set[EntryId]) -> None:
    step, retention.STEP = retention.STEP, 5
    try:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(live(Path(folder), steps, alive))
    finally:
        retention.STEP = step


async def test_g8_it_looks_again_once_there_are_too_many(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        timer = retention.RetentionTimer(store, lambda: 1000, every=3600.0)
        waits = asyncio.create_task(timer.wait())
        await store.append(entries(OTHER, 1, 1100))
        await asyncio.sleep(0)
        assert not waits.done()
        await store.append(entries(OTHER, 1101, 1101))
        await asyncio.wait_for(waits, 10)
        # All of it is alive, so it stays: another look is of no use before there is more.
        waits = asyncio.create_task(timer.wait())
        await store.append(entries(OTHER, 1102, 1200))
        await asyncio.sleep(0)
        assert not waits.done()
        await store.append(entries(OTHER, 1201, 1300))
        await asyncio.wait_for(waits, 10)


async def test_it_looks_again_after_a_while(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        timer = retention.RetentionTimer(store, lambda: 1000, every=0.01)
        await asyncio.wait_for(timer.wait(), 10)
