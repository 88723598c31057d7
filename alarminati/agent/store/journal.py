"""The store: entries on disk, in the order they came, acknowledged once they are durable.

Everything here runs on the event loop's thread; writing happens in `writer`. What can be read is
always what has been announced: an entry is visible to `read` from the moment its watchers are told.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from sqlite3 import DatabaseError
from typing import Any, TypeAlias

from alarminati.agent.store import checkpoints, file
from alarminati.agent.store.file import Corrupt, Folder, Row, StoreError
from alarminati.agent.store.writer import Adopt, Append, Full, Note, Remove, Work, Writer
from alarminati.core.journal.checkpoint import Checkpoint
from alarminati.core.journal.extents import Extent, Stored
from alarminati.core.journal.ingest import Stopping, StorageFull
from alarminati.core.model.entries import Entry, EntryId
from alarminati.wire import codec

Watcher: TypeAlias = Callable[[int, Sequence[Entry]], None]
"""Called with the position of the first entry and the entries, once per commit, in store order."""

RESERVE = 8 * 1024 * 1024  # bytes; see `Store.require_room`
CHUNK = 1000  # entries
PAGE_BYTES = 1024 * 1024  # what is read at once, roughly
HIGHEST = 2**63 - 1  # SQLite's integers
NOTHING = Extent(0)


class Broken(StoreError):
    """Writing failed for a reason that does not pass by itself. The agent has to be restarted."""


@dataclass(slots=True)
class _Pending:
    work: Work
    done: asyncio.Future[int]


class Store:
    """One replica's journal on disk."""

    def __init__(self, folder: Folder, reserve: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._folder = folder
        self._reserve = reserve
        self._reader = file.connect(folder.database)
        self._reader.execute("PRAGMA query_only=ON")
        self._watchers: list[Watcher] = []
        self._pending: deque[_Pending] = deque()
        self._unwritten: list[Note] = []  # there was no room for these; to go with the next append
        self._ticket = 0
        self._closed = False
        self._closing = threading.Event()
        self.failure: asyncio.Future[StoreError] = self._loop.create_future()
        """Done when the store cannot go on; its result says why, for people."""
        self._recall()
        self._writer = Writer(folder.database, self.position, self._on_done, self._on_failed)

    @classmethod
    def open(cls, folder: Path, *, reserve: int = RESERVE) -> Store:
        """Open or begin the journal in `folder` (made with mode 0700 when it is not there).

        Looks through the file to see that it is sound: some 0.1 s for 100,000 entries, whose
        checksums `verify` compares. A damaged one is set aside as `journal.db.corrupt-N` and
        `refill_needed` is true. Call it where the
        event loop runs. Raises FolderInUse or FolderUnusable, with a sentence for people.
        """
        held = Folder(folder)
        try:
            held.prepare()
            return cls(held, reserve)
        except BaseException:
            held.release()
            raise

    def _recall(self) -> None:
        facts = file.facts(self._reader)
        self.origin = facts["origin"]
        """Our own origin: what we append under."""
        self.refill_needed = bool(facts.get("refill"))
        """True: entries were lost here; do not lead before peers have filled them in again."""
        self._names = file.origins(self._reader)
        self._extents: dict[str, Extent] = {}
        self.newest: dict[str, int] = {}
        """The highest sequence of each origin that was kept when the store was opened."""
        for number, (name, extent) in file.extents(self._reader).items():
            newest = "SELECT max(sequence) FROM entries WHERE origin = ?"
            (found,) = self._reader.execute(newest, (number,)).fetchone()
            self.newest[name] = found or 0
            self._extents[name] = Extent(max(extent.last, found or 0), extent.floor)
        self._queued = dict(self._extents)
        summary = "SELECT count(*), max(position) FROM entries"
        self.count, newest_position = self._reader.execute(summary).fetchone()
        """How many entries are kept."""
        self.position: int = newest_position or 0
        """Place of the newest durable entry. Positions rise by one and are never used again."""

    # What is known without reading.

    @property
    def damage(self) -> str:
        """What was found damaged when the store was opened, one sentence; empty: nothing."""
        return self._folder.damage

    def cursor(self) -> dict[str, int]:
        """The last durable sequence of every origin."""
        return {name: extent.last for name, extent in self._extents.items() if extent.last}

    def floors(self) -> dict[str, int]:
        """By origin: entries up to this sequence may be missing. Only those above zero."""
        return {name: extent.floor for name, extent in self._extents.items() if extent.floor}

    def extents(self) -> dict[str, Extent]:
        """How far the journal goes for every origin."""
        return dict(self._extents)

    @property
    def bytes(self) -> int:
        """Size on disk, of the database and its log."""
        parts = (self._folder.path / (file.DATABASE + ending) for ending in ("", *file.LOGS))
        return sum(part.stat().st_size for part in parts if part.exists())

    def require_room(self) -> None:
        """Raise StorageFull when the disk is nearly full. Ask before taking in a report.

        The last `reserve` bytes of the disk are for what must still be written when reports are
        refused: outcomes, acknowledgements, retention. `append` itself uses them.
        """
        if not self.has_room:
            raise StorageFull

    @property
    def has_room(self) -> bool:
        """Reports may be taken in: more than the reserve is free."""
        state = os.statvfs(self._folder.path)
        return state.f_bavail * state.f_frsize >= self._reserve

    def watch(self, watcher: Watcher) -> None:
        """Have `watcher` told of every commit, before those who wait for it go on."""
        self._watchers.append(watcher)

    # Writing.

    def append(self, entries: Sequence[Entry]) -> asyncio.Future[int]:
        """Write entries at the end, as one; the future holds the position of the last.

        Of every origin the sequence must go up by one, except up to a floor (`adopt`), where it
        may skip: ValueError otherwise, and nothing is queued. An empty `raw` is filled in. The
        future raises StorageFull when there was no room (then nothing that was waiting is written
        either, and the next sequence is the one after `cursor()` again), or Broken.
        """
        if not entries:
            raise ValueError("no entries to append")
        queued = self._follow(entries)
        whole = [e if e.raw else replace(e, raw=_encoded(e)) for e in entries]
        while self._unwritten:
            self._put(self._unwritten.pop(0))
        self._queued.update(queued)
        return self._put(Append(whole))

    def _follow(self, entries: Sequence[Entry]) -> dict[str, Extent]:
        """The extents that change once `entries` follow what is queued. Raises ValueError."""
        changed: dict[str, Extent] = {}
        for entry in entries:
            origin, sequence = entry.origin, entry.sequence
            extent = changed.get(origin) or self._queued.get(origin) or NOTHING
            highest = min(max(extent) + 1, HIGHEST)
            if not extent.last < sequence <= highest:
                raise ValueError(f"entry {entry.id} cannot follow {origin}-{extent.last}")
            if not 0 <= entry.stamp <= HIGHEST:
                raise ValueError(f"entry {entry.id} has an impossible stamp")
            changed[origin] = Extent(sequence, extent.floor)
        return changed

    def adopt(self, extents: Mapping[str, Extent]) -> None:
        """Take over what peers say of origins: floors, and how far an origin goes at least.

        Up to a floor sequences may skip from now on. Costs nothing where it is no news; otherwise
        it is on disk before what is appended next.
        """
        news: dict[str, Extent] = {}
        for origin, extent in extents.items():
            known = self._queued.get(origin) or NOTHING
            if extent.last > known.last or extent.floor > known.floor:
                news[origin] = _union(known, extent)
        if news:
            self._queued.update(news)
            self._put(Adopt(news))

    def new_origin(self) -> str:
        """From now on append under a new origin: a peer held more of the old one than we do."""
        self.origin = file.make_origin()
        self._put(Note("origin", self.origin))
        return self.origin

    def refilled(self) -> None:
        """What was lost here has come back from peers."""
        self.refill_needed = False
        self._put(Note("refill", ""))

    def remove(self, positions: Sequence[int], floors: Mapping[str, int]) -> asyncio.Future[int]:
        """Forget entries; `floors` are the highest sequences forgotten. Use `retention`."""
        extents = {name: Extent(self._extents[name].last, floor) for name, floor in floors.items()}
        return self._put(Remove(positions, extents))

    def _put(self, work: Work) -> asyncio.Future[int]:
        done: asyncio.Future[int] = self._loop.create_future()
        if self.failure.done():
            done.set_exception(self.failure.result())
        elif self._closed:
            done.set_exception(Stopping())
        else:
            self._pending.append(_Pending(work, done))
            self._writer.put(self._ticket, work)
        done.add_done_callback(_seen)
        return done

    # What the writer says, from its thread.

    def _on_done(self, count: int) -> None:
        self._tell(self._settle, count)

    def _on_failed(self, ticket: int, error: Exception) -> None:
        self._tell(self._fail, error)

    def _tell(self, what: Callable[..., None], *arguments: object) -> None:
        try:
            self._loop.call_soon_threadsafe(what, *arguments)
        except RuntimeError:
            pass  # the loop is closed: nobody waits any more

    def _settle(self, count: int) -> None:
        stored: list[Entry] = []
        first = self.position + 1
        for _ in range(count):
            pending = self._pending.popleft()
            stored += self._take(pending.work)
            if not pending.done.done():
                pending.done.set_result(self.position)
        if stored:
            for watcher in self._watchers:
                watcher(first, stored)

    def _take(self, work: Work) -> Sequence[Entry]:
        match work:
            case Append(entries):
                for entry in entries:
                    self._widen(entry.origin, Extent(entry.sequence))
                self.position += len(entries)
                self.count += len(entries)
                return entries
            case Adopt(extents) | Remove(_, extents):
                for origin, extent in extents.items():
                    self._widen(origin, extent)
                self.count -= len(work.positions) if isinstance(work, Remove) else 0
        return ()

    def _widen(self, origin: str, extent: Extent) -> None:
        self._extents[origin] = _union(self._extents.get(origin) or NOTHING, extent)

    def _fail(self, error: Exception) -> None:
        """Nothing of what waits has been or will be written."""
        self._ticket += 1
        self._queued = dict(self._extents)
        if not isinstance(error, Full) and not self.failure.done():
            broken = Broken(f"the journal in {self._folder.path} cannot be written: {error}")
            broken.__cause__ = error
            self.failure.set_result(broken)
        while self._pending:
            pending = self._pending.popleft()
            done = pending.done
            if isinstance(pending.work, Note):
                self._unwritten.append(pending.work)
            if not done.done():
                done.set_exception(self.failure.result() if self.failure.done() else StorageFull())

    # Reading.

    def read(self, after: int, limit: int) -> list[Stored]:
        """Up to `limit` entries behind position `after`, in store order.

        Fewer when they are large (`PAGE_BYTES`); none when there are none.
        """
        return self._entries(self._page(after, limit))

    def since(self, have: Mapping[str, int], after: int, limit: int) -> tuple[list[Stored], int]:
        """Entries above `have` and behind position `after`, in store order.

        Looks at `limit` entries at the most. The second part is the position looked through to:
        nothing up to there is left out; once it is `position`, that was all.
        """
        start = max(after, self._first_above(have) - 1)
        rows = self._page(start, limit)
        names = self._origins()
        news = [found for found in rows if found[2] > have.get(names.get(found[1], ""), 0)]
        return self._entries(news), rows[-1][0] if rows else self.position

    def before(self, position: int, limit: int) -> list[Stored]:
        """Up to `limit` entries ahead of a position, newest first; fewer when they are large."""
        return self._entries(self._page(position, limit, back=True))

    def _first_above(self, have: Mapping[str, int]) -> int:
        """The lowest position of an entry above `have`; with sequences, positions rise, too."""
        query = (
            "SELECT position FROM entries WHERE origin = ? AND sequence > ?"
            " ORDER BY sequence LIMIT 1"
        )
        lowest = self.position + 1
        for number, name in self._origins().items():
            known = have.get(name, 0)
            if known < self._extents.get(name, NOTHING).last:
                for (place,) in self._rows(query, (number, known)):
                    lowest = min(lowest, place)
        return lowest

    def get(self, id: EntryId) -> Entry | None:
        """One entry, if it is kept."""
        return self.get_many((id,)).get(id)

    def get_many(self, ids: Iterable[EntryId]) -> dict[EntryId, Entry]:
        """Those of the entries that are kept."""
        numbers = {name: number for number, name in self._origins().items()}
        query = "SELECT * FROM entries WHERE origin = ? AND sequence = ? AND position <= ?"
        found: dict[EntryId, Entry] = {}
        for id in ids:
            if id.origin in numbers and 0 < id.sequence <= HIGHEST:
                arguments = (numbers[id.origin], id.sequence, self.position)
                for stored in self._entries(self._rows(query, arguments)):
                    if stored.entry.id != id:
                        raise self._corrupt(Corrupt(f"the index leads astray at {id}"))
                    found[id] = stored.entry
        return found

    def load(self, chunk: int = CHUNK, *, after: int = 0) -> Iterator[list[Entry]]:
        """Everything behind a position, in store order and chunks; let the loop run between."""
        position = after
        while found := self.read(position, chunk):
            position = found[-1].position
            yield [stored.entry for stored in found]

    def load_at(self, checkpoint: Checkpoint) -> Iterator[list[Entry]]:
        """What that checkpoint keeps and is still there, in store order and in chunks."""
        for places in checkpoints.pages(checkpoint, CHUNK):
            marks = ",".join("?" * len(places))
            query = f"SELECT * FROM entries WHERE position IN ({marks}) ORDER BY position"
            yield [stored.entry for stored in self._entries(self._rows(query, places))]

    def checkpoint(self) -> Checkpoint | None:
        """The checkpoint that was written last, if there is one."""
        found = checkpoints.decode(file.facts(self._reader).get(checkpoints.NAME, ""))
        return found if found is not None and found.position <= self.position else None

    def note_checkpoint(self, checkpoint: Checkpoint) -> asyncio.Future[int]:
        """Write a checkpoint; it replaces the last one."""
        return self._put(Note(checkpoints.NAME, checkpoints.encode(checkpoint)))

    def headers(self, after_position: int, limit: int) -> list[tuple[int, EntryId, int]]:
        """Position, name and stamp of up to `limit` entries behind a position; for `retention`."""
        query = (
            "SELECT position, origin, sequence, stamp FROM entries"
            " WHERE position > ? AND position <= ? ORDER BY position LIMIT ?"
        )
        names = self._origins()
        rows = self._rows(query, (after_position, self.position, limit))
        return [(place, EntryId(names[origin], seq), stamp) for place, origin, seq, stamp in rows]

    def _origins(self) -> dict[int, str]:
        if len(self._names) < len(self._extents):
            self._names = file.origins(self._reader)
        return self._names

    def _page(self, place: int, limit: int, *, back: bool = False) -> list[Row]:
        where, order = ("<", "DESC") if back else (">", "ASC")
        query = (
            f"SELECT * FROM entries WHERE position {where} ? AND position <= ?"
            f" ORDER BY position {order} LIMIT ?"
        )
        rows: list[Row] = []
        size = 0
        try:
            for found in self._reader.execute(query, (place, self.position, limit)):
                rows.append(found)
                size += len(found[5])
                if size > PAGE_BYTES:
                    break
        except DatabaseError as error:
            raise self._corrupt(error) from error
        return rows

    def _entries(self, rows: Iterable[Row]) -> list[Stored]:
        try:
            return [
                Stored(found[0], codec.decode(name, found[2], found[3], found[5]))
                for name, found in file.sound(rows, self._origins())
            ]
        except (Corrupt, codec.Unreadable) as error:
            raise self._corrupt(error) from error

    def _rows(self, query: str, arguments: tuple[int, ...]) -> list[Any]:
        try:
            return self._reader.execute(query, arguments).fetchall()
        except DatabaseError as error:
            raise self._corrupt(error) from error

    def _corrupt(self, error: Exception) -> Corrupt:
        """Nothing more can be trusted: note it for the next start and stop writing."""
        self._folder.suspect()
        corrupt = Corrupt(
            f"the journal in {self._folder.path} is damaged ({error}); "
            "start the agent again: it sets the file aside and refills from its peers"
        )
        if not self.failure.done():
            self.failure.set_result(corrupt)
        return corrupt

    async def verify(self) -> None:
        """Read every entry of a long journal once. Damage is told by `failure`."""
        if self.count > file.READ_AT_START:
            try:
                await asyncio.to_thread(file.verify, self._folder.database, self._closing)
            except Corrupt as error:
                self._corrupt(error)

    # The end.

    async def close(self) -> None:
        """Finish what was handed in, fold the log into the database and let go of the folder."""
        if self._closed:
            return
        self._closed = True
        self._closing.set()
        await asyncio.to_thread(self._writer.stop)
        await asyncio.sleep(0)  # the writer's last words are in the loop's queue; hear them
        self._reader.close()
        self._folder.release()


def _union(one: Extent, other: Extent) -> Extent:
    return Extent(max(one.last, other.last), max(one.floor, other.floor))


def _encoded(entry: Entry) -> bytes:
    if entry.body is None:
        raise ValueError(f"entry {entry.id} has neither body nor bytes")
    return codec.encode(entry.body)


def _seen(done: asyncio.Future[int]) -> None:
    """Not every caller waits; what goes wrong is told by `Store.failure` as well."""
    if not done.cancelled():
        done.exception()
