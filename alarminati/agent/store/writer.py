"""Writer thread: all waiting work goes into one transaction, so one fsync serves all.

It decides only what shares a transaction, and talks to the event loop once per commit. A batch of
appended rows is one SQL statement, because every statement gives up the interpreter lock and may
wait for a busy loop to get it back: 100 rows one by one took 64 ms next to a busy thread, as one
statement 5 ms.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TypeAlias

from alarminati.agent.store import file
from alarminati.agent.store.log import MARK, write_mark
from alarminati.core.journal.extents import Extent
from alarminati.core.model.entries import Entry

ROWS_PER_COMMIT = 4096
ROWS_PER_STATEMENT = 256
COLUMNS = 7
MARK_EVERY = 1.0  # seconds between two marks: each costs an fsync
VACUUM_PAGES = 256  # 1 MiB given back at a time
SLACK_PAGES = 2048  # free pages below 8 MiB, or a quarter of the file, are kept for reuse


@dataclass(frozen=True, slots=True)
class Append:
    """Work: write these entries at the end."""

    entries: Sequence[Entry]


@dataclass(frozen=True, slots=True)
class Adopt:
    """Work: raise these origins to their extents; entries up to their floors may be missing."""

    extents: Mapping[str, Extent]


@dataclass(frozen=True, slots=True)
class Remove:
    """Work: remove the entries at these positions; `extents` are the result."""

    positions: Sequence[int]
    extents: Mapping[str, Extent]


@dataclass(frozen=True, slots=True)
class Note:
    """Work: remember a fact about the journal itself."""

    name: str
    value: str


Work: TypeAlias = Append | Adopt | Remove | Note


class Full(Exception):
    """There was no room; nothing of the transaction was written."""


def statement(rows: int) -> str:
    """Return SQL that inserts up to `rows` rows; rows of nulls are left out."""
    values = ",".join(["(?,?,?,?,?,?,?)"] * rows)
    if rows == 1:
        return f"INSERT INTO entries VALUES {values}"
    return f"INSERT INTO entries SELECT * FROM (VALUES {values}) WHERE column1 IS NOT NULL"


STATEMENTS = {1 << n: statement(1 << n) for n in range(ROWS_PER_STATEMENT.bit_length())}


class Writer:
    """Takes work in order and reports back, from its own thread, after each commit.

    `done(count)` reports that so many pieces of work, in order, are on disk. `failed(ticket,
    error)` reports that the next piece and all work with a ticket up to this one was not and will
    not be written. Full is the only error after which work goes on.
    """

    def __init__(
        self,
        path: Path,
        position: int,
        done: Callable[[int], None],
        failed: Callable[[int, Exception], None],
    ) -> None:
        self._path = path
        self._connection = file.connect(path)
        self._mark = path.with_name(MARK)
        self._marked = position  # position in the mark, or that needs no mark
        self._mark_at = 0.0  # monotonic seconds: not again before
        self._know()
        self._position = position
        self._done = done
        self._failed = failed
        self._refused = -1
        self._untidy = False  # rows were removed since pages were last given back
        self._queue: SimpleQueue[tuple[int, Work] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="journal-writer", daemon=True)
        self._thread.start()

    def put(self, ticket: int, work: Work) -> None:
        """Queue work. Tickets never fall; work of a ticket that has failed is dropped."""
        self._queue.put((ticket, work))

    def stop(self) -> None:
        """Finish the queued work and end; return when that is done."""
        self._queue.put(None)
        self._thread.join()

    def _know(self) -> None:
        """Remember the origins as they are on disk. Raises Corrupt."""
        found = file.extents(self._connection)
        self._ids = {name: number for number, (name, _) in found.items()}
        self._extents = dict(found.values())

    def _run(self) -> None:
        going = True
        while going:
            if self._untidy and self._queue.empty():
                self._untidy = self._vacuum()
                continue
            batch, going = self._drain()
            if batch and not self._commit(batch):
                break
        self._set_mark()
        try:
            self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except sqlite3.Error:
            pass  # the log stays, and the next start reads it
        self._connection.close()

    def _drain(self) -> tuple[list[tuple[int, Work]], bool]:
        batch: list[tuple[int, Work]] = []
        rows = 0
        item = self._next()
        while item is not None:
            ticket, work = item
            if ticket > self._refused:
                batch.append(item)
                rows += len(work.entries) if isinstance(work, Append) else 1
            if rows >= ROWS_PER_COMMIT:
                return batch, True
            try:
                item = self._queue.get_nowait()
            except Empty:
                return batch, True
        return batch, False

    def _next(self) -> tuple[int, Work] | None:
        """Return the next work; while there is none, bring the mark up to date."""
        if self._marked < self._position:
            wait = self._mark_at - time.monotonic()
            try:
                if wait > 0:
                    return self._queue.get(timeout=wait)
            except Empty:
                pass
            self._set_mark()
        return self._queue.get()

    def _set_mark(self) -> None:
        """Write how far the journal goes, on disk, for a log that is cut off or lost."""
        if self._marked < self._position:
            try:
                write_mark(self._mark, self._position)
            except OSError:
                pass  # a fault of the disk shows at the next commit
            self._marked = self._position
        self._mark_at = time.monotonic() + MARK_EVERY

    def _commit(self, batch: list[tuple[int, Work]]) -> bool:
        before = self._position
        try:
            self._write([work for _, work in batch])
        except Exception as error:
            self._position = before
            full = isinstance(error, sqlite3.Error) and self._is_full(error)
            self._refused = batch[-1][0]
            self._undo()
            self._failed(self._refused, Full() if full else error)
            return full
        self._done(len(batch))
        return True

    def _write(self, works: list[Work]) -> None:
        entries = [entry for work in works if isinstance(work, Append) for entry in work.entries]
        alone = all(isinstance(work, Append) for work in works)
        if alone and len(entries) <= ROWS_PER_STATEMENT and self._known(entries):
            self._insert(entries)  # commits by itself
            return
        self._connection.execute("BEGIN IMMEDIATE")
        for work in works:
            self._apply(work)
        self._connection.execute("COMMIT")

    def _apply(self, work: Work) -> None:
        match work:
            case Append():
                for entry in work.entries:
                    self._number(entry.origin)
                for start in range(0, len(work.entries), ROWS_PER_STATEMENT):
                    self._insert(work.entries[start : start + ROWS_PER_STATEMENT])
            case Adopt():
                for origin in work.extents:
                    self._number(origin)
                self._raise(work.extents)
            case Remove():
                self._remove(work)
            case Note():
                file.note(self._connection, work.name, work.value)

    def _known(self, entries: Sequence[Entry]) -> bool:
        return all(entry.origin in self._ids for entry in entries)

    def _number(self, origin: str) -> int:
        number = self._ids.get(origin)
        if number is None:
            number = self._ids[origin] = max(self._ids.values(), default=0) + 1
            extent = self._extents[origin] = Extent(0)
            self._connection.execute(
                "INSERT INTO origins VALUES (?, ?, ?, ?, ?)",
                file.origin_row(number, origin, extent),
            )
        return number

    def _insert(self, entries: Sequence[Entry]) -> None:
        values: list[int | bytes | None] = []
        for entry in entries:
            self._position += 1
            values += file.row(self._position, self._ids[entry.origin], entry)
        size = 1 << (len(entries) - 1).bit_length()
        values += [None] * (COLUMNS * (size - len(entries)))
        self._connection.execute(STATEMENTS[size], values)

    def _remove(self, work: Remove) -> None:
        self._connection.executemany(
            "DELETE FROM entries WHERE position = ?", [(place,) for place in work.positions]
        )
        self._raise(work.extents)
        self._untidy = True

    def _raise(self, extents: Mapping[str, Extent]) -> None:
        rows = []
        for name, extent in extents.items():
            known = self._extents[name]
            new = Extent(max(known.last, extent.last), max(known.floor, extent.floor))
            self._extents[name] = new
            rows.append(file.origin_row(self._ids[name], name, new))
        self._connection.executemany("REPLACE INTO origins VALUES (?, ?, ?, ?, ?)", rows)

    def _vacuum(self) -> bool:
        """Free some unused pages while nothing waits; return True when more is to do."""
        try:
            (free,) = self._connection.execute("PRAGMA freelist_count").fetchone()
            (pages,) = self._connection.execute("PRAGMA page_count").fetchone()
            if free <= max(SLACK_PAGES, pages // 4):
                return False
            # Not execute(): that frees one page, because the pragma has no columns to fetch.
            self._connection.executescript(f"PRAGMA incremental_vacuum({VACUUM_PAGES})")
        except sqlite3.Error:
            return False  # a tidy file is a courtesy; a broken one shows at the next commit
        return True

    def _undo(self) -> None:
        """Reset after a failure: no transaction is open, and origins are numbered as on disk."""
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._know()
        except (sqlite3.Error, file.Corrupt):
            pass  # the first error is the cause; it is being reported

    def _is_full(self, error: sqlite3.Error) -> bool:
        """Return whether the disk is full, also by a quota, which SQLite reports as any failed
        write."""
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL:
            return True
        return code == sqlite3.SQLITE_IOERR and not self._room()

    def _room(self) -> bool:
        probe = self._path.with_name("probe")
        try:
            with probe.open("wb") as stream:
                stream.write(bytes(65536))
                stream.flush()
                os.fsync(stream.fileno())
        except OSError:
            return False
        finally:
            probe.unlink(missing_ok=True)
        return True
