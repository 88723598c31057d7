"""Wake queue: when to evaluate which alarm without an event.

By the wall clock and to the second, so that alarms share slots: 100,000 reminders cost a list. A
slot that is out of date costs one evaluation that finds nothing.
"""

from __future__ import annotations

from heapq import heappop, heappush

from alarminati.core.alarms.state import AlarmState
from alarminati.core.routing.muting import Muted, Ward


class WakeQueue:
    """Alarms by second, and muted alarms by what they wait for."""

    def __init__(self) -> None:
        self._seconds: list[int] = []
        self._alarms: dict[int, list[AlarmState]] = {}
        self._ends: list[tuple[int, Ward]] = []  # milliseconds
        self._wards: dict[Ward, dict[str, AlarmState]] = {}

    def look(self, state: AlarmState, wall: int) -> None:
        """Schedule an alarm for that time, milliseconds since 1970, or up to a second later."""
        second = -(-wall // 1000)
        if state.look_at and state.look_at <= second:
            return
        state.look_at = second
        alarms = self._alarms.get(second)
        if alarms is None:
            alarms = self._alarms[second] = []
            heappush(self._seconds, second)
        alarms.append(state)

    def mute(self, state: AlarmState, muted: Muted) -> None:
        """Schedule an alarm for the end of its mute."""
        if not muted.ward:
            self.look(state, muted.until)
            return
        ward = self._wards.get(muted.ward)
        if ward is None:
            ward = self._wards[muted.ward] = {}
            if muted.until:
                self.lift(muted.ward, muted.until)
        ward[state.fingerprint] = state

    def lift(self, ward: Ward, wall: int) -> None:
        """Schedule what waits for this mute, for that time at the latest."""
        if ward in self._wards:
            heappush(self._ends, (wall, ward))

    def due(self, wall: int) -> list[AlarmState]:
        """Take the alarms to evaluate now."""
        found: list[AlarmState] = []
        while self._seconds and self._seconds[0] * 1000 <= wall:
            second = heappop(self._seconds)
            for state in self._alarms.pop(second):
                if state.look_at == second:
                    state.look_at = 0
                    found.append(state)
        while self._ends and self._ends[0][0] <= wall:
            found += self._wards.pop(heappop(self._ends)[1], {}).values()
        return found

    def next(self) -> int | None:
        """Return when `due` has more, milliseconds since 1970; None: not without an event."""
        times = [self._seconds[0] * 1000] if self._seconds else []
        if self._ends:
            times.append(self._ends[0][0])
        return min(times, default=None)

    def clear(self) -> None:
        """Remove everything; the next evaluation fills the queue again."""
        for alarms in self._alarms.values():
            for state in alarms:
                state.look_at = 0
        self._seconds.clear()
        self._alarms.clear()
        self._ends.clear()
        self._wards.clear()
