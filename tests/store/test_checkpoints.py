"""Checkpoints on disk: what is written comes back, and a start reads what they keep."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from alarminati.agent.store import Store
from alarminati.agent.store.checkpoints import decode, encode, make
from alarminati.core.journal.checkpoint import Checkpoint, CheckpointMaker
from alarminati.core.model.entries import EntryId
from tests.store.samples import START, entries, everything, opened

STAMP = (START + 50) << 16


@pytest.mark.parametrize("seed", range(20))
def test_a_checkpoint_comes_back_as_it_was(seed: int) -> None:
    dice = Random(seed)
    alive = tuple(sorted(dice.sample(range(1, 400), dice.randint(0, 300))))
    written = Checkpoint(400, 2**62 + seed, ("ops", "팀"), ("ops",), alive)
    assert decode(encode(written)) == written


@pytest.mark.parametrize(
    "value",
    ["", "{}", "[1,2]", "[9,1,[],[],[1]]", "[9,1,[],[],[0,1]]", "[9,1,[],[],[3,9]]", '["x"]',
     "[9,1,[],[],[-3,1]]", "\udcff"],
)  # fmt: skip
def test_anything_else_leaves_out_nothing(value: str) -> None:
    assert decode(value) is None


async def test_a_maker_stops_at_the_horizon_and_at_the_newest_entries(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entries(store.origin, 1, 1200))
        kept = EntryId(store.origin, 7)
        for horizon, last, position in ((STAMP, 10**9, 49), (2**63, 900, 900), (2**63, 0, 0)):
            maker = CheckpointMaker(horizon, last, ("ops",), ("ops",), {kept}.__contains__)
            made = await make(store.headers, maker)
            if not position:
                assert made is None
                continue
            stamp = (START + position) << 16
            assert made == Checkpoint(position, stamp, ("ops",), ("ops",), (7,))


async def test_a_start_reads_what_is_kept_and_what_came_after(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entries(store.origin, 1, 60))
        assert store.checkpoint() is None
        await store.note_checkpoint(Checkpoint(50, STAMP, ("ops",), ("ops",), (3, 4, 5, 40)))
    async with opened(tmp_path) as store:
        checkpoint = store.checkpoint()
        assert checkpoint is not None
        kept = [one.sequence for chunk in store.load_at(checkpoint) for one in chunk]
        after = [one.sequence for chunk in store.load(after=50) for one in chunk]
        assert (kept, after) == ([3, 4, 5, 40], list(range(51, 61)))
        assert len(everything(store)) == 60


async def test_a_checkpoint_of_entries_that_are_gone_does_not_count(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entries(store.origin, 1, 3))
        await store.note_checkpoint(Checkpoint(4, STAMP, (), (), ()))
        assert store.checkpoint() is None


async def test_a_long_journal_is_verified_behind_its_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("alarminati.agent.store.file.READ_AT_START", 10)
    async with opened(tmp_path) as store:
        await store.append(entries(store.origin, 1, 600))
        await store.verify()
        assert not store.failure.done()
        store._reader.execute("PRAGMA query_only=OFF")
        store._reader.execute("UPDATE entries SET crc = crc + 1 WHERE position = 555")
    store = Store.open(tmp_path)
    try:
        assert store.damage == ""
        await store.verify()
        assert "entry at 555 is not what was written" in str(store.failure.result())
    finally:
        await store.close()
    async with opened(tmp_path) as store:
        assert (store.count, "damaged" in store.damage) == (0, True)
