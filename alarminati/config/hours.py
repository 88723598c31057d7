"""Named times of the week and year: `time_intervals`, in the shape Alertmanager has for them.

https://prometheus.io/docs/alerting/latest/configuration/#time_interval ; in addition, a time that
ends before it starts goes over midnight.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Final, Self, final

from msgspec import Struct

from alarminati.config.names import check_name
from alarminati.core.routing.intervals import Interval

WEEKDAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MIDNIGHT: Final = 24 * 60
_CLOCK = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)


@final
class Clock(int):
    """Minutes since midnight, up to 24:00."""

    @classmethod
    def read(cls, value: object) -> Self:
        """Read "09:30". YAML makes a number of 22:30 without quotes, minutes too. ValueError."""
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MIDNIGHT:
            return cls(value)
        match = _CLOCK.fullmatch(value) if isinstance(value, str) else None
        minutes = int(match[1]) * 60 + int(match[2]) if match else _MIDNIGHT + 1
        if minutes > _MIDNIGHT:
            raise ValueError(f"{str(value)[:20]!r} is not a time of day; write for example '09:30'")
        return cls(minutes)


class Hours(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From a time of the day up to another, which is not part of it."""

    start_time: Clock
    end_time: Clock

    def __post_init__(self) -> None:
        if self.start_time == self.end_time:
            raise ValueError("start_time and end_time are the same; leave both out for all day")

    def ranges(self) -> list[tuple[int, int]]:
        """One range of minutes, or two when it goes over midnight."""
        start, end = int(self.start_time), int(self.end_time)
        if start < end:
            return [(start, end)]
        return [each for each in ((start, _MIDNIGHT), (0, end)) if each[0] < each[1]]


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
        return Interval(
            times=tuple(each for hours in self.times for each in hours.ranges()),
            weekdays=_ranges("weekdays", self.weekdays, lambda text: _word(text, WEEKDAYS, 0)),
            days=_ranges("days_of_month", self.days_of_month, _day),
            months=_ranges("months", self.months, lambda text: _word(text, MONTHS, 1)),
            years=_ranges("years", self.years, _year),
            zone=_zone(self.location),
        )


class TimeInterval(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A name for times: those of any of its parts."""

    name: str
    time_intervals: tuple[TimeSpec, ...]

    def __post_init__(self) -> None:
        check_name(self.name)


def _ranges(
    key: str, given: Sequence[str | int] | str | int, read: Callable[[str], int]
) -> tuple[tuple[int, int], ...]:
    texts = [given] if isinstance(given, str | int) else given
    return tuple(_range(key, str(text).strip().lower(), read) for text in texts)


def _range(key: str, text: str, read: Callable[[str], int]) -> tuple[int, int]:
    first, colon, last = text.partition(":")
    try:
        low = read(first.strip())
        high = read(last.strip()) if colon else low
    except ValueError as error:
        raise ValueError(f"{key}: {text[:40]!r} {error}") from None
    if low > high and (low < 0) == (high < 0):  # of different signs, the month decides
        raise ValueError(f"{key}: {text[:40]!r} ends before it starts; write two of them")
    return low, high


def _word(text: str, words: Sequence[str], first: int) -> int:
    """Its number; a number itself may be given where counting starts from 1."""
    if text in words:
        return words.index(text) + first
    if first and text.isascii() and text.isdigit() and first <= int(text) < len(words) + first:
        return int(text)
    raise ValueError(f"is not one of {', '.join(words)}, or two of them with a colon")


def _day(text: str) -> int:
    if re.fullmatch(r"-?\d{1,2}", text, re.ASCII) and 1 <= abs(int(text)) <= 31:
        return int(text)
    raise ValueError("is not a day from 1 to 31 or -31 to -1; write a range in quotes: '1:7'")


def _year(text: str) -> int:
    if re.fullmatch(r"\d{4}", text, re.ASCII):
        return int(text)
    raise ValueError("is not a year; write a range in quotes: '2026:2028'")


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # for those who name another zone

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"location {name[:80]!r} is not a time zone that is known here; write for example"
            " Asia/Seoul"
        ) from None
