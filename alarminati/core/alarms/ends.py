"""End of an alert as its sender gives it: Prometheus sends with each alert when it would end.

While an alert fires its end lies ahead, and moves on with each post. So the alert holds until
then, counted from its arrival; a resolved alert has an end in the past that stays. A sender whose
clock is behind sends ends in the past though its alerts fire. Those ends move on as well, and an
end that moves on is not an end. Two posts show that, unless the alert fires already.

A notification does not say when an alert will end. One with a beginning before the known end may
be old news that came late, which its sender would never end; or the alert still fires for its
sender, as after a cut between Prometheus and Alertmanager, which sends the very same words. So the
alert fires, and holds for `LATE` unless it is sent again.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.episodes import TIMED_OUT
from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.model.entries import Alarm
from alarminati.core.model.validation import MAX_TTL

GRACE: Final = 60  # seconds beyond an end: a minute between two posts, and clocks a little apart
UNKNOWN: Final = 900  # seconds for which an alert without a usable end holds; Alertmanager's
LATE: Final = 25 * 3600
"""Seconds for which an alert holds whose end was reported already. Alertmanager repeats what fires
after `repeat_interval`, 4 h by default and hardly ever more than a day."""
SAME: Final = 20_000  # milliseconds in which a post that came twice counts once
BEHIND: Final = ("clock_behind", "the end of this alert is past, and moves on: set the clock there")
"""Annotation of alerts whose sender's clock is behind, by which a restart recognises them."""


@dataclass(frozen=True, slots=True)
class Standing:
    """State of an alert: it is resolved, or it fires for so many seconds (0: not given)."""

    over: bool
    ttl: int = 0
    behind: bool = False  # it fires, though its end is past


@dataclass(frozen=True, slots=True)
class _Past:
    """End that was in the past when it arrived."""

    starts: int
    ends: int
    came: int
    standing: Standing
    final: bool  # the alert was known to fire, with an end ahead: it stays resolved


class Ends:
    """Judge of ends. Times are milliseconds since 1970; 0: there is none."""

    def __init__(
        self,
        book: AlarmBook,
        size: int = 10_000,
        timeouts: Callable[[], Container[str]] = tuple,
    ) -> None:
        """Remember up to `size` alerts with ends in the past; `timeouts` returns the sources whose
        alarms end by a timeout anyway."""
        self._book = book
        self._timeouts = timeouts
        self._past: BoundedMap[str, _Past] = BoundedMap(size)
        self._over: BoundedMap[str, int] = BoundedMap(size)  # ends that may not be folded yet

    def judge(self, alarm: Alarm, ends: int, now: int) -> Standing:
        """Return the state of an alarm that fires since its timestamp, and is said to end then; or
        that is resolved since."""
        if alarm.resolved:
            self._over.put(alarm.fingerprint(), alarm.timestamp)
            return Standing(over=True)
        if ends <= 0:
            return Standing(over=False, ttl=self._late(alarm))
        if ends > now:
            # Longer by half, as what comes within a third of it is not kept (`core.resent`): the
            # alert must hold until the end in the last post, not in the last post that was kept.
            left = -(-(ends - now) * 3 // 2000)
            return Standing(over=False, ttl=min(left + GRACE, MAX_TTL))
        name = alarm.fingerprint()
        before = self._past.get(name)
        if before is not None and before.starts != alarm.timestamp:
            before = None
        if before is not None and before.ends == ends and 0 <= now - before.came < SAME:
            return before.standing
        standing, final = self._of_past(name, alarm.timestamp, before, ends)
        self._past.put(name, _Past(alarm.timestamp, ends, now, standing, final))
        return standing

    def _late(self, alarm: Alarm) -> int:
        """Return for how many seconds it holds if it began before the known end; 0: for good."""
        if alarm.source in self._timeouts():
            return 0
        name = alarm.fingerprint()
        state = self._book.find(name)
        over = self._over.get(name) or 0
        close = next((x for x in reversed(state.reports) if x.resolved), None) if state else None
        if close is not None:
            last = close.alarm
            if TIMED_OUT in last.annotations:  # the sender did not say so
                return 0
            over = max(over, last.timestamp)
        return LATE if 0 < alarm.timestamp < over else 0

    def _of_past(
        self, name: str, starts: int, before: _Past | None, ends: int
    ) -> tuple[Standing, bool]:
        state = self._book.find(name)
        marked = heard = False
        if state is not None:
            marked = BEHIND in state.latest.alarm.annotations
            heard = not marked and (state.firing or state.opening.alarm.timestamp == starts)
        final = heard or (before is not None and before.final)
        fires = marked and state is not None and state.firing
        moved_on = before.ends < ends if before is not None else fires
        if moved_on and not final:
            return Standing(over=False, ttl=UNKNOWN, behind=True), False
        return Standing(over=True), final
