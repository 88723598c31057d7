"""Health checks: when to probe an address, and when a result becomes an alarm.

Only the master probes. Firing alarms are read from the book and stored nowhere else: a new master
continues where the old one stopped, and the next probe raises an alarm that could not be accepted.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Pairs, Severity
from alarminati.core.monitors.orphans import strays
from alarminati.core.monitors.targets import Target

JITTER = 0.05  # of the interval, either way, so that checks do not synchronise
DETAIL_LIMIT = 1024  # characters of a probe's result
SOURCE = "check"
KEY = "check:"
GONE = "the check was taken out of the configuration"


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """One address to probe. Durations are seconds."""

    name: str
    target: Target
    every: float = 15.0
    timeout: float = 5.0
    up: int = 2  # good results in a row until the alarm resolves
    down: int = 3  # bad results in a row until the alarm fires
    severity: Severity = Severity.CRITICAL
    labels: Pairs = ()

    def __post_init__(self) -> None:
        if not 0 < self.timeout <= self.every < float("inf"):
            raise ValueError(
                f"check {self.name}: timeout ({self.timeout}) must lie above 0 and not exceed"
                f" every ({self.every})"
            )
        if self.up < 1 or self.down < 1:
            raise ValueError(
                f"check {self.name}: up ({self.up}) and down ({self.down}) count from 1"
            )

    @property
    def key(self) -> str:
        """Return the key of its alarms."""
        return KEY + self.name

    @property
    def message(self) -> str:
        """Return the message of its alarms."""
        return f"[{self.name.upper()}] Health check failed"


@dataclass(slots=True, eq=False)
class _Watch:
    """State of one health check."""

    check: HealthCheck
    fingerprint: str
    due: float = 0.0
    begun: float | None = None  # start of the probe in flight
    good: int = 0  # in a row
    bad: int = 0  # in a row


class HealthCheckBoard:
    """Decides probes and alarms. `book` says which checks fire."""

    def __init__(self, checks: Sequence[HealthCheck], book: AlarmBook, dice: random.Random) -> None:
        self._book = book
        self._dice = dice
        self._watches: dict[str, _Watch] = {}
        self._running = False
        self.use(0.0, checks)

    def start(self, now: float) -> None:
        """Begin to probe; first probes are spread over the interval of each check."""
        self._running = True
        for watch in self._watches.values():
            watch.due = now + self._dice.uniform(0.0, watch.check.every)
            watch.begun, watch.good, watch.bad = None, 0, 0

    def use(self, now: float, checks: Sequence[HealthCheck]) -> None:
        """Probe these from now on. The state of unchanged checks is kept."""
        if len({check.name for check in checks}) < len(checks):
            raise ValueError("two checks have the same name")
        before, self._watches = self._watches, {}
        for check in checks:
            watch = before.get(check.name)
            if watch is None or watch.check != check:
                due = now + self._dice.uniform(0.0, check.every)
                watch = _Watch(check, _print(check), due)
            self._watches[check.name] = watch

    def strays(self, wall: int) -> list[Alarm]:
        """Return reports that resolve the alarms of removed checks."""
        if not self._running:
            return []
        known = {watch.fingerprint for watch in self._watches.values()}
        return strays(self._book, SOURCE, KEY, known, wall, GONE)

    def stop(self) -> None:
        """Stop probing; results that still arrive are ignored."""
        self._running = False

    def due(self, now: float) -> list[HealthCheck]:
        """Return the probes to begin now; each is to be answered by `result`."""
        if not self._running:
            return []
        begin = []
        for watch in self._watches.values():
            if now >= self._next(watch):
                watch.begun = now
                interval = watch.check.every * self._dice.uniform(1 - JITTER, 1 + JITTER)
                watch.due += interval
                if watch.due <= now:  # late, after a pause: do not repeat missed probes
                    watch.due = now + interval
                begin.append(watch.check)
        return begin

    def next_due(self) -> float | None:
        """Return when `due` has more; None: not without an event."""
        if not self._running or not self._watches:
            return None
        return min(self._next(watch) for watch in self._watches.values())

    def _next(self, watch: _Watch) -> float:
        """Return when to probe: one probe at a time, given up after two intervals."""
        if watch.begun is None:
            return watch.due
        return max(watch.due, watch.begun + 2 * watch.check.every)

    def result(self, name: str, well: bool, detail: str, wall: int) -> Alarm | None:
        """Record the result of a probe; return the report to accept, or None.

        `detail` is one sentence without any secret, `wall` milliseconds since 1970.
        """
        watch = self._watches.get(name)
        if watch is None or not self._running:
            return None
        watch.begun = None
        watch.good, watch.bad = (watch.good + 1, 0) if well else (0, watch.bad + 1)
        state = self._book.find(watch.fingerprint)
        fires = state is not None and state.firing
        if not fires and watch.bad >= watch.check.down:
            return _report(watch.check, wall, False, detail)
        if fires and watch.good >= watch.check.up:
            return _report(watch.check, wall, True, detail)
        return None


def _report(check: HealthCheck, wall: int, resolved: bool, detail: str) -> Alarm:
    return Alarm(
        message=check.message,
        severity=check.severity,
        timestamp=wall,
        resolved=resolved,
        labels=tuple(sorted({**dict(check.labels), "check": check.name}.items())),
        key=check.key,
        annotations=(("detail", detail[:DETAIL_LIMIT]),) if detail else (),
        source=SOURCE,
    )


def _print(check: HealthCheck) -> str:
    return _report(check, 0, False, "").fingerprint()
