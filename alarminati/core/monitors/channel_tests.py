"""Channel tests: when a test message is due, and which alarms follow from the results.

Only the master tests. As with health checks, firing alarms are read from the book and stored
nowhere else. A channel that is over its rate limit or quota works: such a result counts neither
way.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Verdict
from alarminati.core.model.entries import Alarm, DeliveryCause, Result, Severity
from alarminati.core.monitors.orphans import strays

SOURCE = "channel"
KEY = "channel:"
AGAIN = 60.0  # seconds
DOWN = 2  # failures in a row until the alarm fires; one may be by chance
JITTER = 0.05  # of the interval, either way
DETAIL_LIMIT = 1024  # characters
GONE = "it is not tried any more"


@dataclass(frozen=True, slots=True)
class ChannelTest:
    """A channel to test every so many seconds."""

    channel: str
    every: float

    @property
    def again(self) -> float:
        """Return the seconds until the next test after a failure."""
        return min(self.every, AGAIN)

    @property
    def key(self) -> str:
        """Return the key of its alarms."""
        return KEY + self.channel

    def alarm(self, wall: int, resolved: bool, detail: str) -> Alarm:
        """Return the report that the channel fails, or works again."""
        return Alarm(
            message=f"Channel {self.channel} does not take messages",
            severity=Severity.ERROR,
            timestamp=wall,
            resolved=resolved,
            labels=(("channel", self.channel),),
            key=self.key,
            annotations=(("detail", detail[:DETAIL_LIMIT]),) if detail else (),
            source=SOURCE,
        )


@dataclass(slots=True, eq=False)
class _Standing:
    """State of one channel test."""

    trial: ChannelTest
    fingerprint: str
    due: float
    begun: bool = False
    bad: int = 0  # failures in a row


class ChannelTestBoard:
    """Decides tests and alarms. `book` says which alarms fire."""

    def __init__(self, book: AlarmBook, dice: random.Random) -> None:
        self._book = book
        self._dice = dice
        self._standings: dict[str, _Standing] = {}  # by channel
        self._running = False

    def start(self, now: float) -> None:
        """Begin to test; first tests are spread over the interval of each channel."""
        self._running = True
        for standing in self._standings.values():
            standing.begun, standing.bad = False, 0
            standing.due = self._first(now, standing.trial, standing.fingerprint)

    def stop(self) -> None:
        """Stop testing; results that still arrive are ignored."""
        self._running = False

    def use(self, now: float, trials: Iterable[ChannelTest]) -> None:
        """Test these from now on. The state of unchanged tests is kept."""
        before, self._standings = self._standings, {}
        for trial in trials:
            standing = before.get(trial.channel)
            if standing is None or standing.trial != trial:
                fingerprint = trial.alarm(0, False, "").fingerprint()
                standing = _Standing(trial, fingerprint, self._first(now, trial, fingerprint))
            self._standings[trial.channel] = standing

    def _first(self, now: float, trial: ChannelTest, fingerprint: str) -> float:
        return now + self._dice.uniform(
            0.0, trial.again if self._fires(fingerprint) else trial.every
        )

    def _fires(self, fingerprint: str) -> bool:
        state = self._book.find(fingerprint)
        return state is not None and state.firing

    def strays(self, wall: int) -> list[Alarm]:
        """Return reports that resolve the alarms of channels no longer tested."""
        if not self._running:
            return []
        known = {standing.fingerprint for standing in self._standings.values()}
        return strays(self._book, SOURCE, KEY, known, wall, GONE)

    def next_due(self) -> float | None:
        """Return when `due` has more; None: not without an event."""
        waiting = [each.due for each in self._standings.values() if not each.begun]
        return min(waiting) if waiting and self._running else None

    def due(self, now: float) -> list[ChannelTest]:
        """Return the tests to begin now; each is to be answered by `result`."""
        if not self._running:
            return []
        begin = [each for each in self._standings.values() if not each.begun and now >= each.due]
        for standing in begin:
            standing.begun = True
        return [standing.trial for standing in begin]

    def result(self, trial: ChannelTest, verdict: Verdict, now: float, wall: int) -> Alarm | None:
        """Record a result; return the report to accept, or None."""
        standing = self._standings.get(trial.channel)
        if standing is None or standing.trial != trial:
            return None
        standing.begun = False
        well = verdict.result is Result.DELIVERED or verdict.cause in (
            DeliveryCause.RATE_LIMITED,
            DeliveryCause.QUOTA_EXCEEDED,
        )
        standing.bad = 0 if well else standing.bad + 1
        pause = trial.every if well else trial.again
        standing.due = now + pause * self._dice.uniform(1 - JITTER, 1 + JITTER)
        if not self._running:
            return None
        fires = self._fires(standing.fingerprint)
        if not fires and standing.bad >= DOWN:
            return trial.alarm(wall, False, verdict.detail)
        if fires and verdict.result is Result.DELIVERED:
            return trial.alarm(wall, True, verdict.detail)
        return None
