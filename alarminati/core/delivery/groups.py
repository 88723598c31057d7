"""Groups: alarms of one channel that wait for others of their group, and until when.

A clock identifies a group though routes around its own change, so that a reload neither shortens
nor restarts its wait.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from heapq import heappop, heappush
from typing import TypeAlias

from alarminati.core.alarms.state import AlarmState

MOST = 1000  # groups remembered for their interval before they are swept

Group: TypeAlias = tuple[str, ...]


class Groups:
    """Groups of one channel queue."""

    def __init__(self) -> None:
        self._held: dict[Group, dict[str, AlarmState]] = {}
        self._ready: list[tuple[float, Group]] = []
        # clock of the group, and since when it waits
        self._began: dict[Group, tuple[Hashable, float]] = {}
        # by clock: time of the last notice, and the interval
        self._told: dict[Hashable, tuple[float, float]] = {}
        self._before: dict[Hashable, float] = {}  # since when each waited before the reload
        self._overdue: set[str] = set()  # alarms that had waited long enough before the reload

    def __len__(self) -> int:
        return sum(len(held) for held in self._held.values())

    @property
    def next(self) -> float:
        """Return when `ready` has more; infinite: never."""
        return self._ready[0][0] if self._ready else float("inf")

    def ready_at(self, state: AlarmState) -> float | None:
        """Return when the group of the alarm is due; None: the alarm does not wait."""
        held = (at for at, group in self._ready if state.fingerprint in self._held[group])
        return min(held, default=None)

    def all(self) -> list[AlarmState]:
        """Yield every alarm that waits."""
        return [state for held in self._held.values() for state in held.values()]

    def hold(
        self,
        group: Group,
        clock: Hashable,
        state: AlarmState,
        now: float,
        wait: float,
        interval: float,
    ) -> None:
        """Hold an alarm for others of its group; the first alarm of a group sets the wait.

        `interval` is the pause after the last notice of the group, seconds.
        """
        held = self._held.get(group)
        if held is None:
            held = self._held[group] = {}
            since = self._before.pop(clock, now)
            told = self._told[clock][0] + interval if clock in self._told else now
            ready = now if state.fingerprint in self._overdue else max(since + wait, told, now)
            heappush(self._ready, (ready, group))
            self._began[group] = (clock, since)
            if interval:
                self._told[clock] = (self._told.get(clock, (float("-inf"), 0.0))[0], interval)
        held[state.fingerprint] = state

    def ready(self, now: float) -> list[tuple[AlarmState, ...]]:
        """Return the groups that have waited long enough."""
        found: list[tuple[AlarmState, ...]] = []
        while self._ready and self._ready[0][0] <= now:
            at, group = heappop(self._ready)
            clock, _ = self._began.pop(group)
            if clock in self._told:
                self._told[clock] = (at, self._told[clock][1])
            found.append(tuple(self._held.pop(group).values()))
        if len(self._told) > 2 * len(self._held) + MOST:
            kept = {clock for clock, _ in self._began.values()}
            self._told = {clock: told for clock, told in self._told.items()
                          if clock in kept or sum(told) > now}  # fmt: skip
        return found

    def reload(self, overdue: Iterable[AlarmState]) -> None:
        """Prepare for new settings: all alarms will be held again, and the clocks go on."""
        self._before.update(self._began.values())
        self._overdue.update(state.fingerprint for state in overdue)
        self._let_go()

    def reloaded(self) -> None:
        """End a reload: all alarms with notices to send are held again."""
        self._before.clear()
        self._overdue.clear()

    def stop(self) -> None:
        """Forget all groups; the next evaluation fills them again."""
        self._let_go()
        self._told.clear()
        self.reloaded()

    def _let_go(self) -> None:
        self._held.clear()
        self._ready.clear()
        self._began.clear()
