"""Source timeouts: resolve alarms whose source has stopped reporting them.

The last report of an alarm sets its timeout (`Alarm.ttl`), or else the settings of its source.

Only the master looks, and its reports are like any others: if two masters report an end, the
second report changes nothing. An alarm waits its whole timeout from when this replica began to
receive reports, or from when its clock jumped: reports that it could not receive are not held
against the source.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from heapq import heappop, heappush

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.episodes import TIMED_OUT, Report
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.entries import Alarm, Entry
from alarminati.core.model.hlc import milliseconds

JUMP = 5000  # milliseconds by which the wall clock may differ from our own time
AGAIN = 30  # seconds until a reported end is checked again, in case it was refused
MOST = 500  # ends reported at once
LOOK = 60.0  # seconds between two looks at the clock, at most


class Timeouts:
    """Decides ends. `timeouts` are seconds by source; times as everywhere in the core."""

    def __init__(
        self, book: AlarmBook, timeouts: Mapping[str, float], now: float, wall: int
    ) -> None:
        self._book = book
        self._timeouts = timeouts
        self._hearing_since = now
        self._offset = wall - round(now * 1000)
        self._running = False
        self._seconds: list[int] = []  # by the wall clock
        self._places: dict[int, list[str]] = {}  # fingerprints
        self._at: dict[str, int] = {}  # the scheduled second of each alarm

    def start(self, now: float, wall: int) -> None:
        """Begin to look for alarms that time out."""
        self._running = True
        self._mind_the_clock(now, wall)
        for state in self._book.firing_from(self._timeouts, timed=True):
            self._place(state)

    def stop(self) -> None:
        """Stop looking for alarms that time out."""
        self._running = False
        self._seconds.clear()
        self._places.clear()
        self._at.clear()

    def use(self, now: float, wall: int, timeouts: Mapping[str, float]) -> None:
        """Use these timeouts from now on."""
        self._timeouts = timeouts
        if self._running:
            self.stop()
            self.start(now, wall)

    def folded(self, entries: Sequence[Entry]) -> bool:
        """Take note of folded entries; return whether there is something new to look at."""
        if not self._running:
            return False
        found = False
        for entry in entries:
            if isinstance(entry.body, Alarm) and (
                entry.body.ttl or entry.body.source in self._timeouts
            ):
                state = self._book.find(entry.body.fingerprint())
                if state is not None and state.firing:
                    found |= self._place(state, anew=state.id == entry.id)
        return found

    def due(self, now: float, wall: int) -> list[Alarm]:
        """Return the resolving reports to accept now."""
        self._mind_the_clock(now, wall)
        ended: list[Alarm] = []
        while self._seconds and self._seconds[0] * 1000 <= wall and len(ended) < MOST:
            second = self._seconds[0]
            waiting = self._places[second]
            while waiting and len(ended) < MOST:
                fingerprint = waiting.pop()
                if self._at.get(fingerprint) == second:
                    ended += self._look(fingerprint, now, wall)
            if not waiting:
                heappop(self._seconds)
                del self._places[second]
        return ended

    def next_due(self, now: float) -> float | None:
        """Return when to ask `due` again; None: not without an event."""
        if not self._running or not self._seconds:
            return None
        left = self._seconds[0] - (now + self._offset / 1000)
        return now + min(max(0.0, left), LOOK)

    def _look(self, fingerprint: str, now: float, wall: int) -> list[Alarm]:
        del self._at[fingerprint]
        state = self._book.find(fingerprint)
        if state is None or not state.firing:
            return []
        alarm = state.latest.alarm
        timeout = self._after(state.latest)
        if timeout is None:
            return []
        heard = (now - self._hearing_since) * 1000
        left = timeout * 1000 - min(wall - milliseconds(state.latest.stamp), heard)
        if left > 0:
            self._put(fingerprint, round(wall + left))
            return []
        self._put(fingerprint, wall + AGAIN * 1000)
        noted = dict([*alarm.annotations, TIMED_OUT])
        over = replace(alarm, resolved=True, timestamp=wall, ttl=0)
        return [replace(over, annotations=tuple(sorted(noted.items())))]

    def _after(self, latest: Report) -> float | None:
        """Return the seconds from a report until its alarm times out; None: it does not."""
        return latest.ttl or self._timeouts.get(latest.source)

    def _place(self, state: AlarmState, *, anew: bool = False) -> bool:
        """Schedule the next look at an alarm; return whether the schedule changed.

        A repeated report needs no new schedule, unless it has less time than before: the look
        itself computes the time that is left.
        """
        latest = state.latest
        timeout = self._after(latest)
        if timeout is None:
            return False
        wall = milliseconds(latest.stamp) + round(timeout * 1000)
        placed = self._at.get(state.fingerprint)
        if placed is not None and not anew and placed <= -(-wall // 1000):
            return False
        self._put(state.fingerprint, wall)
        return True

    def _put(self, fingerprint: str, wall: int) -> None:
        second = -(-wall // 1000)
        self._at[fingerprint] = second
        if second not in self._places:
            self._places[second] = []
            heappush(self._seconds, second)
        self._places[second].append(fingerprint)

    def _mind_the_clock(self, now: float, wall: int) -> None:
        offset = wall - round(now * 1000)
        if abs(offset - self._offset) > JUMP:
            self._hearing_since = now
        self._offset = offset
