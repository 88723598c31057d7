"""Replication link between two replicas: each side sends what the other lacks, then what comes.

The stream below is ordered and loses nothing while it lives. An empty frame is a keepalive.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from alarminati.core.journal.extents import HIGHEST, Extent, Journal, Reader
from alarminati.core.model.entries import Entry, EntryId

BATCH = 256  # entries per frame
BATCH_BYTES = 512 * 1024
WINDOW = 4096  # entries on their way to the other side's disk, at most
LONGEST = 64  # characters of an origin's name


@dataclass(frozen=True, slots=True)
class Handshake:
    """Name of the speaker on a link, and the extents it holds."""

    name: str
    origin: str
    have: dict[str, Extent]


@dataclass(frozen=True, slots=True)
class Frame:
    """One message on a link; an empty frame is a keepalive."""

    hello: Handshake | None = None
    entries: tuple[Entry, ...] = ()
    stored: int = 0  # entries received on this link that are on the speaker's disk; 0: no news
    caught_up: bool = False
    floors: dict[str, int] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.hello or self.entries or self.stored or self.caught_up or self.floors)


class Broken(Exception):
    """The other side violated the protocol; the link has to start over."""


class Contradicted(Broken):
    """One of the two journals is wrong: people have to decide which."""


class Link:
    """One side of one link. It reads the journal; it never writes it."""

    def __init__(self, name: str, journal: Journal, reader: Reader, position: int) -> None:
        self.peer = ""  # name of the other side, once it sent its handshake
        self.peer_caught_up = False  # we hold all that it held when the link opened
        self.caught_up = False  # it holds all that we held (sent, and acknowledged)
        self._journal = journal
        self._reader = reader
        self._hello: Handshake | None = Handshake(name, journal.own, journal.extents())
        self._goal = position  # our position when the link opened
        self._their: dict[str, int] = {}  # last sequences that the other side holds or was sent
        self._their_hello: Handshake | None = None
        self._position = 0  # read up to here
        self._sent: deque[tuple[EntryId, float]] = deque()
        self._sent_count = 0
        self._acked_count = 0
        self._durable: dict[str, int] = {}  # last sequences on the other side's disk
        self._missing: dict[str, int] = {}  # its floors: it may have skipped entries up to there
        self._received: deque[EntryId] = deque()
        self._stored_count = 0
        self._stored_told = 0
        self._floors_told: dict[str, int] = {}
        self._told_caught_up_at: int | None = None

    # Receiving.

    def greeted(self, hello: Handshake) -> None:
        """Handle the other side's handshake."""
        if self._their_hello is not None:
            raise Broken("a second hello")
        for origin, extent in sorted(hello.have.items()):
            self._require_possible(origin, extent)
        self._their_hello = hello
        self.peer = hello.name
        self._their = {origin: extent.last for origin, extent in hello.have.items()}
        self._durable = dict(self._their)
        self._raise_floors({origin: extent.floor for origin, extent in hello.have.items()})

    def receive(self, entries: tuple[Entry, ...]) -> None:
        """Remember received entries, in order, so that their storing can be acknowledged."""
        for entry in entries:
            self._judge(entry)
            self._received.append(entry.id)
            if entry.sequence > self._their.get(entry.origin, 0):
                self._their[entry.origin] = self._durable[entry.origin] = entry.sequence

    def floors_came(self, floors: Mapping[str, int]) -> None:
        """Handle floors: entries up to them may be missing. Raises Broken."""
        for origin, floor in sorted(floors.items()):
            self._require_possible(origin, Extent(0, floor))
        self._raise_floors(floors)

    def _raise_floors(self, floors: Mapping[str, int]) -> None:
        for origin, floor in sorted(floors.items()):
            self._missing[origin] = max(floor, self._missing.get(origin, 0))
            if floor > self._journal.last(origin):
                self._journal.raise_floor(origin, floor)

    def _require_possible(self, origin: str, extent: Extent) -> None:
        """Raise Contradicted when the other side holds more of our origin than we wrote."""
        if not 0 < len(origin) <= LONGEST or not extent.possible:
            raise Broken(f"numbers that no journal can hold ({origin[:LONGEST]}-{max(extent)})")
        written = self._journal.last(origin)
        if origin == self._journal.own and max(extent) > written:
            raise Contradicted(
                f"it claims to hold {max(extent)} entries of {origin}, of which only {written}"
                " were ever written"
            )

    def _judge(self, entry: Entry) -> None:
        """Raise Broken for numbers that cannot be stored, before they get near the disk."""
        self._require_possible(entry.origin, Extent(entry.sequence))
        if not 0 <= entry.stamp <= HIGHEST or entry.sequence == 0:
            raise Broken(f"{entry.id} has numbers that no journal can hold")
        hello = self._their_hello
        if hello is None or entry.origin != hello.origin:
            return
        new = entry.sequence > hello.have.get(entry.origin, Extent(0)).last
        known = self._journal.last(entry.origin) >= entry.sequence
        if new and known and not self._journal.holds(entry.id):
            raise Contradicted(
                f"{entry.id} was written just now, and this journal takes it for an old one"
            )

    def storage_advanced(self) -> bool:
        """Take note that more is on our disk; return whether there is something to acknowledge."""
        while self._received and self._received[0][1] <= self._journal.last(self._received[0][0]):
            self._received.popleft()
            self._stored_count += 1
        return self._stored_count > self._stored_told

    def acknowledged(self, stored: int) -> None:
        """Take note that the other side has `stored` of our entries on its disk. Raises Broken."""
        if not self._acked_count <= stored <= self._sent_count:
            raise Broken("an acknowledgement of what was never sent")
        for _ in range(stored - self._acked_count):
            (origin, sequence), _when = self._sent.popleft()
            self._durable[origin] = max(self._durable.get(origin, 0), sequence)
        self._acked_count = stored
        if self._told_caught_up_at is not None and stored >= self._told_caught_up_at:
            self.caught_up = True

    def peer_has_sent_all(self) -> None:
        """Handle caught_up: no replica beyond the other side holds more of what it held."""
        self.peer_caught_up = True

    def close_gaps(self, living: Collection[str]) -> None:
        """Skip what the other side does not hold either: it will not come.

        Entries of `living` origins will still come, from the replicas that write under them.
        """
        if self._their_hello is not None:
            for origin, extent in sorted(self._their_hello.have.items()):
                if extent.floor and origin not in living:
                    self._journal.skip(origin, min(extent.last, extent.floor))

    # State.

    @property
    def greeted_both(self) -> bool:
        """Return whether both handshakes are done."""
        return self._their_hello is not None and self._hello is None

    @property
    def peer_origin(self) -> str:
        """Return the other side's own origin; empty before its handshake."""
        return self._their_hello.origin if self._their_hello is not None else ""

    @property
    def all_received_stored(self) -> bool:
        """Return whether everything that the other side sent is on our disk."""
        return not self._received

    def holds(self, origin: str, sequence: int) -> bool:
        """Return whether that entry is on the other side's disk.

        An entry up to its floor does not count: it may have been skipped there, or removed.
        """
        return self._missing.get(origin, 0) < sequence <= self._durable.get(origin, 0)

    @property
    def waiting_since(self) -> float | None:
        """Return when the oldest entry that is not on the other side's disk was sent."""
        return self._sent[0][1] if self._sent else None

    # Sending.

    def pull(self, now: float) -> Frame | None:
        """Return the next frame to send; None when there is nothing to send."""
        hello, self._hello = self._hello, None
        stored = self._stored_count if self._stored_count > self._stored_told else 0
        self._stored_told = self._stored_count
        if self._their_hello is None:
            return Frame(hello, stored=stored) if hello else None
        entries = self._next_entries(now)
        caught_up = False
        if self._told_caught_up_at is None and not entries and self._position >= self._goal:
            caught_up, self._told_caught_up_at = True, self._sent_count
            self.caught_up = self._acked_count >= self._sent_count
        floors = self._news_of_floors() if entries or stored else {}
        frame = Frame(hello, entries, stored, caught_up, floors)
        return frame or None

    def _next_entries(self, now: float) -> tuple[Entry, ...]:
        room = min(BATCH, WINDOW - len(self._sent))
        batch: list[Entry] = []
        size = 0
        while room > 0 and size < BATCH_BYTES:
            rows, upto = self._reader.since(self._their, self._position, room)
            if upto <= self._position:
                break
            for row in rows:
                entry = row.entry
                self._position = row.position
                if entry.sequence > self._their.get(entry.origin, 0):
                    self._their[entry.origin] = entry.sequence
                    batch.append(entry)
                    size += len(entry.raw)
                    self._sent.append((entry.id, now))
                    if size >= BATCH_BYTES:
                        break
            else:
                self._position = max(self._position, upto)
            room -= len(rows)
        self._sent_count += len(batch)
        return tuple(batch)

    def _news_of_floors(self) -> dict[str, int]:
        assert self._their_hello is not None
        news = {}
        for origin, extent in self._journal.extents().items():
            if extent.floor > self._floors_told.get(origin, 0):
                news[origin] = self._floors_told[origin] = extent.floor
        return news
