"""Time intervals: times of the week and year in a time zone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo


@dataclass(frozen=True, slots=True)
class Interval:
    """Times that fit all given parts; empty parts always fit. Ranges include both ends except
    `times`.

    As Alertmanager's time_interval:
    https://prometheus.io/docs/alerting/latest/configuration/#time_interval
    """

    times: tuple[tuple[int, int], ...] = ()  # minutes of the day: first, and first after the end
    weekdays: tuple[tuple[int, int], ...] = ()  # 0 is Sunday
    # days of the month, from 1; negative days count from its end
    days: tuple[tuple[int, int], ...] = ()
    months: tuple[tuple[int, int], ...] = ()  # from 1
    years: tuple[tuple[int, int], ...] = ()
    zone: tzinfo = UTC

    def contains(self, wall: int) -> bool:
        """Return whether that time (milliseconds since 1970) is within the interval."""
        at = datetime.fromtimestamp(wall / 1000, self.zone)
        minute = at.hour * 60 + at.minute
        month_end = (at.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        return (
            (not self.times or any(low <= minute < high for low, high in self.times))
            and _within(self.weekdays, at.isoweekday() % 7)
            and (not self.days or any(_day(day, at.day, month_end.day) for day in self.days))
            and _within(self.months, at.month)
            and _within(self.years, at.year)
        )


def _within(ranges: tuple[tuple[int, int], ...], value: int) -> bool:
    return not ranges or any(low <= value <= high for low, high in ranges)


def _day(wanted: tuple[int, int], day: int, last: int) -> bool:
    low, high = (last + 1 + end if end < 0 else end for end in wanted)
    return low <= day <= high
