"""The file under the cache: opened, locked, checked, and replaced when it is damaged.

SQLite in WAL mode. Only the process that holds the lock may set a damaged file aside, or two
processes would throw away each other's new one.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final, TypeVar

from alarminati.client.errors import CacheUnusable, Rebuilt
from alarminati.wire.locking import lock

T = TypeVar("T")

# What SQLite says about the machine. Everything else it says of a damaged file: a schema that makes
# no sense, a text that is no longer UTF-8, a row that is there twice.
_MACHINE: Final = (
    "SQLITE_FULL",
    "SQLITE_BUSY",
    "SQLITE_LOCKED",
    "SQLITE_READONLY",
    "SQLITE_CANTOPEN",
    "SQLITE_IOERR",
    "SQLITE_NOMEM",
    "SQLITE_PERM",
    "SQLITE_PROTOCOL",
)
_BUSY: Final = ("SQLITE_BUSY", "SQLITE_PROTOCOL")
_PATIENCE: Final = 5.0  # seconds to wait for other processes


class Damaged(Exception):
    """The file does not hold what was written."""


class SqliteFile:
    """One SQLite file. What damage does not explain raises CacheUnusable."""

    def __init__(
        self,
        path: Path,
        prepare: Callable[[sqlite3.Connection], None],
        *,
        check: bool = True,
    ) -> None:
        """Open or create it. `prepare` makes what is lacking, or raises Damaged.

        `check`: read all of it first, which takes a second for 200 MB; else `check` comes later.
        """
        self.path = path
        self.set_aside: Path | None = None
        """Where a damaged predecessor was put, if that happened."""
        self.generation = 0
        """Another number whenever a file was opened: perhaps a new one."""
        self._prepare = prepare
        self._checked = check
        self._found = ""
        """Damage that `check` found; the next use sets the file aside."""
        self._lock: int | None = None
        self._base: sqlite3.Connection | None = None
        with self._reported():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.do(lambda base: None)

    def close(self) -> None:
        """Give up the lock and the file. Closing twice is harmless."""
        self.release()
        self._disconnect()

    def take(self) -> bool:
        """Get the lock, unless another has it; kept until `release`."""
        if self._lock is None:
            with self._reported():
                self._lock = lock(self.path.with_suffix(".lock"))
        return self._lock is not None

    @property
    def taken(self) -> bool:
        """Whether the lock is ours."""
        return self._lock is not None

    def release(self) -> None:
        """Give up the lock."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def do(self, work: Callable[[sqlite3.Connection], T], *, again: bool = True) -> T:
        """Do some reading or writing; on damage begin anew and do it again, or raise Rebuilt."""
        try:
            return self._try(work)
        except Damaged as damage:
            self._begin_anew(damage)
            if not again:
                raise Rebuilt(str(damage)) from damage
            return self._try(work)

    def _try(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._reported():
            if self._base is None or self._moved():
                self._connect()
            assert self._base is not None
            if self._found:
                found, self._found = self._found, ""
                raise Damaged(found)
            return work(self._base)

    def check(self) -> str:
        """Read all of the file unless that was done; return what is damaged, empty when nothing is.

        Takes its time over a connection of its own, so any thread may. The next use begins anew.
        """
        if self._checked:
            return ""
        self._checked, generation = True, self.generation
        try:
            with self._reported():
                address = f"{self.path.absolute().as_uri()}?mode=ro"
                with closing(sqlite3.connect(address, uri=True, timeout=_PATIENCE)) as base:
                    _verify(base)
        except Damaged as damage:
            if generation == self.generation:
                self._found = str(damage)
        return self._found

    def _moved(self) -> bool:
        """Whether another process has begun a new file in place of the one we have open."""
        try:
            return self.path.stat().st_ino != self._inode
        except FileNotFoundError:
            return True

    def _connect(self) -> None:
        self._disconnect()
        self.generation += 1
        # SQLite gives its side files the permissions of this one.
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        self._inode = self.path.stat().st_ino
        base = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        self._base = base
        _patiently(lambda: base.execute("pragma journal_mode = wal"))
        # A killed process loses nothing with NORMAL. A power cut may take the last records and,
        # with them, the place to resume: they come again.
        base.execute("pragma synchronous = normal")
        with transaction(base):
            self._prepare(base)
        if self._checked:
            _verify(base)

    def _disconnect(self) -> None:
        if self._base is not None:
            with suppress(sqlite3.Error):
                self._base.close()
            self._base = None

    def _begin_anew(self, damage: Damaged) -> None:
        self._disconnect()
        held = self.taken
        if not self.take():
            raise CacheUnusable(self.path, f"{damage}, and another process has it open") from damage
        try:
            with self._reported():
                # Side files first: left over, they would be taken for those of the new file.
                for side in ("-wal", "-shm"):
                    self.path.with_name(self.path.name + side).unlink(missing_ok=True)
                aside = self.path.with_suffix(".damaged")
                with suppress(FileNotFoundError):
                    self.path.replace(aside)
                    self.set_aside = aside
        finally:
            if not held:
                self.release()

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Tell damage from everything else."""
        try:
            yield
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.Error as error:
            code: str = getattr(error, "sqlite_errorname", "")  # not every error has one
            if code.startswith(_MACHINE) and code != "SQLITE_IOERR_SHORT_READ":
                raise CacheUnusable(self.path, str(error)) from error
            raise Damaged(str(error)) from error
        except UnicodeDecodeError as error:
            raise Damaged("it holds text that is none") from error
        except OSError as error:
            raise CacheUnusable(self.path, error.strerror or str(error)) from error


@contextmanager
def transaction(base: sqlite3.Connection) -> Iterator[None]:
    """All or nothing, and one writer at a time."""
    base.execute("begin immediate")
    try:
        yield
        base.execute("commit")
    except BaseException:
        with suppress(sqlite3.Error):
            base.execute("rollback")
        raise


def _patiently(work: Callable[[], object]) -> None:
    """Do what SQLite does not wait for by itself, such as turning a new file to WAL."""
    end = time.monotonic() + _PATIENCE
    while True:
        try:
            work()
            return
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith(_BUSY) or time.monotonic() > end:
                raise
        time.sleep(0.01)


def _verify(base: sqlite3.Connection) -> None:
    """Read the whole file. Raises Damaged."""
    verdict = base.execute("pragma quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise Damaged(verdict)
