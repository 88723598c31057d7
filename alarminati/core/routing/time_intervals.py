"""Time intervals of routes: whether a route is muted now, and until when.

`Interval` says whether a time is within. The end is found by looking at the minutes that follow,
once for all alarms of a route.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from alarminati.core.routing.intervals import Interval
from alarminati.core.routing.routes import Route

MINUTE = 60_000  # milliseconds
FAR = 1500  # minutes looked ahead; a longer wait is evaluated again after that
KNOWN = 1000  # stretches of time remembered


class Stretch(NamedTuple):
    """Times from `start` up to `end`, milliseconds since 1970: all muted, or none."""

    start: int
    end: int
    quiet: bool


class TimeIntervals:
    """Time intervals by name, for routes."""

    def __init__(self, intervals: Mapping[str, tuple[Interval, ...]]) -> None:
        self._intervals = intervals
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Stretch]] = {}

    def quiet_until(self, route: Route, wall: int) -> int:
        """Return the end of the muted stretch at that time, milliseconds; 0: not muted."""
        if not route.muted and not route.active:
            return 0
        known = self._known.setdefault((route.muted, route.active), [])
        for stretch in reversed(known):
            if stretch.start <= wall < stretch.end:
                return stretch.end if stretch.quiet else 0
        stretch = self._stretch(route, wall - wall % MINUTE)
        known.append(stretch)
        del known[:-KNOWN]
        return stretch.end if stretch.quiet else 0

    def _stretch(self, route: Route, start: int) -> Stretch:
        quiet, end = self._quiet(route, start), start + MINUTE
        while quiet and end < start + FAR * MINUTE and self._quiet(route, end):
            end += MINUTE
        return Stretch(start, end, quiet)

    def _quiet(self, route: Route, wall: int) -> bool:
        if any(self._within(name, wall) for name in route.muted):
            return True
        return bool(route.active) and not any(self._within(name, wall) for name in route.active)

    def _within(self, name: str, wall: int) -> bool:
        return any(interval.contains(wall) for interval in self._intervals.get(name, ()))
