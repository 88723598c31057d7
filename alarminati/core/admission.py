"""Admission: whether what a reporter sends is new, was asked before, or cannot be taken.

Requests are known by caller and id from when they are queued, so also while the first of them is
on its way to the disk; what they came to is learned from entries, see `requests`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from alarminati.core.alarms import AlarmBook
from alarminati.core.entries import Alarm, Entry, RequestKey
from alarminati.core.intray import Waiter
from alarminati.core.journal import Journal
from alarminati.core.receipts import Receipts
from alarminati.core.reception import Overloaded, RequestIdReused
from alarminati.core.requests import Requests

MOST_FIRING = 200_000  # alarms at once; some 1 kB each in memory


class Admission:
    """Decides for one replica."""

    def __init__(
        self,
        journal: Journal,
        book: AlarmBook,
        receipts: Receipts,
        require_room: Callable[[Sequence[Alarm]], None],
    ) -> None:
        """`require_room` raises Overloaded where more that begins could not be told."""
        self._require_room = require_room
        self._journal = journal
        self._book = book
        self._receipts = receipts
        self._requests = Requests()  # of what is on disk
        self._asked: dict[tuple[str, str], Waiter] = {}  # on their way there

    def fold(self, entry: Entry) -> None:
        """An entry is on disk."""
        self._requests.note(entry)

    def begins(self, waiter: Waiter) -> None:
        """That waiter's bodies are queued."""
        if waiter.request is not None:
            self._asked[waiter.request.caller, waiter.request.id] = waiter

    def ended(self, waiter: Waiter) -> None:
        """They are on disk, or will never be."""
        if waiter.request is not None:
            self._asked.pop((waiter.request.caller, waiter.request.id), None)

    def asked_before(
        self, now: float, ticket: int, request: RequestKey | None, min_replicas: int
    ) -> bool:
        """Have the ticket wait for what the same request came to; False when it is new.

        Raises RequestIdReused when that was another one.
        """
        if request is None:
            return False
        waiter = self._asked.get((request.caller, request.id))
        if waiter is not None and waiter.request is not None:
            _compare(waiter.request.digest, request)
            waiter.tickets[ticket] = min_replicas
            return True
        taken = self._requests.find(request)
        if taken is None:
            return False
        _compare(taken.digest, request)
        if self._journal.last(taken.origin) < taken.last:
            return False  # its end is not here, and may never come: rather twice than not at all
        self._receipts.add(now, {ticket: min_replicas}, taken.ids)
        return True

    def require(self, alarms: Sequence[Alarm]) -> None:
        """Raise Overloaded unless there is room for these among what fires, and what is untold."""
        if self._book.firing_count >= MOST_FIRING and not all(alarm.resolved for alarm in alarms):
            raise Overloaded(60.0)
        self._require_room(alarms)


def _compare(digest: bytes, request: RequestKey) -> None:
    if digest != request.digest:
        raise RequestIdReused(request.id)
