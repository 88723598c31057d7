"""The data folder: whose it is, who may look into it, and what is said when it cannot be used."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from alarminati.agent.store import FolderInUse, FolderUnusable, Store
from tests.store.samples import OTHER, entry, everything, opened

ROOT = Path(__file__).resolve().parents[2]

HOLDER = """
import asyncio, sys
from pathlib import Path
from alarminati.agent.store import Store

async def main():
    Store.open(Path(sys.argv[1]))
    print("open", flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


async def test_nobody_else_may_look_into_it(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    async with opened(folder) as store:
        await store.append([entry(OTHER, 1)])
        assert folder.stat().st_mode & 0o777 == 0o700
        modes = {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()}
    assert modes == dict.fromkeys(modes, 0o600)
    modes.pop("mark", None)  # written a moment later, or not yet
    assert set(modes) == {"journal.db", "journal.db-wal", "journal.db-shm", "lock"}


async def test_one_agent_to_a_folder(tmp_path: Path) -> None:
    async with opened(tmp_path) as store:
        with pytest.raises(FolderInUse, match=f"{tmp_path} is in use by another agent"):
            Store.open(tmp_path)
        await store.append([entry(OTHER, 1)])
    async with opened(tmp_path) as store:
        assert store.count == 1


@contextmanager
def held_by_another(folder: Path) -> Iterator[None]:
    """Another process has it, and is killed at the end."""
    command = [sys.executable, "-c", HOLDER, str(folder)]
    holder = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    try:
        assert holder.stdout.readline() == b"open\n"
        yield
    finally:
        holder.kill()
        holder.communicate()


async def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    with held_by_another(tmp_path), pytest.raises(FolderInUse):
        Store.open(tmp_path)
    async with opened(tmp_path) as store:
        assert not store.refill_needed


async def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for path in (tmp_path / "file", tmp_path / "file" / "data"):
        with pytest.raises(FolderUnusable, match=f"{path} cannot be used: .*with `data`"):
            Store.open(path)


async def test_a_start_that_was_cut_short_is_no_damage(tmp_path: Path) -> None:
    async with opened(tmp_path / "other"):
        pass
    shutil.copy(tmp_path / "other" / "journal.db", tmp_path / "journal.db.new")
    (tmp_path / "journal.db.new-wal").write_bytes(b"half")
    async with opened(tmp_path) as store:
        assert not store.refill_needed
        assert store.count == 0
    assert sorted(path.name for path in tmp_path.glob("journal*")) == ["journal.db"]


async def test_a_log_without_its_database_is_not_played_into_a_new_one(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a")
    await store.append([entry(OTHER, 1)])
    (tmp_path / "b").mkdir()
    shutil.copy(tmp_path / "a" / "journal.db-wal", tmp_path / "b" / "journal.db-wal")
    await store.close()
    async with opened(tmp_path / "b") as store:
        assert everything(store) == []
        assert store.refill_needed
