"""Reload status: files of certificates or the configuration that changed and cannot be used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.monitors.certificate_expiry import SOURCE

SETTLE: Final = 10.0
"""Seconds in which two files that belong together, such as a certificate and its key, are
written."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Kind of the files. Texts have a place for the name of the replica."""

    key: str  # key of its alarms, before the replica's name
    source: str  # source of its alarms
    broken: str
    mended: str


CERTIFICATES: Final = Subject(
    "certificate-files",
    SOURCE,
    "The new certificate files of {} cannot be used; it keeps the old ones",
    "The certificate files of {} are in use",
)
CONFIGURATION: Final = Subject(
    "config",
    "config",
    "The new configuration of {} is refused; it keeps the old one",
    "The configuration of {} is in use",
)


class ReloadStatus:
    """Status of the files of one replica. `now` is monotonic seconds, `wall` ms since 1970 UTC."""

    def __init__(self, book: AlarmBook, replica: str, subject: Subject = CERTIFICATES) -> None:
        self._book = book
        self._replica = replica
        self._subject = subject
        self._problem = ""
        self._since = 0.0

    def good(self) -> None:
        """Record that the present files are in use."""
        self._problem = ""

    def bad(self, now: float, problem: str) -> None:
        """Record that the present files cannot be used; `problem` is one sentence."""
        if not self._problem:
            self._since = now
        self._problem = problem

    def broken(self, now: float) -> str:
        """Return the problem; empty when there is none, or not for long enough."""
        return self._problem if now - self._since >= SETTLE else ""

    def report(self, now: float, wall: int) -> Alarm | None:
        """Return the report to accept, if there is news."""
        problem = self.broken(now)
        alarm = self._alarm(problem, wall)
        state = self._book.find(alarm.fingerprint())
        fires = state is not None and state.firing
        if fires == bool(problem) or (fires and self._problem):
            return None
        return alarm

    def _alarm(self, problem: str, wall: int) -> Alarm:
        subject = self._subject
        return Alarm(
            message=(subject.broken if problem else subject.mended).format(self._replica),
            severity=Severity.ERROR,
            timestamp=wall,
            resolved=not problem,
            labels=(("replica", self._replica),),
            key=f"{subject.key}:{self._replica}",
            annotations=(("detail", problem),) if problem else (),
            source=subject.source,
        )
