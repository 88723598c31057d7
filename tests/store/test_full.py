"""A full disk: refused whole, and on it goes once there is room, without a restart."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from alarminati.agent.store import Broken, Store, file, writer
from alarminati.core.journal.ingest import StorageFull
from tests.store.samples import OTHER, alarm, entries, entry, everything, opened


@pytest.fixture
def small_disk(as_root: None, tmp_path: Path) -> Iterator[Path]:
    """A file system of 3 MiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine does not let root mount a tmpfs")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


async def fill(store: Store) -> int:
    """Append until there is no room; the last sequence that was acknowledged."""
    last = store.cursor().get(OTHER, 0)
    while True:
        try:
            await store.append([entry(OTHER, last + 1, alarm(last + 1, "x" * 2000))])
        except StorageFull:
            return last
        last += 1


async def test_nothing_is_half_written_and_it_goes_on_by_itself(small_disk: Path) -> None:
    ballast = small_disk / "ballast"
    ballast.write_bytes(bytes(2_000_000))
    async with opened(small_disk / "data") as store:
        last = await fill(store)
        assert last > 10
        assert store.cursor() == {OTHER: last}

        # Everything that waits behind what found no room fails with it: no holes.
        batches = [entries(OTHER, last + 1, last + 500), entries(OTHER, last + 501, last + 900)]
        waiting = [store.append([*batch]) for batch in batches]
        origin = store.new_origin()
        waiting.append(store.append([entry(origin, 1)]))
        for done in waiting:
            with pytest.raises(StorageFull):
                await done
        assert store.count == store.position == last
        assert not store.failure.done()

        ballast.unlink()
        await store.append(entries(OTHER, last + 1, last + 5))
        await store.append([entry(origin, 1)])
        again = await fill(store)
        assert again > last + 5
        kept = [one.id for one in everything(store)]
    async with opened(small_disk / "data") as store:
        assert store.origin == origin  # its name found no room at first
        assert [one.id for one in everything(store)] == kept
        assert store.cursor() == {OTHER: again, origin: 1}


async def test_reports_are_refused_while_there_is_room_for_the_rest(small_disk: Path) -> None:
    async with opened(small_disk / "data", reserve=1_000_000) as store:
        last = 0
        while True:
            try:
                store.require_room()
            except StorageFull:
                break
            last += 1
            await store.append([entry(OTHER, last, alarm(last, "x" * 2000))])
        for sequence in range(last + 1, last + 50):
            await store.append([entry(OTHER, sequence)])
        await store.remove(range(1, 40), {OTHER: 39})


async def test_no_room_for_a_new_journal_is_said_in_a_sentence(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(3_100_000))
    with pytest.raises(file.FolderUnusable, match="cannot be opened: database or disk is full"):
        Store.open(small_disk / "data")


class Failing(writer.Writer):
    """A writer on a disk with moods."""

    mood: sqlite3.Error | None = None
    quota = False

    def _write(self, works: list[writer.Work]) -> None:
        if self.mood is not None:
            raise self.mood
        super()._write(works)

    def _room(self) -> bool:
        return not self.quota and super()._room()


def io_error(code: int) -> sqlite3.OperationalError:
    """As SQLite reports a failed write."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    return error


@pytest.fixture
async def failing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store with a writer of that kind."""
    monkeypatch.setattr("alarminati.agent.store.journal.Writer", Failing)
    return Store.open(tmp_path)


async def test_a_quota_is_a_full_disk(
    failing: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "mood", io_error(sqlite3.SQLITE_IOERR_WRITE))
    monkeypatch.setattr(Failing, "quota", True)
    with pytest.raises(StorageFull):
        await failing.append([entry(OTHER, 1)])
    monkeypatch.setattr(Failing, "mood", None)
    await failing.append([entry(OTHER, 1)])
    await failing.close()
    assert not (tmp_path / "probe").exists()


async def test_any_other_failure_ends_the_store(
    failing: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Failing, "mood", io_error(sqlite3.SQLITE_IOERR_FSYNC))
    waiting = [failing.append([one]) for one in entries(OTHER, 1, 3)]
    for done in waiting:
        with pytest.raises(Broken, match="cannot be written: disk I/O error"):
            await done
    assert isinstance(failing.failure.result(), Broken)
    monkeypatch.setattr(Failing, "mood", None)
    with pytest.raises(Broken):
        await failing.append([entry(OTHER, 1)])
    assert everything(failing) == []
    await failing.close()
