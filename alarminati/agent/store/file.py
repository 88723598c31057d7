"""The journal's file: where it lies, who may open it, what a row is, and whether it is sound.

One SQLite database, `journal.db`, in a folder of its own that belongs to one process at a time
(`lock`). A file that cannot be trusted is never repaired: it is set aside and a fresh one begun
under a new origin, because peers hold what it held, and a wrong entry is worse than a missing one.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import secrets
import sqlite3
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from struct import Struct
from typing import TypeAlias
from zlib import crc32

from alarminati.agent.store.log import MARK, commits, read_mark
from alarminati.core.journal.extents import Extent
from alarminati.core.model.entries import Action, Alarm, DeliveryAttempt, Entry, Notification
from alarminati.wire.writing import sync_folder

DATABASE = "journal.db"
LOCK = "lock"
LOGS = ("-wal", "-shm")  # what SQLite keeps beside it
ASIDE = DATABASE + ".corrupt-"
ASIDE_KEPT = 3
READ_AT_START = 20_000  # entries; more are read while the agent works
PAUSE = 0.002  # seconds between two pieces of them
SUSPECT = "suspect"  # an empty file: what was read was wrong; trust nothing at the next start

APPLICATION_ID = 0x414C524D  # "ALRM"; says whose file it is
VERSION = 2
CHECKPOINT_PAGES = 1000  # the write-ahead log is copied back after that many pages of 4 KiB
LOG_LIMIT = 16 * 1024 * 1024  # bytes the write-ahead log keeps once it was larger

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # https://www.crockford.com/base32.html
ORIGIN_LENGTH = 8

SCHEMA = """
CREATE TABLE facts(
    name TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE origins(
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,
    floor INTEGER NOT NULL, last INTEGER NOT NULL, crc INTEGER NOT NULL);
CREATE TABLE entries(
    position INTEGER PRIMARY KEY, origin INTEGER NOT NULL, sequence INTEGER NOT NULL,
    stamp INTEGER NOT NULL, kind INTEGER NOT NULL, raw BLOB NOT NULL, crc INTEGER NOT NULL);
CREATE UNIQUE INDEX entries_by_id ON entries(origin, sequence);
"""

Row: TypeAlias = tuple[int, int, int, int, int, bytes, int]
"""position, origin (its id here), sequence, stamp, kind, raw, checksum."""

_KINDS: dict[type, int] = {Alarm: 1, Action: 2, Notification: 3, DeliveryAttempt: 4}
_ENVELOPE = Struct("<qqqB")
_EXTENT = Struct("<qqq")

log = logging.getLogger(__name__)


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


def fact_row(name: str, value: str) -> tuple[str, str, int]:
    """A fact as it is written."""
    return name, value, crc32(f"{name}={value}".encode())


def origin_row(number: int, name: str, extent: Extent) -> tuple[int, str, int, int, int]:
    """An origin as it is written."""
    crc = crc32(name.encode(), crc32(_EXTENT.pack(number, extent.floor, extent.last)))
    return number, name, extent.floor, extent.last, crc


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
        self.damage = ""
        """What was wrong with what was found, one sentence; empty: nothing."""
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
        try:
            short = self._look()
        except Corrupt as error:
            self.damage = f"the journal is damaged: {error}"
            name = self._set_aside()
            log.error("%s in %s; it is set aside as %s, and what it held comes back from the other"
                      " replicas", self.damage, self.path, name)  # fmt: skip
        else:
            if short:
                self._note_loss(short)
        if not self.database.exists():
            _create(fresh, refill=bool(self.damage))
            fresh.rename(self.database)
            sync_folder(self.path)

    def _look(self) -> str:
        """What is missing at the end, one sentence; empty: nothing. Raises Corrupt."""
        if (self.path / SUSPECT).exists():
            raise Corrupt("what was read from it was wrong")
        marked = read_mark(self.path / MARK)
        if not self.database.exists():
            # A log without its database would be played into the new one.
            if marked or any((self.path / (DATABASE + ending)).exists() for ending in LOGS):
                raise Corrupt("its database is gone")
            return ""
        ends = commits(self.database.with_name(DATABASE + LOGS[0]))
        position, frames = examine(self.database)
        lost = [end for end in ends if end > frames]
        if ends == [0]:
            return "the head of its log is not what was written, so nothing of the log counts"
        if lost:
            return f"its log is sound up to frame {frames} only, and goes on to {lost[-1]}"
        if position < marked:
            return f"it ends at entry {position}, and went to {marked} at least"
        return ""

    def _note_loss(self, why: str) -> None:
        """What is there is sound, but it is not all: go on with it, but lead only when refilled."""
        self.damage = f"the journal is damaged: {why}"
        log.error("%s in %s; it goes on with what is left, and the rest comes back from the other"
                  " replicas", self.damage, self.path)  # fmt: skip
        with closing(connect(self.database)) as connection:
            note(connection, "refill", "1")
        (self.path / MARK).unlink(missing_ok=True)

    def _set_aside(self) -> str:
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
        (self.path / MARK).unlink(missing_ok=True)
        (self.path / SUSPECT).unlink(missing_ok=True)
        return name


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
        note(connection, "origin", make_origin())
        note(connection, "refill", "1" if refill else "")
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={VERSION}")
        connection.execute("COMMIT")


def examine(path: Path) -> tuple[int, int]:
    """Look through a journal: its last position, and how many frames of its log are sound.

    A longer one than `READ_AT_START` is looked through without its entries, see `verify`. No entry
    is used before its checksum was compared. Raises Corrupt, or FolderUnusable for a journal of
    another version.
    """
    try:
        with closing(connect(path)) as connection:
            return _examine(connection)
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        if _passing(error):
            raise
        raise Corrupt("it cannot be read as a journal") from error


def _examine(connection: sqlite3.Connection) -> tuple[int, int]:
    (found,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if found != APPLICATION_ID:
        raise Corrupt("it is not a journal")
    if version > VERSION:
        raise FolderUnusable(
            f"the journal was written by a later Alarminati (version {version} of the file, "
            f"this one reads {VERSION}); start that one instead"
        )
    if version < VERSION:
        raise FolderUnusable(
            f"the journal was written by an Alarminati from before its first release (version"
            f" {version} of the file, this one reads {VERSION}); move the folder away, and the"
            " agent begins a new one"
        )
    (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != "ok":
        raise Corrupt("its pages contradict each other")
    if len(facts(connection).get("origin", "")) != ORIGIN_LENGTH:
        raise Corrupt("it does not name its origin")
    position = _follow(connection)
    return position, _sound_frames(connection)


def _sound_frames(connection: sqlite3.Connection) -> int:
    """Return how many frames of the log are sound.

    On a full disk the checkpoint that tells it may fail. An agent must start there all the same,
    so the log is then taken for sound.
    """
    try:
        _, frames, _ = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", 0) & 0xFF != sqlite3.SQLITE_FULL:
            raise
        return sys.maxsize
    return int(frames)


def _follow(connection: sqlite3.Connection) -> int:
    """See that nothing is missing between the entries; return the last position."""
    query = "SELECT count(*), max(sequence) FROM entries WHERE origin = ? AND sequence > ?"
    for number, (name, extent) in extents(connection).items():
        count, highest = connection.execute(query, (number, extent.floor)).fetchone()
        if count != max(highest or 0, extent.floor) - extent.floor:
            raise Corrupt(f"something before the entry {name}-{highest} is missing")
        if extent.last > max(highest or 0, extent.floor):
            raise Corrupt(f"{name} cannot go to {extent.last}, its entries end before")
    count, position = connection.execute("SELECT count(*), max(position) FROM entries").fetchone()
    if count <= READ_AT_START:
        for _ in _read(connection):
            pass
    return position or 0


def _read(connection: sqlite3.Connection) -> Iterator[None]:
    """Read the pages of the file, then every entry, some at a time. Raises Corrupt."""
    (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
    if verdict != "ok":
        raise Corrupt("its pages contradict each other")
    query = "SELECT * FROM entries WHERE position > ? ORDER BY position LIMIT 500"
    position, found = 0, True
    while found:
        found = False
        rows = connection.execute(query, (position,)).fetchall()
        for _, row in sound(rows, origins(connection)):
            position, found = row[0], True
        yield


def verify(path: Path, closed: threading.Event) -> None:
    """Read what `examine` left out, in a thread of its own; ends early once `closed`.

    Raises Corrupt.
    """
    try:
        with closing(connect(path)) as connection:
            connection.execute("PRAGMA query_only=ON")
            for _ in _read(connection):
                if closed.wait(PAUSE):  # the loop needs the interpreter more
                    return
    except (sqlite3.DatabaseError, ValueError, TypeError) as error:
        if not _passing(error):
            raise Corrupt("it cannot be read as a journal") from error


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
    """What the journal knows of itself. Raises Corrupt."""
    found: dict[str, str] = {}
    for name, value, crc in connection.execute("SELECT name, value, crc FROM facts"):
        if fact_row(str(name), str(value))[2] != crc:
            raise Corrupt(f"what it says of its {name} is not what was written")
        found[name] = value
    return found


def note(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Remember a fact."""
    connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", fact_row(name, value))


def extents(connection: sqlite3.Connection) -> dict[int, tuple[str, Extent]]:
    """Names of origins and what their rows say, by their number in this file. Raises Corrupt."""
    found: dict[int, tuple[str, Extent]] = {}
    query = "SELECT id, name, floor, last, crc FROM origins"
    for number, name, floor, last, crc in connection.execute(query):
        extent = Extent(last, floor)
        try:
            right = origin_row(number, name, extent)[4] == crc
        except Exception as error:  # not even the kinds of values fit
            raise Corrupt(f"origin {number} is none") from error
        if not right:
            raise Corrupt(f"how far {name} goes is not what was written")
        found[number] = (name, extent)
    return found


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
