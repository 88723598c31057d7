"""The journal's file: where it lies, who may open it, what a row is, and whether it is sound.

One SQLite database, `journal.db`, in a folder of its own that belongs to one process at a time
(`lock`). A file that cannot be trusted is never repaired: it is set aside and a fresh one begun
under a new origin, because peers hold what it held, and a wrong entry is worse than a missing one.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from struct import Struct
from typing import TypeAlias
from zlib import crc32

from alarminati.core.entries import Acknowledgement, Alarm, Entry, Notice, Outcome
from alarminati.wire.writing import sync_folder

DATABASE = "journal.db"
LOCK = "lock"
LOGS = ("-wal", "-shm")  # what SQLite keeps beside it
ASIDE = DATABASE + ".corrupt-"
ASIDE_KEPT = 3
SUSPECT = "suspect"  # an empty file: what was read was wrong; trust nothing at the next start

APPLICATION_ID = 0x414C524D  # "ALRM"; says whose file it is
VERSION = 1
CHECKPOINT_PAGES = 1000  # the write-ahead log is copied back after that many pages of 4 KiB
LOG_LIMIT = 16 * 1024 * 1024  # bytes the write-ahead log keeps once it was larger

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # https://www.crockford.com/base32.html
ORIGIN_LENGTH = 8

SCHEMA = """
CREATE TABLE facts(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE origins(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    floor INTEGER NOT NULL DEFAULT 0, last INTEGER NOT NULL DEFAULT 0);
CREATE TABLE entries(
    position INTEGER PRIMARY KEY, origin INTEGER NOT NULL, sequence INTEGER NOT NULL,
    stamp INTEGER NOT NULL, kind INTEGER NOT NULL, raw BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE UNIQUE INDEX entries_by_id ON entries(origin, sequence);
"""

Row: TypeAlias = tuple[int, int, int, int, int, bytes, int]
"""position, origin (its id here), sequence, stamp, kind, raw, checksum."""

_KINDS: dict[type, int] = {Alarm: 1, Acknowledgement: 2, Notice: 3, Outcome: 4}
_ENVELOPE = Struct("<qqqB")


class StoreError(Exception):
    """The journal cannot be used; the message says where and how to mend it."""


class FolderInUse(StoreError):
    """Another process has the folder."""


class FolderUnusable(StoreError):
    """The folder cannot be made, read or written, or holds a journal of a later version."""


class Corrupt(StoreError):
    """What is on disk is not what was written. The next start sets the file aside."""


def make_origin() -> str:
    """A name nobody had before: 8 characters, 40 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(ORIGIN_LENGTH))


def kind(entry: Entry) -> int:
    """What sort of body it has, as stored: the field number in the proto entry, 0 when unknown."""
    return _KINDS.get(type(entry.body), 0)


def checksum(position: int, origin: str, sequence: int, stamp: int, kind: int, raw: bytes) -> int:
    """Covers the whole row, and the origin's name rather than its number here."""
    head = _ENVELOPE.pack(position, sequence, stamp, kind) + origin.encode()
    return crc32(raw, crc32(head))


def row(position: int, origin: int, entry: Entry) -> Row:
    """The entry as it is written."""
    number = kind(entry)
    crc = checksum(position, entry.origin, entry.sequence, entry.stamp, number, entry.raw)
    return (position, origin, entry.sequence, entry.stamp, number, entry.raw, crc)


def require_usable(path: Path) -> None:
    """Raise FolderUnusable when the data folder is there and this user may not use it."""
    try:
        if not path.exists() or os.access(path, os.R_OK | os.W_OK | os.X_OK):
            return
        whose = f"it belongs to {path.owner()}"
    except (OSError, KeyError):
        whose = "permission denied"
    raise FolderUnusable(
        f"the journal folder {path} cannot be used: {whose}; make it writable for this user or"
        " choose another with `data`"
    )


class Folder:
    """The data folder, held by this process until `release`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.database = path / DATABASE
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise FolderUnusable(
                f"the journal folder {path} cannot be used: {error.strerror}; "
                "make it writable for this user or choose another with `data`"
            ) from error
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise FolderInUse(
                f"the journal folder {path} is in use by another agent; "
                "stop that one or choose another folder with `data`"
            ) from error

    def release(self) -> None:
        """Let others have it."""
        os.close(self._lock)

    def suspect(self) -> None:
        """Remember that the file cannot be trusted, for the next start."""
        (self.path / SUSPECT).touch(mode=0o600)

    def prepare(self) -> None:
        """See to it that there is a sound journal. Raises FolderUnusable."""
        try:
            self._prepare()
        except (OSError, sqlite3.Error) as error:
            raise FolderUnusable(
                f"the journal in {self.path} cannot be opened: {error}; "
                "see to the disk or choose another folder with `data`"
            ) from error

    def _prepare(self) -> None:
        fresh = self.path / (DATABASE + ".new")
        for ending in ("", *LOGS):
            (self.path / (fresh.name + ending)).unlink(missing_ok=True)
        sound = not (self.path / SUSPECT).exists() and self._sound()
        if not sound:
            self._set_aside()
        if not self.database.exists():
            _create(fresh, refill=not sound)
            fresh.rename(self.database)
            sync_folder(self.path)

    def _sound(self) -> bool:
        if not self.database.exists():
            # A log without its database would be played into the new one.
            return not any((self.path / (DATABASE + ending)).exists() for ending in LOGS)
        try:
            examine(self.database)
        except Corrupt:
            return False
        return True

    def _set_aside(self) -> None:
        """Move the database and its logs out of the way; only the newest few are kept."""
        found = (re.fullmatch(rf"{ASIDE}(\d+)", path.name) for path in self.path.iterdir())
        numbers = sorted(int(match[1]) for match in found if match)
        for number in numbers[: len(numbers) - ASIDE_KEPT + 1]:
            for ending in ("", *LOGS):
                (self.path / f"{ASIDE}{number}{ending}").unlink(missing_ok=True)
        name = f"{ASIDE}{numbers[-1] + 1 if numbers else 1}"
        for ending in (*LOGS, ""):
            part = self.path / (DATABASE + ending)
            if part.exists():
                part.rename(self.path / (name + ending))
        (self.path / SUSPECT).unlink(missing_ok=True)


def connect(path: Path) -> sqlite3.Connection:
    """A connection that commits each statement by itself unless told otherwise."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=5.0)
    try:
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA temp_store=MEMORY")
        connection.execute("PRAGMA secure_delete=OFF")
        connection.execute(f"PRAGMA wal_autocheckpoint={CHECKPOINT_PAGES}")
        connection.execute(f"PRAGMA journal_size_limit={LOG_LIMIT}")
    except BaseException:
        connection.close()
        raise
    return connection


def _create(path: Path, *, refill: bool) -> None:
    """Make an empty journal under a new origin."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    with closing(connect(path)) as connection:
        connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("BEGIN IMMEDIATE")
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        known = {"origin": make_origin(), "refill": "1" if refill else ""}
        connection.executemany("INSERT INTO facts VALUES (?, ?)", known.items())
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")


def examine(path: Path) -> None:
    """Read everything once. Raises Corrupt, or FolderUnusable for a journal of a later version."""
    try:
        with closing(connect(path)) as connection:
            _examine(connection)
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        if _passing(error):
            raise
        raise Corrupt("it cannot be read as a journal") from error


def _examine(connection: sqlite3.Connection) -> None:
    (found,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if found != APPLICATION_ID:
        raise Corrupt("it is not a journal")
    if version > VERSION:
        raise FolderUnusable(
            f"the journal was written by a later Alarminati (version {version} of the file, "
            f"this one reads {VERSION}); start that one instead"
        )
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise Corrupt("its pages contradict each other")
    if len(facts(connection).get("origin", "")) != ORIGIN_LENGTH:
        raise Corrupt("it does not name its origin")
    names = origins(connection)
    for _ in sound(connection.execute("SELECT * FROM entries ORDER BY position"), names):
        pass


def _passing(error: Exception) -> bool:
    """Trouble with the machine, not with what is in the file."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_READONLY,
    )


def facts(connection: sqlite3.Connection) -> dict[str, str]:
    """What the journal knows of itself."""
    return dict(connection.execute("SELECT name, value FROM facts"))


def origins(connection: sqlite3.Connection) -> dict[int, str]:
    """Names of origins by their number in this file."""
    return dict(connection.execute("SELECT id, name FROM origins"))


def sound(rows: Iterable[Row], names: dict[int, str]) -> Iterator[tuple[str, Row]]:
    """Each row with its origin's name. Raises Corrupt at the first that is not what was written."""
    for found in rows:
        position, origin, sequence, stamp, number, raw, crc = found
        name = names.get(origin, "")
        try:
            right = crc == checksum(position, name, sequence, stamp, number, raw)
        except Exception as error:  # struct.error or TypeError: not even the kinds of values fit
            raise Corrupt(f"the entry at {position} is no entry") from error
        if not right:
            raise Corrupt(f"the entry at {position} is not what was written")
        yield name, found
