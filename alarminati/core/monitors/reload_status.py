"""Files that changed, of certificates or the configuration: broken, or only half written yet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.monitors.certificate_expiry import SOURCE

SETTLE: Final = 10.0
"""Seconds in which somebody who copies a certificate and its key, say, has written both."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What the files are of. Texts have a place for the name of the replica."""

    key: str  # of its alarms, before the replica's name
    source: str  # likewise
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
    """How the files of one replica stand. `now` is monotonic seconds, `wall` ms since 1970 UTC."""

    def __init__(self, book: AlarmBook, replica: str, subject: Subject = CERTIFICATES) -> None:
        self._book = book
        self._replica = replica
        self._subject = subject
        self._problem = ""
        self._since = 0.0

    def good(self) -> None:
        """The files as they are now can be used, and are."""
        self._problem = ""

    def bad(self, now: float, problem: str) -> None:
        """They cannot; `problem` is one sentence."""
        if not self._problem:
            self._since = now
        self._problem = problem

    def broken(self, now: float) -> str:
        """What is wrong with them; empty when nothing is, or not for long enough."""
        return self._problem if now - self._since >= SETTLE else ""

    def report(self, now: float, wall: int) -> Alarm | None:
        """The report to accept, if there is something new to say."""
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
