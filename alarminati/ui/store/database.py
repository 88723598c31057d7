"""The file `app.db`: its schema, and the connection that reads and writes it."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any, Final, TypeVar

from alarminati.client.shelf import SqliteFile, transaction

T = TypeVar("T")

_SCHEMA: Final = """
create table if not exists clusters (
    no integer primary key, id text not null unique, told text not null);
create table if not exists companies (id text primary key, told text not null) without rowid;
create table if not exists settings (name text primary key, told text not null) without rowid;
create table if not exists folded (cluster integer primary key, received integer not null);
create table if not exists alarms (
    no integer primary key, cluster integer not null, fingerprint text not null,
    sort integer not null, age integer not null, tab integer not null,
    rank integer not null, worst integer not null, shown integer not null default 1,
    message text not null, project text not null, matched text not null, text text not null,
    start integer not null, ended integer not null, changed integer not null,
    count integer not null, last integer not null,
    ack_by text not null default '', ack_time integer not null default 0,
    ack_comment text not null default '', assignee text not null default '',
    notes integer not null default 0, done integer not null default 0,
    snoozed integer not null default 0, seen integer not null default 0,
    silence text not null default '', end_reason text not null default '',
    unique (cluster, fingerprint));
create index if not exists alarms_sort on alarms (sort, age, no);
create index if not exists alarms_age on alarms (age, no);
create index if not exists alarms_open on alarms (sort, age, no) where tab < 4;
create index if not exists alarms_todo on alarms (sort, age, no) where tab = 0;
create index if not exists alarms_count on alarms (tab, rank, shown, cluster);
create index if not exists alarms_ended on alarms (ended, shown, cluster, rank) where tab = 4;
create index if not exists alarms_place on alarms (cluster, tab, rank, shown);
drop index if exists alarms_cluster;
create table if not exists episodes (
    cluster integer not null, fingerprint text not null, start integer not null,
    ended integer not null, count integer not null, worst integer not null,
    end_reason text not null, ack_by text not null, ack_time integer not null,
    ack_comment text not null, primary key (cluster, fingerprint, start)) without rowid;
create index if not exists episodes_start on episodes (start);
create table if not exists facts (
    cluster integer not null, fingerprint text not null, received integer not null,
    primary key (cluster, fingerprint, received)) without rowid;
create table if not exists attempts (
    cluster integer not null, notice text not null, received integer not null,
    primary key (cluster, notice, received)) without rowid;
create table if not exists deliveries (
    cluster integer not null, fingerprint text not null, channel text not null,
    notice text not null, state text not null, time integer not null,
    primary key (cluster, fingerprint, channel)) without rowid;
create index if not exists deliveries_notice on deliveries (cluster, notice);
create table if not exists sent (
    cluster integer not null, channel text not null, day integer not null,
    delivered integer not null default 0, late integer not null default 0,
    failed integer not null default 0, retries integer not null default 0,
    primary key (cluster, channel, day)) without rowid;
create table if not exists silences (
    cluster integer not null, id text not null, matchers text not null, start integer not null,
    ended integer not null, created_by text not null, comment text not null,
    primary key (cluster, id)) without rowid;
create table if not exists acts (
    id text primary key, kind text not null, time integer not null, told text not null,
    open integer not null) without rowid;
create table if not exists mine (
    cluster integer not null, fingerprint text not null, time integer not null,
    kind text not null, until integer not null default 0);
create index if not exists mine_alarm on mine (cluster, fingerprint);
create table if not exists troubles (
    cluster integer not null, kind text not null, start integer not null,
    ended integer not null, count integer not null,
    primary key (cluster, kind, start)) without rowid;
create table if not exists traffic (
    cluster integer not null, day integer not null, bytes integer not null,
    keepalive integer not null, primary key (cluster, day)) without rowid;
"""

SHOWN: Final = 1
"""Of an archived company: 0."""


class Database:
    """`app.db`, open. One process writes it: the one that holds the lock of the data folder."""

    def __init__(
        self, path: Path, wall: Callable[[], float] = time.time, *, check: bool = True
    ) -> None:
        """Open or create the file. Raises CacheUnusable; a damaged file is set aside.

        `check`: read all of the file first; else call `check` later, from any thread.
        """
        self.wall = wall
        self._file = SqliteFile(path, _prepare, check=check)
        self._reader = ThreadPoolExecutor(1, "reader")

    def close(self) -> None:
        """Close the file, once what reads beside is done."""
        self._reader.shutdown()
        self._file.close()

    def check(self) -> str:
        """Read the whole file unless that was done; return its damage, which the next use mends."""
        return self._file.check()

    @property
    def path(self) -> Path:
        """The file."""
        return self._file.path

    def now(self) -> int:
        """Return the time, milliseconds since 1970 UTC."""
        return int(self.wall() * 1000)

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` reads."""
        return self._file.do(work)

    async def beside(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` reads, in a thread and over a connection of its own: long queries."""

        def read() -> T:
            # One for each read: a file that was damaged is replaced, and this one must not be kept.
            address = f"{self.path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(address, uri=True, isolation_level=None)) as base:
                _set_up(base)
                return work(base)

        return await asyncio.get_running_loop().run_in_executor(self._reader, read)

    def write(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Return what `work` returns; all that it writes is kept, or nothing."""

        def within(base: sqlite3.Connection) -> T:
            with transaction(base):
                return work(base)

        return self._file.do(within)

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[Any]:
        """Return the rows of a query."""
        return self.read(lambda base: base.execute(sql, values).fetchall())

    def one(self, sql: str, values: Sequence[object] = ()) -> Any:
        """Return the first column of the first row; None without one."""
        found = self.read(lambda base: base.execute(sql, values).fetchone())
        return found[0] if found else None

    def run(self, sql: str, rows: Iterable[Sequence[object]]) -> None:
        """Write the same statement for every row."""
        kept = list(rows)
        self.write(lambda base: base.executemany(sql, kept))

    # -- settings

    def setting(self, name: str) -> Any:
        """Return a value kept under a name; None when there is none."""
        told = self.one("select told from settings where name = ?", (name,))
        return json.loads(told) if told is not None else None

    def keep_setting(self, name: str, value: Any) -> None:
        """Keep a value that JSON can hold."""
        told = json.dumps(value, ensure_ascii=False)
        self.run("insert or replace into settings values (?, ?)", [(name, told)])


def _set_up(base: sqlite3.Connection) -> None:
    # Not mapped into memory: what a search read would stay counted as the app's, the whole file.
    base.execute("pragma mmap_size = 0")
    base.execute("pragma cache_size = -4000")
    base.execute("pragma temp_store = memory")


def _prepare(base: sqlite3.Connection) -> None:
    _set_up(base)
    for statement in _SCHEMA.split(";"):
        base.execute(statement)
