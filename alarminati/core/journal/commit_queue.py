"""Commit queue: batches own and replicated entries, so that one fsync serves many.

One batch is on its way to the disk at any time; entries that arrive meanwhile go with the next. So
one fsync serves every waiting report, entries of an origin never leave a hole, and a batch that
fails leaves no trace.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from alarminati.core.journal.causal_stamp import Behind, CausalStamper
from alarminati.core.journal.extents import Journal, Verdict
from alarminati.core.journal.ingest import FiringLimit
from alarminati.core.model.entries import (
    Alarm,
    Body,
    DeliveryAttempt,
    Entry,
    EntryId,
    RequestKey,
)
from alarminati.core.model.hlc import HybridClock

BATCH = 4096  # entries in one commit, at most


Encode: TypeAlias = Callable[[Body, RequestKey | None], bytes]
"""Serialise a body and the request that it begins, if any."""


@dataclass(slots=True)
class PendingReport:
    """Reporters that wait for the same request: one sent it first, others sent it again."""

    tickets: dict[int, int]  # number of replicas that each reporter asked for
    bodies: Sequence[Body]
    request: RequestKey | None = None
    ids: tuple[EntryId, ...] = ()
    refused: FiringLimit | None = None  # the alarms that were not accepted


@dataclass(slots=True)
class _Own:
    """Bodies to append under our origin; without a waiter they are the replica's own."""

    bodies: Sequence[Body]
    waiter: PendingReport | None


@dataclass(slots=True)
class _Foreign:
    """Entries received on a link."""

    link: int
    entries: Sequence[Entry]


@dataclass(slots=True)
class Batch:
    """Entries of one commit."""

    entries: list[Entry] = field(default_factory=list)
    waiters: list[PendingReport] = field(default_factory=list)
    own: list[Sequence[Body]] = field(default_factory=list)  # bodies without a waiter
    links: list[int] = field(default_factory=list)  # whose entries are in it
    broken: list[int] = field(default_factory=list)  # links whose entries left a hole


class CommitQueue:
    """Queue in front of the disk."""

    def __init__(
        self,
        journal: Journal,
        clock: HybridClock,
        encode: Encode,
        behind: Sequence[Behind] = (),
    ) -> None:
        self.waiting = 0  # bodies of reporters in the queue
        self._waiting_bytes = 0
        self.in_flight: Batch | None = None
        self._journal = journal
        self._clock = clock
        self._succession = CausalStamper(clock, behind)
        self._encode = encode
        self._queue: deque[_Own | _Foreign] = deque()

    @property
    def has_own_business(self) -> bool:
        """Return whether bodies of the replica itself wait."""
        return any(isinstance(item, _Own) and item.waiter is None for item in self._queue)

    def add(self, bodies: Sequence[Body], waiter: PendingReport | None = None) -> None:
        """Append these bodies under our origin."""
        self._queue.append(_Own(bodies, waiter))
        if waiter is not None:
            self.waiting += len(bodies)
            self._waiting_bytes += _size(bodies)

    def has_room(self, bodies: Sequence[Body], room: int) -> bool:
        """Return whether these fit as well, where `room` bodies do, and as many KiB."""
        if self.waiting + len(bodies) > room:
            return False
        return not self.waiting or self._waiting_bytes + _size(bodies) <= room * 1024

    def receive(self, link: int, entries: Sequence[Entry]) -> None:
        """Merge these entries of a link."""
        self._queue.append(_Foreign(link, entries))

    def forget(self, link: int) -> None:
        """Drop the entries of a closed link; it will send again what was not stored."""
        self._queue = deque(
            item for item in self._queue if not (isinstance(item, _Foreign) and item.link == link)
        )

    def next_batch(self, wall: int) -> Batch | None:
        """Return the batch to write now; None while one is in flight or nothing waits."""
        if self.in_flight is not None or not self._queue:
            return None
        batch, ahead = Batch(), dict[str, int]()
        while self._queue and len(batch.entries) < BATCH:
            item = self._queue.popleft()
            if isinstance(item, _Own):
                self._append(batch, ahead, item, wall)
            elif item.link not in batch.broken:
                self._merge(batch, ahead, item, wall)
        if batch.entries or batch.broken:
            self.in_flight = batch
            return batch
        return None

    def _append(self, batch: Batch, ahead: dict[str, int], item: _Own, wall: int) -> None:
        own = self._journal.own
        sequence = ahead.get(own, self._journal.last(own))
        first = sequence + 1
        request = item.waiter.request if item.waiter is not None else None
        if request is not None and request.count != len(item.bodies):
            request = replace(request, count=len(item.bodies))
        for body in item.bodies:
            if isinstance(body, DeliveryAttempt) and not body.notification.sequence:
                body = replace(body, notification=EntryId(own, sequence))  # the notice before it
            sequence += 1
            stamp = self._succession.stamp(body, wall)
            raw = self._encode(body, request)
            batch.entries.append(Entry(own, sequence, stamp, body, raw, request))
            request = None  # the first entry carries the request of all
        ahead[own] = sequence
        if item.waiter is None:
            batch.own.append(item.bodies)
        else:
            self.waiting -= len(item.bodies)
            self._waiting_bytes -= _size(item.bodies)
            item.waiter.ids = tuple(EntryId(own, n) for n in range(first, sequence + 1))
            batch.waiters.append(item.waiter)

    def _merge(self, batch: Batch, ahead: dict[str, int], item: _Foreign, wall: int) -> None:
        batch.links.append(item.link)
        for entry in item.entries:
            verdict = self._journal.judge(entry, ahead)
            if verdict is Verdict.TAKE:
                ahead[entry.origin] = entry.sequence
                self._clock.witness(entry.stamp, wall)
                batch.entries.append(entry)
            elif verdict is Verdict.HOLE:
                batch.broken.append(item.link)
                return

    def done(self) -> Batch:
        """Take note that the batch in flight is on disk."""
        batch = self.in_flight
        assert batch is not None, "nothing was in flight"
        self.in_flight = None
        for entry in batch.entries:
            self._journal.take(entry)
        return batch

    def failed(self) -> Batch:
        """Take note that the batch in flight failed. The replica's own bodies are queued again."""
        batch = self.in_flight
        assert batch is not None, "nothing was in flight"
        self.in_flight = None
        for bodies in reversed(batch.own):
            self._queue.appendleft(_Own(bodies, None))
        return batch

    def let_go(self) -> list[PendingReport]:
        """Return the reports of the batch in flight; its entries may still reach the disk."""
        return self.in_flight.waiters if self.in_flight is not None else []

    def refuse_all(self) -> list[PendingReport]:
        """Take every report out of the queue."""
        refused = [i.waiter for i in self._queue if isinstance(i, _Own) and i.waiter is not None]
        self._queue = deque(
            item for item in self._queue if isinstance(item, _Foreign) or item.waiter is None
        )
        self.waiting = self._waiting_bytes = 0
        return refused


def _size(bodies: Sequence[Body]) -> int:
    """Return the bytes of reports; other bodies are small."""
    return sum(body.size() for body in bodies if isinstance(body, Alarm))
