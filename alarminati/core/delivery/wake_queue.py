"""When to look again at which alarm though nothing else happens.

By the wall clock and to the second, so that alarms share their places: 100,000 that are to be
repeated cost a list. A place that is no longer true costs one look that finds nothing.
"""

from __future__ import annotations

from heapq import heappop, heappush

from alarminati.core.alarms.book import AlarmState
from alarminati.core.routing.muting import Muted, Ward


class WakeQueue:
    """Alarms by the second, and those that wait for the same by what they wait for."""

    def __init__(self) -> None:
        self._seconds: list[int] = []
        self._alarms: dict[int, list[AlarmState]] = {}
        self._ends: list[tuple[int, Ward]] = []  # milliseconds
        self._wards: dict[Ward, dict[str, AlarmState]] = {}

    def look(self, state: AlarmState, wall: int) -> None:
        """Look at it again at that moment, milliseconds since 1970, or up to a second later."""
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
        """Look at it again when it is muted no more."""
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
        """What waits for this need not wait beyond that moment."""
        if ward in self._wards:
            heappush(self._ends, (wall, ward))

    def due(self, wall: int) -> list[AlarmState]:
        """What to look at now."""
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
        """When `due` has more, milliseconds since 1970; None: never, as things are."""
        times = [self._seconds[0] * 1000] if self._seconds else []
        if self._ends:
            times.append(self._ends[0][0])
        return min(times, default=None)

    def clear(self) -> None:
        """Forget all; another master works it out anew."""
        for alarms in self._alarms.values():
            for state in alarms:
                state.look_at = 0
        self._seconds.clear()
        self._alarms.clear()
        self._ends.clear()
        self._wards.clear()
