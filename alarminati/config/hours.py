"""Named times of the week and year: `time_intervals`, in the shape Alertmanager has for them.

https://prometheus.io/docs/alerting/latest/configuration/#time_interval ; in addition, a time that
ends before it starts goes over midnight.
"""

from __future__ import annotations

from typing import Self, final

from msgspec import Struct

from alarminati.config.names import check_name
from alarminati.core.routing.interval_texts import MIDNIGHT, clock, day_ranges, interval
from alarminati.core.routing.intervals import Interval


@final
class Clock(int):
    """Minutes since midnight, up to 24:00."""

    @classmethod
    def read(cls, value: object) -> Self:
        """Read "09:30". YAML makes a number of 22:30 without quotes, minutes too. ValueError."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MIDNIGHT:
            return cls(value)
        return cls(clock(str(value)))


class Hours(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From a time of the day up to another, which is not part of it."""

    start_time: Clock
    end_time: Clock

    def __post_init__(self) -> None:
        self.ranges()

    def ranges(self) -> list[tuple[int, int]]:
        """One range of minutes, or two when it goes over midnight."""
        return day_ranges(int(self.start_time), int(self.end_time))


class TimeSpec(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All of the given parts must fit."""

    times: tuple[Hours, ...] = ()
    weekdays: tuple[str, ...] | str = ()  # monday, monday:friday
    days_of_month: tuple[str | int, ...] | str | int = ()  # 1, 1:7, -1 is the last
    months: tuple[str | int, ...] | str | int = ()  # march, 3, january:march
    years: tuple[str | int, ...] | str | int = ()  # 2026, 2026:2028
    location: str = "UTC"  # Asia/Seoul

    def __post_init__(self) -> None:
        self.interval()

    def interval(self) -> Interval:
        """The same for the core. Raises ValueError."""
        return interval(
            tuple(each for hours in self.times for each in hours.ranges()),
            self.weekdays,
            self.days_of_month,
            self.months,
            self.years,
            self.location,
        )


class TimeInterval(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A name for times: those of any of its parts."""

    name: str
    time_intervals: tuple[TimeSpec, ...]

    def __post_init__(self) -> None:
        check_name(self.name)
