"""Room in memory for alarms that begin: resolved ones are forgotten once they are notified."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.state import AlarmState
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.delivery.notification_log import NotificationLog
from alarminati.core.journal.ingest import Overloaded
from alarminati.core.model.entries import Alarm


class DeliveryRoom:
    """Room within `bounds`; `settled` returns whether an alarm may be forgotten."""

    def __init__(
        self,
        book: AlarmBook,
        record: NotificationLog,
        bounds: Bounds,
        settled: Callable[[AlarmState], bool],
    ) -> None:
        self._book = book
        self._record = record
        self._bounds = bounds
        self._settled = settled

    def make(self, looks: int) -> None:
        """Forget settled alarms where there are too many; evaluate at most `looks`."""
        for state in self._book.shed(self._settled, looks):
            self._record.forget(state)

    def holds(self, alarms: Iterable[Alarm]) -> bool:
        """Return whether these may begin to fire.

        Resolved alarms can be forgotten, once notified, to make room; alarms that fire already
        take no room.
        """
        if self.left or not any(map(self._begins, alarms)):
            return True
        self.make(self._bounds.looks)
        return self.left

    def require(self, alarms: Iterable[Alarm]) -> None:
        """Raise Overloaded unless these may begin to fire."""
        if not self.holds(alarms):
            raise Overloaded(10.0)

    def _begins(self, alarm: Alarm) -> bool:
        state = None if alarm.resolved else self._book.find(alarm.fingerprint())
        return not alarm.resolved and (state is None or not state.firing)

    @property
    def left(self) -> bool:
        """Return whether memory has room for more that begins and is yet to be notified."""
        bounds, book = self._bounds, self._book
        heavy = book.closed_bytes >= bounds.closed_bytes + bounds.unsaid_bytes
        count = book.closed_count - bounds.closed - self._record.dead.items
        return not heavy and count < bounds.unsaid
