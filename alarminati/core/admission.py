"""Admission of reports: new, repeated, or refused.

A request is known by caller and id from the time when it is queued, so also while the first copy
is on its way to the disk. Its result is learned from entries, see `requests`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.journal.acks import AckTracker
from alarminati.core.journal.commit_queue import PendingReport
from alarminati.core.journal.extents import Journal
from alarminati.core.journal.ingest import FiringLimit, Overloaded, RequestIdReused
from alarminati.core.journal.requests import Requests
from alarminati.core.model.entries import Alarm, Entry, EntryId, RequestKey, Severity

SHARE = 0.5  # share of the firing limit for one source, so that one cannot block another
OTHERS = 0.9  # share for alarms that are not CRITICAL
FREE = 0.4  # share below which no check is needed
NEARLY = 0.8  # share from which an alarm fires about it
OURS = frozenset({"agent", "certificate", "channel", "check", "heartbeat", "trust"})
"""Sources within an agent; their alarms are few."""


class Admission:
    """Admission for one replica."""

    def __init__(
        self,
        journal: Journal,
        book: AlarmBook,
        receipts: AckTracker,
        bounds: Bounds,
        require_room: Callable[[Sequence[Alarm]], None],
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        """Take `require_room`, which raises Overloaded where new alarms could not be notified."""
        self._require_room = require_room
        self._has_room = has_room
        self._journal = journal
        self._book = book
        self._receipts = receipts
        self._bounds = bounds
        self._requests = Requests()  # requests on disk
        self._asked: dict[tuple[str, str], PendingReport] = {}  # requests on their way to the disk

    def fold(self, entry: Entry) -> None:
        """Fold an entry that is on disk."""
        self._requests.note(entry)

    def begins(self, waiter: PendingReport) -> None:
        """Take note that the bodies of that report are queued."""
        if waiter.request is not None:
            self._asked[waiter.request.caller, waiter.request.id] = waiter

    def ended(self, waiter: PendingReport) -> None:
        """Take note that its bodies are on disk, or never will be."""
        if waiter.request is not None:
            self._asked.pop((waiter.request.caller, waiter.request.id), None)

    def asked_before(
        self, now: float, ticket: int, request: RequestKey | None, min_replicas: int
    ) -> bool:
        """Let the ticket wait for the result of the same request; return False when it is new.

        Raises RequestIdReused when the request under that id had another content.
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
            return False  # its last entries are not here and may never come: better twice than lost
        self._receipts.add(now, {ticket: min_replicas}, taken.ids)
        return True

    def taken(self, request: RequestKey) -> tuple[EntryId, ...]:
        """Return the entries on disk that the same request came to; none when it is new.

        Raises RequestIdReused when the request under that id had another content.
        """
        taken = self._requests.find(request)
        if taken is None or self._journal.last(taken.origin) < taken.last:
            return ()
        _compare(taken.digest, request)
        return taken.ids

    @property
    def nearly_full(self) -> bool:
        """Return whether so much fires that people have to act."""
        return self._beyond(NEARLY)

    @property
    def full(self) -> bool:
        """Return whether only CRITICAL alarms may begin to fire."""
        return self._beyond(OTHERS)

    def _beyond(self, share: float) -> bool:
        bounds, book = self._bounds, self._book
        many = book.firing_count >= share * bounds.firing
        return many or book.firing_bytes >= share * bounds.firing_bytes

    @property
    def refusing(self) -> bool:
        """Return whether new alarms are refused, but for CRITICAL ones where they still fit."""
        return self.full or not self._has_room()

    @property
    def sentence(self) -> str:
        """Return what is full, one sentence; empty: nothing."""
        book, limit = self._book, self._bounds.firing
        if not self._has_room():
            return (
                f"{book.closed_count} alarms are remembered that are over, and channels are behind"
                " with them; no new alarm is taken until they catch up (see `alarminati channels`)"
            )
        if not self.nearly_full:
            return ""
        what = "; only CRITICAL alarms may begin to fire" if self.full else ""
        return f"{book.firing_count} alarms fire, of at most {limit}{what}"

    def crowding(self, wall: int) -> Iterator[Alarm]:
        """Return the report to accept about the number of firing alarms, or None."""
        alarm = Alarm(
            "So many alarms fire that new ones will be refused",
            Severity.CRITICAL if self.full else Severity.ERROR,
            wall,
            not self.nearly_full,
            key="agent:firing",
            source="agent",
            annotations=(
                ("detail", self.sentence),
                (
                    "mend",
                    "see `alarminati list`, and end by `alarminati resolve` what no source ends",
                ),
            )
            if self.nearly_full
            else (),
        )
        state = self._book.find(alarm.fingerprint())
        if self.nearly_full != (state is not None and state.firing):
            yield alarm

    def admit(self, alarms: Sequence[Alarm]) -> tuple[Sequence[Alarm], FiringLimit | None]:
        """Return the alarms that are accepted, and those that may not begin to fire.

        Alarms that fire already and resolving reports add nothing: they are always accepted. Where
        new alarms could not be notified, those are refused as well. Raises FiringLimit, or
        Overloaded, when nothing of the report is accepted.
        """
        crowded: Overloaded | None = None
        try:
            self._require_room(alarms)
        except Overloaded as error:
            crowded = error
        most = self._book.firing_count + len(alarms)
        if crowded is None and most < FREE * self._bounds.firing and not self._heavy:
            return alarms, None  # the usual case, far from any bound
        places: list[int] = []
        why = ""
        new: dict[str, set[str]] = {}  # by source
        for place, alarm in enumerate(alarms):
            if alarm.resolved or alarm.source in OURS:
                continue
            fingerprint = alarm.fingerprint()
            begun = new.setdefault(alarm.source, set())
            if fingerprint in begun or self._book.fires(fingerprint):
                continue
            reason = str(crowded or self._reason(alarm, sum(map(len, new.values())), len(begun)))
            if reason:
                why = why or reason
                places.append(place)
            else:
                begun.add(fingerprint)
        if not places:
            return alarms, None
        refused = FiringLimit(places, why)
        if len(places) == len(alarms):
            raise crowded or refused
        left = set(places)
        return [alarm for place, alarm in enumerate(alarms) if place not in left], refused

    @property
    def _heavy(self) -> bool:
        return self._book.firing_bytes > FREE * self._bounds.firing_bytes

    def _reason(self, alarm: Alarm, new: int, of_source: int) -> str:
        """Return why the alarm may not begin to fire; empty: it may."""
        limit, share = self._bounds.firing, 1.0 if alarm.severity is Severity.CRITICAL else OTHERS
        if self._book.firing_count + new >= share * limit:
            kept = "" if share == 1.0 else f", and the last tenth of {limit} is for CRITICAL ones"
            return f"{self._book.firing_count} fire already{kept} (limits.firing_alarms)"
        if self._book.firing_count_of(alarm.source) + of_source >= SHARE * limit:
            return (
                f"{self._book.firing_count_of(alarm.source)} that came by {alarm.source} fire"
                f" already, half of limits.firing_alarms ({limit})"
            )
        if self._book.firing_bytes >= share * self._bounds.firing_bytes:
            return f"those that fire take {self._book.firing_bytes} bytes of memory already"
        return ""


def _compare(digest: bytes, request: RequestKey) -> None:
    if digest != request.digest:
        raise RequestIdReused(request.id)
