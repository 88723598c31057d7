"""Certificate files that changed: when they are broken, and when only half written yet."""

from __future__ import annotations

from typing import Final

from alarminati.core.alarms import AlarmBook
from alarminati.core.entries import Alarm, Severity
from alarminati.core.expiry import SOURCE

SETTLE: Final = 10.0
"""Seconds in which somebody who copies a certificate and its key has written both."""


class Reloading:
    """How the files of one replica stand. `now` is monotonic seconds, `wall` ms since 1970 UTC."""

    def __init__(self, book: AlarmBook, replica: str) -> None:
        self._book = book
        self._replica = replica
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
        said = f"The new certificate files of {self._replica} cannot be used; it keeps the old ones"
        if not problem:
            said = f"The certificate files of {self._replica} are in use"
        return Alarm(
            message=said,
            severity=Severity.ERROR,
            timestamp=wall,
            resolved=not problem,
            labels=(("replica", self._replica),),
            key=f"certificate-files:{self._replica}",
            annotations=(("detail", problem),) if problem else (),
            source=SOURCE,
        )
