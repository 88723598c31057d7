"""Numbers that decide what is on whose disk: each has a checksum, and none goes beyond what is."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from alarminati.agent.store import FolderUnusable, Store, file, log
from alarminati.core.journal.extents import Extent
from tests.store.samples import OTHER, entries, entry, everything, forget, opened


async def filled(folder: Path) -> None:
    """A journal of which retention has dropped something."""
    async with opened(folder) as store:
        await store.append(entries(OTHER, 1, 100))
        await forget(store, max_entries=60)


def change(folder: Path, statement: str, *values: object) -> None:
    """Change the database behind its back."""
    with closing(sqlite3.connect(folder / file.DATABASE)) as connection, connection:
        assert connection.execute(statement, values).rowcount == 1


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE origins SET last = last | 1048576",
        "UPDATE origins SET floor = floor + 1",
        "UPDATE origins SET floor = floor - 1",
        "UPDATE origins SET last = 'many'",
        "UPDATE origins SET crc = crc + 1",
        "UPDATE facts SET value = 'abcdefgh' WHERE name = 'origin'",
        "UPDATE facts SET value = '1' WHERE name = 'refill'",
        "UPDATE facts SET value = x'00' WHERE name = 'origin'",
    ],
)
async def test_g1_a_number_that_was_not_written_is_damage(tmp_path: Path, statement: str) -> None:
    await filled(tmp_path)
    change(tmp_path, statement)
    async with opened(tmp_path) as store:
        assert store.refill_needed
        assert "not what was written" in store.damage or "is none" in store.damage
        assert store.cursor() == {}


@pytest.mark.parametrize(("last", "floor"), [(101, 100), (2**40, 40), (150, 0)])
async def test_g1_no_origin_goes_beyond_its_newest_entry_and_its_floor(
    tmp_path: Path, last: int, floor: int
) -> None:
    """Though the checksum is right."""
    await filled(tmp_path)
    (_, _, _, _, crc) = file.origin_row(1, OTHER, Extent(last, floor))
    change(tmp_path, "UPDATE origins SET last = ?, floor = ?, crc = ?", last, floor, crc)
    async with opened(tmp_path) as store:
        assert store.refill_needed
        assert "cannot go to" in store.damage or "is missing" in store.damage


async def test_an_origin_may_go_to_its_floor(tmp_path: Path) -> None:
    await filled(tmp_path)
    async with opened(tmp_path) as store:
        store.adopt({OTHER: Extent(300, 300), "a0000000": Extent(7, 7)})
        await store.append([entry(OTHER, 301)])
    async with opened(tmp_path) as store:
        assert not store.refill_needed
        assert store.cursor() == {OTHER: 301, "a0000000": 7}
        assert store.newest == {OTHER: 301, "a0000000": 0}


async def test_a_row_that_is_gone_is_damage(tmp_path: Path) -> None:
    await filled(tmp_path)
    change(tmp_path, "DELETE FROM entries WHERE sequence = 70")
    async with opened(tmp_path) as store:
        assert store.refill_needed
        assert "is missing" in store.damage


async def test_a_journal_from_before_the_first_release_is_left_alone_with_a_sentence(
    tmp_path: Path,
) -> None:
    await filled(tmp_path)
    with closing(sqlite3.connect(tmp_path / file.DATABASE)) as connection:
        connection.execute("PRAGMA user_version=1")
    with pytest.raises(FolderUnusable, match=r"before its first release.*move the folder away"):
        Store.open(tmp_path)
    assert not list(tmp_path.glob("*corrupt*"))


FRAME = 4096 + 24


async def crashed(live: Path, folder: Path) -> int:
    """What kill -9 leaves of 150 commits; how many there were before the last mark."""
    folder.mkdir()
    async with opened(live) as store:
        for number in range(1, 151):
            await store.append([entry(OTHER, number)])
        for part in live.iterdir():
            (folder / part.name).write_bytes(part.read_bytes())
        return len(everything(store))


def flip_the_middle(wal: Path) -> None:
    """One bit of one frame."""
    content = bytearray(wal.read_bytes())
    content[32 + FRAME * (len(content) // FRAME // 2) + 1000] ^= 4
    wal.write_bytes(content)


def flip_the_head(wal: Path) -> None:
    """One bit of the salt."""
    content = bytearray(wal.read_bytes())
    content[17] ^= 1
    wal.write_bytes(content)


DAMAGES: dict[str, Callable[[Path], object]] = {
    "one bit": flip_the_middle,
    "one bit of the head": flip_the_head,
    "cut between two frames": lambda wal: wal.write_bytes(wal.read_bytes()[: 32 + 40 * FRAME]),
    "empty": lambda wal: wal.write_bytes(b""),
    "gone": lambda wal: wal.unlink(),
}


@pytest.mark.parametrize("damage", DAMAGES)
async def test_g1_a_log_that_is_damaged_is_said(
    tmp_path: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    assert await crashed(tmp_path / "live", folder) == 150
    log.write_mark(folder / log.MARK, 140)
    DAMAGES[damage](folder / "journal.db-wal")
    async with opened(folder) as store:
        left = everything(store)
        assert left == entries(OTHER, 1, len(left))
        assert len(left) < 150
        assert store.refill_needed
        assert store.damage in caplog.text
        assert "the rest comes back from the other replicas" in caplog.text
    async with opened(folder) as store:  # until it is filled in again, and said once
        assert store.refill_needed
        assert not store.damage


async def test_a_log_that_ended_in_a_crash_is_not_damage(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    await crashed(tmp_path / "live", folder)
    wal = folder / "journal.db-wal"
    wal.write_bytes(wal.read_bytes() + bytes(FRAME // 2))  # a frame that was being written
    async with opened(folder) as store:
        assert store.count == 150
        assert not store.damage


@pytest.mark.parametrize("content", [b"", b"x", bytes(12), bytes(100), None])
async def test_a_mark_that_is_damaged_claims_nothing(tmp_path: Path, content: bytes | None) -> None:
    await filled(tmp_path)
    mark = tmp_path / log.MARK
    assert mark.exists()
    mark.unlink() if content is None else mark.write_bytes(content)
    async with opened(tmp_path) as store:
        assert store.count == 60
        assert not store.damage


async def test_g1_a_database_that_is_gone_is_not_taken_for_a_first_start(tmp_path: Path) -> None:
    await filled(tmp_path)
    (tmp_path / file.DATABASE).unlink()
    async with opened(tmp_path) as store:
        assert store.refill_needed
        assert "its database is gone" in store.damage


@pytest.mark.parametrize("content", [b"", b"x" * 10, bytes(4096)])
async def test_a_database_without_content_is_set_aside(tmp_path: Path, content: bytes) -> None:
    await filled(tmp_path)
    (tmp_path / file.DATABASE).write_bytes(content)
    async with opened(tmp_path) as store:
        assert store.refill_needed
        assert store.damage
    assert (tmp_path / "journal.db.corrupt-1").read_bytes() == content
