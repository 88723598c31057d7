"""A copy of a cluster's journal on this machine: what was told, and where to go on.

Records and the place to resume are written in one transaction, so that a process killed at any
moment comes back knowing exactly what it has. The cache never leads: whatever is wrong with the
file, it is set aside and filled again from the agents.

One file holds one domain as seen through one filter (see `cache_path`). Several processes may use
it: the one that `take`s it follows the agents and writes; the others read what it writes, and the
first to notice takes over when it is gone. Only offsets are written by all.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias
from zlib import crc32

from alarminati.client.answers import AlarmStatus
from alarminati.client.errors import Rebuilt
from alarminati.client.events import Record, streamed
from alarminati.client.shelf import Damaged, SqliteFile, transaction
from alarminati.client.standing import standing
from alarminati.client.unrolling import DecodedRecord
from alarminati.core.model.entries import Alarm, EntryId
from alarminati.core.model.filter import Filter
from alarminati.wire.codec import Unreadable, decode

_VERSION: Final = "1"  # a file of another one is set aside: the agents have it all
_SCHEMA: Final = """
create table if not exists facts (name text primary key, value text not null) without rowid;
create table if not exists origins (
    id integer primary key, name text not null unique, position integer not null,
    sum integer not null);
create table if not exists records (
    received integer primary key autoincrement, origin integer not null, sequence integer not null,
    project text not null, at integer not null, raw blob not null, sum integer not null,
    unique (origin, sequence));
create table if not exists marks (
    reader text primary key, received integer not null, sum integer not null) without rowid;
"""
_COLUMNS: Final = "received, origin, sequence, project, at, raw, sum"
_PRUNE_EVERY: Final = 1000  # records

Row: TypeAlias = tuple[int, int, int, str, int, bytes, int]


class RawRecord(NamedTuple):
    """A record as it is kept."""

    received: int
    origin: str
    sequence: int
    project: str
    at: int
    """Milliseconds since 1970 UTC at which the cluster stored it."""
    raw: bytes


def cache_path(folder: Path, domain: str, filter: Filter | None = None) -> Path:
    """Where the cache of a domain, seen through a filter, lies in `folder`."""
    name = re.sub(r"[^A-Za-z0-9._-]+", "_", domain)[:80]
    if name != domain:
        name += "~" + blake2b(domain.encode(), digest_size=4).hexdigest()
    view = _view(filter or Filter())
    if view != _view(Filter()):
        name += "~" + blake2b(view.encode(), digest_size=4).hexdigest()
    return folder / f"{name}.db"


class Cache:
    """One cache file, open. Close it, or use it as a context manager.

    Calls raise CacheUnusable when the file can be neither used nor replaced, e.g. on a full disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        filter: Filter | None = None,
        max_records: int | None = None,
        max_age: float | None = None,
        wall: Callable[[], float] = time.time,
        check: bool = True,
    ) -> None:
        """Open or create it. Without bounds it keeps everything; `max_age` is in seconds.

        `check`: read all of the file first; else call `check` later, from any thread.
        """
        if (max_records is not None and max_records < 1) or (max_age is not None and max_age <= 0):
            raise ValueError(f"a cache needs room: max_records={max_records}, max_age={max_age}")
        self.filter = filter or Filter()
        self._max_records = max_records
        self._max_age = max_age
        self._wall = wall
        self._unpruned = _PRUNE_EVERY  # the first write looks
        self._resumed = -1
        self._shelf = SqliteFile(path, self._prepare, check=check)

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the file back, and the right to write it. Closing twice is harmless."""
        self._shelf.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self._shelf.path

    @property
    def set_aside(self) -> Path | None:
        """Where a damaged predecessor of the file was put by us; None: that did not happen."""
        return self._shelf.set_aside

    def check(self) -> str:
        """Read the whole file unless that was done; return its damage, which the next use mends."""
        return self._shelf.check()

    def _prepare(self, base: sqlite3.Connection) -> None:
        for statement in _SCHEMA.split(";"):
            base.execute(statement)
        facts = _facts(base)
        expected = {"version": _VERSION, "filter": _view(self.filter)}
        if not facts:
            # Numbers begin at the clock's milliseconds, so that those of a new file are greater
            # than all of its predecessor: who asks for what came after an old number gets all.
            first = int(self._wall() * 1000)
            base.execute("insert into sqlite_sequence values ('records', ?)", (first,))
            new = {**expected, "first": str(first), "pruned": str(first)}
            base.executemany("insert into facts values (?, ?)", new.items())
        elif any(facts.get(name) != value for name, value in expected.items()):
            raise Damaged("it is of another version or for another filter")

    # -- writing

    def take(self) -> bool:
        """Become the one process that follows the agents, unless there is one. Until `release`."""
        return self._shelf.take()

    @property
    def taken(self) -> bool:
        """Whether this process writes the file."""
        return self._shelf.taken

    def release(self) -> None:
        """Let another process follow the agents."""
        self._shelf.release()

    def resume(self) -> dict[str, int]:
        """Where to go on: origins to their last sequence held. Comes before `keep`."""
        position = self._shelf.do(_positions)
        self._resumed = self._shelf.generation
        return position

    def keep(
        self, records: Sequence[DecodedRecord], position: Mapping[str, int], *, project: str
    ) -> list[Record]:
        """Write records and the place to resume, all or nothing. For who has taken the cache.

        `project` is the cluster's own. Returns the records as they will be read, without those of a
        later version. Raises Rebuilt when the file was damaged and is empty now: `resume` again.
        """
        assert self._shelf.taken, "only one process follows the agents: take() comes first"
        at = int(self._wall() * 1000)

        def write(base: sqlite3.Connection) -> list[Record]:
            if self._shelf.generation != self._resumed:
                raise Rebuilt("the file was begun anew")
            with transaction(base):
                origins = {name: id for id, (name, _) in _origins(base).items()}
                for name in {record.id.origin: 0 for record in records} | dict(position):
                    _move(base, origins, name, position.get(name, 0))
                rows = [
                    _row(record, origins[record.id.origin], project, record.time or at)
                    for record in records
                ]
                first = self._insert(base, rows)
            return [
                streamed(record.id, record.body, row[2], first + number, record.time or at)
                for number, (record, row) in enumerate(zip(records, rows, strict=True))
                if record.body is not None
            ]

        return self._shelf.do(write, again=False)

    def _insert(self, base: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> int:
        """Returns the `received` of the first; the others follow it."""
        base.executemany(
            "insert into records (origin, sequence, project, at, raw, sum)"
            " values (?, ?, ?, ?, ?, ?)",
            rows,
        )
        last = _last(base)
        self._unpruned += len(rows)
        if self._unpruned >= _PRUNE_EVERY:
            self._unpruned = 0
            self._prune(base)
        return last - len(rows) + 1

    def _prune(self, base: sqlite3.Connection) -> None:
        floor = 0
        if self._max_records is not None:
            beyond = base.execute(
                "select received from records order by received desc limit 1 offset ?",
                (self._max_records,),
            ).fetchone()
            floor = beyond[0] if beyond else 0
        if self._max_age is not None:
            oldest = int((self._wall() - self._max_age) * 1000)
            young = base.execute(
                "select received from records where at >= ? order by received limit 1", (oldest,)
            ).fetchone()
            floor = max(floor, young[0] - 1 if young else _last(base))
        _drop(base, floor)

    def forget(self, before: int) -> int:
        """Drop records stored before a time, ms since 1970 UTC; return how many. Take it first."""
        assert self._shelf.taken, "only one process writes: take() comes first"

        def write(base: sqlite3.Connection) -> int:
            with transaction(base):
                young = base.execute(
                    "select received from records where at >= ? order by received limit 1",
                    (before,),
                ).fetchone()
                return _drop(base, young[0] - 1 if young else _last(base))

        return self._shelf.do(write)

    # -- reading

    def after(self, received: int, limit: int = 500) -> list[Record]:
        """At most `limit` records received after that one, in order. Empty: there is no more."""

        def read(base: sqlite3.Connection) -> list[Record]:
            start, found = received, list[Record]()
            while not found:
                rows: list[Row] = base.execute(
                    f"select {_COLUMNS} from records where received > ? order by received limit ?",
                    (start, limit),
                ).fetchall()
                if not rows:
                    break
                start = rows[-1][0]
                found = list(_records(base, rows))
            return found

        return self._shelf.do(read)

    def at(self, received: Sequence[int]) -> list[Record]:
        """Return the records received under these numbers, in order, without those dropped."""

        def read(base: sqlite3.Connection) -> list[Record]:
            found: list[Record] = []
            for start in range(0, len(received), 500):
                some = received[start : start + 500]
                rows: list[Row] = base.execute(
                    f"select {_COLUMNS} from records where received in"
                    f" ({', '.join('?' * len(some))}) order by received",
                    some,
                ).fetchall()
                found += _records(base, rows)
            return found

        return self._shelf.do(read)

    def raw(self, received: int, limit: int = 500) -> list[RawRecord]:
        """Return at most `limit` records after that one as they are kept, for an export."""

        def read(base: sqlite3.Connection) -> list[RawRecord]:
            names = {id: name for id, (name, _) in _origins(base).items()}
            rows: list[Row] = base.execute(
                f"select {_COLUMNS} from records where received > ? order by received limit ?",
                (received, limit),
            ).fetchall()
            return [RawRecord(row[0], names[row[1]], *row[2:6]) for row in rows]

        return self._shelf.do(read)

    def held(self, ids: Sequence[EntryId]) -> set[EntryId]:
        """Return which of these records it holds."""

        def read(base: sqlite3.Connection) -> set[EntryId]:
            numbers = {name: id for id, (name, _) in _origins(base).items()}
            sql = "select 1 from records where origin = ? and sequence = ?"
            return {
                each
                for each in ids
                if base.execute(sql, (numbers.get(each.origin, 0), each.sequence)).fetchone()
            }

        return self._shelf.do(read)

    def missed(self, received: int) -> int:
        """How many records after this one were dropped to stay within bounds, at the most."""
        if not received:
            return 0
        facts = self._shelf.do(_facts)
        return max(0, int(facts["pruned"]) - max(received, int(facts["first"])))

    def floor(self) -> int:
        """Records up to this one may have been dropped to stay within bounds."""
        return int(self._shelf.do(_facts)["pruned"])

    def alarms(self) -> list[AlarmStatus]:
        """Alarms as they stood when the cache last heard of them, the newest change first."""
        return standing(self._every())

    def _every(self) -> Iterator[Record]:
        received = 0
        while records := self.after(received):
            yield from records
            received = records[-1].received

    def before_last(self, count: int) -> int:
        """The `received` after which the last `count` records came."""
        found = self._shelf.do(
            lambda base: base.execute(
                "select received from records order by received desc limit 1 offset ?", (count,)
            ).fetchone()
        )
        return int(found[0]) if found else 0

    def last(self) -> int:
        """The highest `received` ever given out; grows with every record, whoever writes it."""
        return self._shelf.do(_last)

    def __len__(self) -> int:
        counted = self._shelf.do(lambda b: b.execute("select count(*) from records").fetchone())
        return int(counted[0])

    # -- offsets

    def offset(self, reader: str) -> int:
        """The `received` that a reader of this name has handled last; 0 when it never did."""
        return self._shelf.do(lambda base: _offset(base, reader))

    def commit_offset(self, reader: str, received: int) -> None:
        """Note how far a reader has come; never backwards. Safe from any process."""

        def write(base: sqlite3.Connection) -> None:
            with transaction(base):
                if received > _offset(base, reader):
                    base.execute(
                        "insert or replace into marks values (?, ?, ?)",
                        (reader, received, _sum(reader, received)),
                    )

        self._shelf.do(write)


def _drop(base: sqlite3.Connection, floor: int) -> int:
    """Delete records up to that one; return how many there were."""
    count = base.execute("delete from records where received <= ?", (floor,)).rowcount
    if count:
        base.execute("update facts set value = ? where name = 'pruned'", (str(floor),))
    return int(count)


def _view(filter: Filter) -> str:
    """A filter as text, the same for the same filter."""
    severity = filter.min_severity.name if filter.min_severity else ""
    types = [str(int(each)) for each in filter.types]
    lists = (filter.projects, filter.matchers, types, filter.fingerprints)
    return repr((severity, *(sorted(set(each)) for each in lists), filter.text))


def _facts(base: sqlite3.Connection) -> dict[str, str]:
    facts: dict[str, str] = dict(base.execute("select name, value from facts").fetchall())
    if facts and not all(facts.get(name, "").isdigit() for name in ("first", "pruned")):
        raise Damaged("its facts make no sense")
    return facts


def _last(base: sqlite3.Connection) -> int:
    row = base.execute("select seq from sqlite_sequence where name = 'records'").fetchone()
    if row is None or not isinstance(row[0], int):
        raise Damaged("it does not know its last record")
    return row[0]


def _offset(base: sqlite3.Connection, reader: str) -> int:
    row = base.execute("select received, sum from marks where reader = ?", (reader,)).fetchone()
    if row is None:
        return 0
    received: int = row[0]
    if row[1] != _sum(reader, received):
        raise Damaged(f"the offset of {reader} is not what was written")
    return received


def _origins(base: sqlite3.Connection) -> dict[int, tuple[str, int]]:
    """By their number: name and position."""
    origins: dict[int, tuple[str, int]] = {}
    for id, name, position, total in base.execute("select id, name, position, sum from origins"):
        if total != _sum(id, name, position):
            raise Damaged(f"origin {id} is not what was written")
        origins[id] = (name, position)
    return origins


def _positions(base: sqlite3.Connection) -> dict[str, int]:
    return dict(_origins(base).values())


def _move(base: sqlite3.Connection, origins: dict[str, int], name: str, position: int) -> None:
    """Write down how far an origin is held; a new one gets a number."""
    if name not in origins:
        origins[name] = max(origins.values(), default=0) + 1
    id = origins[name]
    base.execute(
        "insert into origins values (?, ?, ?, ?) on conflict (id) do update"
        " set position = excluded.position, sum = excluded.sum"
        " where excluded.position > position",
        (id, name, position, _sum(id, name, position)),
    )


def _row(
    record: DecodedRecord, origin: int, project: str, at: int
) -> tuple[int, int, str, int, bytes, int]:
    own = (record.body.project or project) if isinstance(record.body, Alarm) else ""
    row = (origin, record.id.sequence, own, at, record.raw)
    return (*row, _sum(*row))


def _records(base: sqlite3.Connection, rows: Sequence[Row]) -> Iterator[Record]:
    origins = _origins(base)
    for row in rows:
        received, origin, sequence, project, at, raw, total = row
        if origin not in origins or total != _sum(*row[1:-1]):
            raise Damaged(f"record {received} is not what was written")
        name, _ = origins[origin]
        try:
            body = decode(name, sequence, 0, raw).body
        except Unreadable:
            continue  # as when it came: kept for a later version, not told
        if body is not None:
            yield streamed(EntryId(name, sequence), body, project, received, at)


def _sum(*columns: object) -> int:
    return crc32(repr(columns).encode())
