"""Texts of time intervals, as Alertmanager writes them, and what they mean.

https://prometheus.io/docs/alerting/latest/configuration/#time_interval ; in addition, a time that
ends before it starts goes over midnight.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, tzinfo
from typing import Final

from alarminati.core.model.entries import IntervalText
from alarminati.core.routing.intervals import Interval

MIDNIGHT: Final = 24 * 60  # minutes
WEEKDAYS: Final = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_CLOCK: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)", re.ASCII)


def read_interval(text: IntervalText) -> Interval:
    """Return the interval of a text. Raises ValueError, which names the part."""
    times = [range for start, end in text.times for range in _hours(start, end)]
    return interval(
        tuple(times), text.weekdays, text.days_of_month, text.months, text.years, text.location
    )


def interval(
    times: tuple[tuple[int, int], ...],
    weekdays: Sequence[str | int] | str | int,
    days_of_month: Sequence[str | int] | str | int,
    months: Sequence[str | int] | str | int,
    years: Sequence[str | int] | str | int,
    location: str,
) -> Interval:
    """Return the interval of these parts. Raises ValueError, which names the part."""
    return Interval(
        times=times,
        weekdays=_ranges("weekdays", weekdays, lambda text: _word(text, WEEKDAYS, 0)),
        days=_ranges("days_of_month", days_of_month, _day),
        months=_ranges("months", months, lambda text: _word(text, MONTHS, 1)),
        years=_ranges("years", years, _year),
        zone=_zone(location),
    )


def clock(text: str) -> int:
    """Return the minutes since midnight of a time such as "09:30". Raises ValueError."""
    match = _CLOCK.fullmatch(text)
    minutes = int(match[1]) * 60 + int(match[2]) if match else MIDNIGHT + 1
    if minutes > MIDNIGHT:
        raise ValueError(f"{text[:20]!r} is not a time of day; write for example '09:30'")
    return minutes


def day_ranges(start: int, end: int) -> list[tuple[int, int]]:
    """Return one range of minutes, or two when it goes over midnight. Raises ValueError."""
    if start == end:
        raise ValueError("start_time and end_time are the same; leave both out for all day")
    if start < end:
        return [(start, end)]
    return [each for each in ((start, MIDNIGHT), (0, end)) if each[0] < each[1]]


def _hours(start: str, end: str) -> list[tuple[int, int]]:
    return day_ranges(clock(start), clock(end))


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
    if name in ("", "UTC"):
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # for those who name another zone

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"location {name[:80]!r} is not a time zone that is known here; write for example"
            " Asia/Seoul"
        ) from None
