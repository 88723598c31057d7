"""Recurrence: times that come again, and when the next of them begins and ends.

An `Interval` says whether a time is within. What mutes looks at the minutes that follow, a bounded
number of them. What people are shown is found at the times of the day that an interval names.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from alarminati.core.routing.intervals import Interval
from alarminati.core.routing.time_intervals import FAR, MINUTE

DAYS: Final = 400  # looked ahead; a silence lasts 366 at most
KNOWN: Final = 8  # stretches remembered


class Recurrence:
    """Times within any of some intervals; without intervals, all times."""

    def __init__(self, intervals: tuple[Interval, ...]) -> None:
        self._intervals = intervals
        self._known: list[tuple[int, int, bool]] = []  # start, end, whether within

    def contains(self, wall: int) -> bool:
        """Return whether that time (milliseconds since 1970) is within."""
        return not self._intervals or self._stretch(wall)[2]

    def end(self, wall: int, last: int) -> int:
        """Return when a time that is within ends, at most `last`; a far end is looked at again."""
        return min(self._stretch(wall)[1], last) if self._intervals else last

    def next_start(self, wall: int, last: int) -> int:
        """Return the first time within from `wall` up to `last`; 0: there is none."""
        if wall >= last:
            return 0
        if self.contains(wall):
            return wall
        return next((each for each in self._turns(wall, last) if self._within(each)), 0)

    def next_end(self, wall: int, last: int) -> int:
        """Return when a time that is within ends, at most `last`."""
        return next((each for each in self._turns(wall, last) if not self._within(each)), last)

    def _stretch(self, wall: int) -> tuple[int, int, bool]:
        for stretch in reversed(self._known):
            if stretch[0] <= wall < stretch[1]:
                return stretch
        start = wall - wall % MINUTE
        within, end = self._within(start), start + MINUTE
        while within and end < start + FAR * MINUTE and self._within(end):
            end += MINUTE
        self._known.append((start, end, within))
        del self._known[:-KNOWN]
        return self._known[-1]

    def _within(self, wall: int) -> bool:
        return any(interval.contains(wall) for interval in self._intervals)

    def _turns(self, wall: int, last: int) -> Iterator[int]:
        """Return times from `wall` up to `last` at which one may begin or end, in order."""
        return heapq.merge(*(_turns(each, wall, last) for each in self._intervals))


def _turns(interval: Interval, wall: int, last: int) -> Iterator[int]:
    day = datetime.fromtimestamp(wall / 1000, interval.zone).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    minutes = sorted({0, *(minute for times in interval.times for minute in times)})
    for ahead in range(DAYS):
        for minute in minutes:
            local = day + timedelta(days=ahead, minutes=minute)  # by the clock on the wall
            at = int(local.timestamp() * 1000)
            if at >= last:
                return
            if at > wall:
                yield at
