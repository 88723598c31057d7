"""A desk that takes reports in: admission in front of a book."""

from __future__ import annotations

from alarminati.core.admission import Admission
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.journal.acks import AckTracker
from alarminati.core.journal.extents import Journal
from alarminati.core.journal.ingest import FiringLimit
from alarminati.core.model.entries import Alarm, Entry, Severity


class Desk:
    """Admission to a book that knows what was taken."""

    def __init__(self, firing: int, **more: int) -> None:
        bounds = Bounds(firing=firing, **more)
        self.book = AlarmBook(bounds)
        self.admission = Admission(
            Journal("own"), self.book, AckTracker(1.0), bounds, lambda alarms: None
        )
        self.count = 0

    def hand_in(self, *alarms: Alarm) -> FiringLimit | None:
        """What was refused of them; the others are folded."""
        try:
            taken, refused = self.admission.admit(alarms)
        except FiringLimit as error:
            return error
        for each in taken:
            self.count += 1
            self.book.apply(Entry("own", self.count, self.count << 16, each))
        return refused


def of(
    source: str, *names: str, severity: Severity = Severity.WARNING, over: bool = False
) -> list[Alarm]:
    return [Alarm(name, severity, 1, over, source=source) for name in names]
