"""Heartbeats: jobs that must be heard of, and alarms about those that are not.

Every replica hears signals; entries `HeartbeatSeen` carry them to the master, so few that a sender
that beats all the time costs no traffic. Only the master judges. It waits one full period from
when it began to lead: signals that no replica could hear are not held against the job.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.model.entries import (
    Alarm,
    Body,
    Entry,
    EntryId,
    HeartbeatSeen,
    Pairs,
    Severity,
    Signal,
)
from alarminati.core.model.fold import LatestByKey
from alarminati.core.model.hlc import milliseconds
from alarminati.core.model.matchers import Matcher, labels_of
from alarminati.core.monitors.orphans import strays

SOURCE: Final = "heartbeat"
KEY: Final = "heartbeat:"
GONE: Final = "the heartbeat was taken out of the configuration"
LEAST: Final = 60.0  # seconds between two journaled signals of one kind
DETAIL: Final = 1000  # characters of a job's last words
NAMES: Final = 1000  # heartbeats whose success before the last one is remembered
AGAIN: Final = 30_000  # milliseconds until a report is made again, in case it was refused


class State(Enum):
    """State of a heartbeat."""

    NEW = "new"  # never heard of
    UP = "up"
    LATE = "late"  # due, within its grace
    DOWN = "down"
    FAILED = "failed"  # the job says so itself


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """One job that must be heard of. Durations are seconds."""

    name: str
    interval: float
    grace: float
    matchers: tuple[Matcher, ...] = ()  # alarms that fit all of these are its signals
    severity: Severity = Severity.CRITICAL
    labels: Pairs = ()

    @property
    def spacing(self) -> float:
        """Return the seconds between two journaled signals of one kind."""
        return max(self.interval / 2, LEAST)


@dataclass(frozen=True, slots=True)
class Standing:
    """State of a heartbeat at one moment. Times are milliseconds since 1970; 0: none."""

    heartbeat: Heartbeat
    state: State
    last: int  # the last success
    due: int  # when it must be heard of, its grace included
    missed: int
    duration: int  # milliseconds of the last run that was begun and ended


class Heartbeats:
    """Last signals of each kind. A `Fold`."""

    def __init__(self) -> None:
        self._latest: LatestByKey[HeartbeatSeen] = LatestByKey()
        self.before: BoundedMap[str, int] = BoundedMap(NAMES)  # the success before the last one

    def apply(self, entry: Entry) -> None:
        """Fold one entry."""
        body = entry.body
        if not isinstance(body, HeartbeatSeen):
            return
        last = self.time(body.name, Signal.SUCCESS)
        put = self._latest.put(_key(body.name, body.signal), entry, _timed(body, entry))
        if put and body.signal is Signal.SUCCESS and last:
            self.before.put(body.name, last)

    def behind(self, body: Body) -> int:
        """Return the stamp of the last entry on the subject; see `Fold`."""
        if isinstance(body, HeartbeatSeen):
            return self._latest.stamp_of(_key(body.name, body.signal))
        return 0

    def alive_ids(self) -> Iterator[EntryId]:
        """Return the last entry of each kind and name."""
        for key, _ in self._latest.items():
            id = self._latest.id_of(key)
            assert id is not None
            yield id

    def time(self, name: str, signal: Signal) -> int:
        """Return when a signal of that kind was last heard, milliseconds; 0: never."""
        seen = self._latest.get(_key(name, signal))
        return seen.time if seen else 0

    def comment(self, name: str) -> str:
        """Return what the job said when it failed last."""
        seen = self._latest.get(_key(name, Signal.FAILURE))
        return seen.comment if seen else ""

    def newest(self, name: str) -> Signal | None:
        """Return the kind of the last signal but starts; None: there is none."""
        success, failure = self.time(name, Signal.SUCCESS), self.time(name, Signal.FAILURE)
        if not success and not failure:
            return None
        return Signal.FAILURE if failure > success else Signal.SUCCESS

    def keeps(self, heartbeat: Heartbeat, signal: Signal, wall: int, *, down: bool) -> bool:
        """Return whether a signal becomes an entry: it changes something, or the last is old."""
        last = self.time(heartbeat.name, signal)
        if signal is not Signal.START and self.newest(heartbeat.name) is not signal:
            return True
        return down or signal is Signal.FAILURE or wall - last >= heartbeat.spacing * 1000


class HeartbeatBoard:
    """Decides which heartbeats are missed. `book` says for which an alarm fires."""

    def __init__(
        self, heartbeats: Sequence[Heartbeat], seen: Heartbeats, book: AlarmBook, project: str
    ) -> None:
        self._seen = seen
        self._book = book
        self._project = project
        self._since = 0  # when this replica began to judge
        self.running = False
        self.use(heartbeats)

    def use(self, heartbeats: Sequence[Heartbeat]) -> None:
        """Expect these from now on."""
        self.heartbeats = {each.name: each for each in heartbeats}

    def start(self, wall: int) -> None:
        """Begin to judge."""
        self._since = wall
        self.running = True

    def stop(self) -> None:
        """Stop judging heartbeats."""
        self.running = False

    def standing(self, heartbeat: Heartbeat, wall: int) -> Standing:
        """Return how a heartbeat stands."""
        name, seen = heartbeat.name, self._seen
        last, begun = seen.time(name, Signal.SUCCESS), seen.time(name, Signal.START)
        expected = last + round(heartbeat.interval * 1000) if last else 0
        due = expected + round(heartbeat.grace * 1000) if last else 0
        if begun > max(last, seen.time(name, Signal.FAILURE)):  # it runs
            due = min(due or begun + 10**15, begun + round(heartbeat.grace * 1000))
        state = State.UP
        if seen.newest(name) is Signal.FAILURE:
            state = State.FAILED
        elif due and wall > due:
            state = State.DOWN
        elif expected and wall > expected:
            state = State.LATE
        elif not last and not begun:
            state = State.NEW
        missed = max(0, int((wall - last) // (heartbeat.interval * 1000))) if last else 0
        return Standing(
            heartbeat, state, last, due, missed, last - begun if last > begun > 0 else 0
        )

    def due(self, wall: int) -> list[Alarm]:
        """Return the reports to accept now."""
        if not self.running:
            return []
        found: list[Alarm] = []
        for heartbeat in self.heartbeats.values():
            standing = self.standing(heartbeat, wall)
            alarm = self._alarm(heartbeat, wall)
            state = self._book.find(alarm.fingerprint())
            fires = state is not None and state.firing
            why = self._why(standing, wall)
            if why and not fires:
                found.append(_noted(alarm, why))
            elif fires and not why and standing.state in (State.UP, State.LATE):
                found.append(_noted(self._alarm(heartbeat, wall, True), self._recovery(heartbeat)))
        known = {self._alarm(each, wall).fingerprint() for each in self.heartbeats.values()}
        return found + strays(self._book, SOURCE, KEY, known, wall, GONE)

    def next_due(self, wall: int) -> int | None:
        """Return when `due` may have more, milliseconds; None: not while it is stopped."""
        if not self.running or not self.heartbeats:
            return None
        deadlines = (self._deadline(self.standing(h, wall)) for h in self.heartbeats.values())
        return min(each + 1 if each >= wall else wall + AGAIN for each in deadlines)

    def fires(self, heartbeat: Heartbeat) -> bool:
        """Return whether the alarm of a heartbeat fires."""
        state = self._book.find(self._alarm(heartbeat, 0).fingerprint())
        return state is not None and state.firing

    def signals(self, alarms: Iterable[Alarm]) -> Iterator[Heartbeat]:
        """Return the heartbeats of which these alarms are signals."""
        for heartbeat in self.heartbeats.values():
            if heartbeat.matchers and any(self._fits(heartbeat, alarm) for alarm in alarms):
                yield heartbeat

    def _fits(self, heartbeat: Heartbeat, alarm: Alarm) -> bool:
        if alarm.resolved:
            return False
        seen = labels_of(alarm, self._project)
        return all(matcher.fits(seen) for matcher in heartbeat.matchers)

    def _deadline(self, standing: Standing) -> int:
        """Return when it is missed: never before one full period in which it could be heard."""
        heartbeat = standing.heartbeat
        period = round((heartbeat.interval + heartbeat.grace) * 1000)
        return max(standing.due, self._since + period)

    def _why(self, standing: Standing, wall: int) -> str:
        """Return why an alarm fires, one sentence; empty: it does not."""
        heartbeat = standing.heartbeat
        if standing.state is State.FAILED:
            said = self._seen.comment(heartbeat.name)
            return said or "the job says that it failed"
        if wall <= self._deadline(standing):
            return ""
        begun = self._seen.time(heartbeat.name, Signal.START)
        if begun > standing.last:
            return f"it began {_span(wall - begun)} ago and has not ended"
        if not standing.last:
            return f"never heard of; expected every {_span(heartbeat.interval * 1000)}"
        return (
            f"last heard of {_span(wall - standing.last)} ago; expected every"
            f" {_span(heartbeat.interval * 1000)}"
        )

    def _recovery(self, heartbeat: Heartbeat) -> str:
        last = self._seen.time(heartbeat.name, Signal.SUCCESS)
        before = self._seen.before.get(heartbeat.name) or 0
        missed = round((last - before) / (heartbeat.interval * 1000)) - 1 if before else 0
        return f"{missed} missed" if missed > 0 else "heard of again"

    def _alarm(self, heartbeat: Heartbeat, wall: int, resolved: bool = False) -> Alarm:
        name = heartbeat.name
        return Alarm(
            message=f"[{name}] No heartbeat",
            severity=heartbeat.severity,
            timestamp=wall,
            resolved=resolved,
            labels=tuple(sorted({**dict(heartbeat.labels), "heartbeat": name}.items())),
            key=KEY + name,
            source=SOURCE,
        )


def _noted(alarm: Alarm, detail: str) -> Alarm:
    return Alarm(
        *(alarm.message, alarm.severity, alarm.timestamp, alarm.resolved, alarm.labels),
        key=alarm.key,
        annotations=(("detail", detail[:DETAIL]),),
        source=alarm.source,
    )


def _key(name: str, signal: Signal) -> str:
    return f"{int(signal)}/{name}"


def _timed(body: HeartbeatSeen, entry: Entry) -> HeartbeatSeen:
    """Return the signal with its time, which an entry that was not held back leaves out."""
    if body.time:
        return body
    return HeartbeatSeen(body.name, body.signal, milliseconds(entry.stamp), body.comment)


def _span(milliseconds_: float) -> str:
    seconds = round(milliseconds_ / 1000)
    for size, unit in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
