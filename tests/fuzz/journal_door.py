"""Journals on disk, damaged in any way: read rightly or set aside, never a wrong entry."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from pathlib import Path

from alarminati.agent.store import FolderUnusable, Store
from alarminati.core.model.entries import Entry
from tests.store.samples import OTHER, entries, everything, opened

COUNT = 30


class JournalDoor:
    """Call it with the bytes of a database."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="alarminati-fuzz-"))
        self._loop = asyncio.new_event_loop()
        self._right = entries(OTHER, 1, COUNT)

    def seeds(self) -> tuple[bytes, ...]:
        """A sound journal."""
        return (self._loop.run_until_complete(self._sound()),)

    def __call__(self, data: bytes) -> None:
        """Open it and read everything."""
        self._loop.run_until_complete(self._open(data))

    def close(self) -> None:
        """Let go of everything."""
        self._loop.close()
        shutil.rmtree(self._folder)

    async def _sound(self) -> bytes:
        folder = self._folder / "sound"
        async with opened(folder) as store:
            await store.append(self._right)
        return (folder / "journal.db").read_bytes()

    async def _open(self, data: bytes) -> None:
        folder = self._folder / "damaged"
        folder.mkdir(mode=0o700)
        (folder / "journal.db").write_bytes(data)
        try:
            kept = await self._kept(folder)
            assert kept in ([], self._right), "what was read is not what was written"
        finally:
            shutil.rmtree(folder)

    async def _kept(self, folder: Path) -> list[Entry]:
        try:
            store = Store.open(folder, reserve=0)
        except FolderUnusable as error:
            if "later" not in str(error):  # a damaged number may look like a later version's
                raise
            return []
        try:
            return everything(store)
        finally:
            await store.close()
