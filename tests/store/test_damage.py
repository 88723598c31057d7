"""Damaged files: never a wrong entry, never a crash; set aside and begun anew instead."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from alarminati.agent.store import Corrupt, FolderUnusable, Store, file
from alarminati.agent.store.log import MARK, read_mark
from tests.store.samples import OTHER, entries, entry, everything, opened

COUNT = 400


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a process that was killed leaves: part in the database, part in the log."""
    folder = tmp_path_factory.mktemp("crashed")
    asyncio.run(crash(tmp_path_factory.mktemp("live"), folder))
    assert (folder / "journal.db-wal").stat().st_size > 0
    return folder


async def crash(live: Path, folder: Path) -> None:
    """Copy a journal in the midst of its life."""
    async with opened(live) as store:
        await store.append(entries(OTHER, 1, COUNT // 2))
    async with opened(live) as store:
        await store.append(entries(OTHER, COUNT // 2 + 1, COUNT))
        while read_mark(live / MARK) < COUNT:  # behind the commit
            await asyncio.sleep(0.001)
        for part in live.iterdir():
            shutil.copy(part, folder)


def flip(path: Path, dice: random.Random) -> None:
    """Change some bits."""
    content = bytearray(path.read_bytes())
    for _ in range(dice.choice((1, 1, 2, 20))):
        content[dice.randrange(len(content))] ^= 1 << dice.randrange(8)
    path.write_bytes(content)


def blank(path: Path, dice: random.Random) -> None:
    """A block that never reached the disk."""
    content = bytearray(path.read_bytes())
    start = dice.randrange(0, len(content), 4096)
    content[start : start + 4096] = bytes(len(content[start : start + 4096]))
    path.write_bytes(content)


def cut(path: Path, dice: random.Random) -> None:
    """The end is missing."""
    content = path.read_bytes()
    path.write_bytes(content[: dice.randrange(len(content))])


def scramble(path: Path, dice: random.Random) -> None:
    """Something else altogether."""
    path.write_bytes(dice.randbytes(path.stat().st_size))


def delete(path: Path, dice: random.Random) -> None:
    """Gone."""
    path.unlink()


def shift(path: Path, dice: random.Random) -> None:
    """Two blocks in each other's place."""
    content = path.read_bytes()
    blocks = [content[at : at + 4096] for at in range(0, len(content), 4096)]
    one, other = dice.randrange(len(blocks)), dice.randrange(len(blocks))
    blocks[one], blocks[other] = blocks[other], blocks[one]
    path.write_bytes(b"".join(blocks))


DAMAGES: list[Callable[[Path, random.Random], None]] = [flip, blank, cut, scramble, delete, shift]


@pytest.mark.parametrize("part", ["journal.db", "journal.db-wal", "journal.db-shm"])
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("seed", range(6))
async def test_no_damage_yields_a_wrong_entry(
    tmp_path: Path,
    crashed: Path,
    part: str,
    damage: Callable[[Path, random.Random], None],
    seed: int,
) -> None:
    folder = tmp_path / "data"
    shutil.copytree(crashed, folder)
    damage(folder / part, random.Random(seed))
    right = entries(OTHER, 1, COUNT)
    async with opened(folder) as store:
        kept = everything(store)
        assert bool(store.damage) == store.refill_needed
        if store.refill_needed and not kept:
            assert len(list(folder.glob("journal.db.corrupt-*"))) >= 1
        else:
            assert kept == right[: len(kept)]  # at worst it is set back in time, and says so
            assert len(kept) >= COUNT // 2
            assert store.refill_needed == (len(kept) < COUNT)
            assert store.cursor() == {OTHER: len(kept)}
            assert store.get(right[10].id) == right[10]
        last = store.cursor().get(OTHER, 0)
        await store.append(entries(OTHER, last + 1, COUNT + 1))  # and on it goes
        assert [one.sequence for one in everything(store)] == list(range(1, COUNT + 2))


async def test_a_refilled_journal_may_lead_again(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append(entries(OTHER, 1, 10))
        first = store.origin
    scramble(tmp_path / "journal.db", random.Random(1))
    async with opened(tmp_path) as store:
        assert store.refill_needed
        second = store.origin
        assert second != first
    async with opened(tmp_path) as store:  # not before it is said
        assert (store.refill_needed, store.origin) == (True, second)
        store.refilled()
        assert not store.refill_needed
    async with opened(tmp_path) as store:
        assert not store.refill_needed


async def test_only_the_newest_wrecks_are_kept(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / "journal.db").write_bytes(b"wreck %d" % number)
        async with opened(tmp_path) as store:
            assert store.refill_needed
    wrecks = {path.name: path.read_bytes() for path in tmp_path.glob("journal.db.corrupt-*")}
    assert wrecks == {f"journal.db.corrupt-{n}": b"wreck %d" % (n - 1) for n in (3, 4, 5)}


async def test_damage_seen_while_running_stops_it_and_mends_at_the_next_start(
    tmp_path: Path,
) -> None:
    async with opened(tmp_path) as store:
        await store.append(entries(OTHER, 1, COUNT))
    store = Store.open(tmp_path)
    connection = sqlite3.connect(tmp_path / "journal.db")
    connection.execute("UPDATE entries SET raw = x'00' WHERE position = 300")
    connection.commit()
    connection.close()
    chunks = store.load(100)
    assert [*next(chunks), *next(chunks)] == entries(OTHER, 1, 200)
    with pytest.raises(Corrupt, match="start the agent again"):
        next(chunks)
    assert isinstance(store.failure.result(), Corrupt)
    with pytest.raises(Corrupt):
        await store.append([entry(OTHER, COUNT + 1)])
    await store.close()
    # Even if the file looks sound then: what was wrong once is not trusted.
    connection = sqlite3.connect(tmp_path / "journal.db")
    connection.execute("DELETE FROM entries WHERE position >= 300")
    connection.commit()
    connection.close()
    async with opened(tmp_path) as store:
        assert store.refill_needed
        assert everything(store) == []
    async with opened(tmp_path) as store:
        assert store.refill_needed
    assert len(list(tmp_path.glob("journal.db.corrupt-*"))) == 1


async def test_a_row_in_anothers_place_is_noticed(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append([*entries(OTHER, 1, 5), *entries("a0000000", 1, 5)])
    connection = sqlite3.connect(tmp_path / "journal.db")
    connection.execute("UPDATE origins SET name = 'z' || substr(name, 2) WHERE name = 'a0000000'")
    connection.commit()
    connection.close()
    async with opened(tmp_path) as store:
        assert store.refill_needed


async def test_a_journal_of_a_later_version_is_left_alone(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        await store.append([entry(OTHER, 1)])
    connection = sqlite3.connect(tmp_path / "journal.db")
    connection.execute(f"PRAGMA user_version={file.VERSION + 1}")
    connection.close()
    with pytest.raises(FolderUnusable, match="written by a later Alarminati"):
        Store.open(tmp_path)
    assert not list(tmp_path.glob("*corrupt*"))
    with pytest.raises(FolderUnusable):  # not FolderInUse: the folder was let go of
        Store.open(tmp_path)
