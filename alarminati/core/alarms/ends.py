"""What an alert's own end means: Prometheus says with each alert when it would be over.

While an alert fires its end lies ahead, and moves on with each time that it is sent. So it holds
until then, counted from when it came, and one that is over has an end that is past and stays. A
sender whose clock is behind says ends that are past though its alerts fire; those move on as well,
and an end that moves on is none. That takes two times to see, unless the alert fires already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.model.entries import Alarm
from alarminati.core.model.validation import MAX_TTL

GRACE: Final = 60  # seconds beyond an end: a minute between two posts, and clocks a little apart
UNKNOWN: Final = 900  # seconds for which an alert holds that says nothing useful; Alertmanager's
SAME: Final = 20_000  # milliseconds in which a post that came twice counts once
BEHIND: Final = ("clock_behind", "the end of this alert is past, and moves on: set the clock there")
"""Annotation of alerts whose sender's clock is behind. It is how they are known after a restart."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an alert means: it is over, or it fires for so many seconds (0: it does not say)."""

    over: bool
    ttl: int = 0
    behind: bool = False  # it fires, though its end is past


@dataclass(frozen=True, slots=True)
class _Past:
    """An end that was past when it came."""

    starts: int
    ends: int
    came: int
    standing: Standing
    final: bool  # it was known to fire, with an end ahead: whatever comes, it is over


class Ends:
    """Judges ends. Times are milliseconds since 1970; 0: there is none."""

    def __init__(self, book: AlarmBook, size: int = 10_000) -> None:
        """`size`: how many alerts with ends that are past are remembered."""
        self._book = book
        self._past: BoundedMap[str, _Past] = BoundedMap(size)

    def judge(self, alarm: Alarm, ends: int, now: int) -> Standing:
        """`alarm` fires since its timestamp, and says that it ends then."""
        if ends <= 0:
            return Standing(over=False)
        if ends > now:
            # Longer by half, as what comes within a third of it is not kept (`core.resent`): the
            # alert must hold until the end that the last post said, not the last that was kept.
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
