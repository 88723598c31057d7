"""Times of the week and year."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.routing.intervals import Interval

NEW_YORK = ZoneInfo("America/New_York")
NIGHT = Interval(times=((1320, 1440), (0, 420)), zone=NEW_YORK)


def wall(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-03-08T06:59:00+00:00", True),  # 01:59, before the clocks go forward
        ("2026-03-08T07:00:00+00:00", True),  # 03:00
        ("2026-03-08T10:59:00+00:00", True),  # 06:59
        ("2026-03-08T11:00:00+00:00", False),  # 07:00, an hour earlier than the day before
        ("2026-03-07T11:59:00+00:00", True),  # 06:59
        ("2026-11-01T05:30:00+00:00", True),  # 01:30
        ("2026-11-01T06:30:00+00:00", True),  # 01:30 again
        ("2026-11-01T11:59:00+00:00", True),  # 06:59, back on winter time
        ("2026-11-01T12:00:00+00:00", False),
    ],
)
def test_clocks_that_change_are_followed(moment: str, inside: bool) -> None:
    assert NIGHT.contains(wall(moment)) is inside


def test_nothing_given_is_always() -> None:
    assert Interval().contains(0) and Interval().contains(wall("2100-01-01T00:00:00+00:00"))


@pytest.mark.parametrize(
    ("days", "month", "expected"),
    [
        (((-1, -1),), "2028-02", [29]),
        (((31, 31),), "2026-04", []),
        (((29, 31),), "2026-02", []),
        (((28, -1),), "2026-02", [28]),
        (((-2, 31),), "2026-04", [29, 30]),
        (((1, 2), (-1, -1)), "2026-12", [1, 2, 31]),
    ],
)
def test_days_of_a_month(
    days: tuple[tuple[int, int], ...], month: str, expected: list[int]
) -> None:
    first = datetime.fromisoformat(f"{month}-01T12:00:00+00:00")
    there = [first + timedelta(days=n) for n in range(31)]
    interval = Interval(days=days)
    assert [
        day.day for day in there
        if day.month == first.month and interval.contains(int(day.timestamp() * 1000))
    ] == expected  # fmt: skip


seconds = st.integers(31_536_000, 7_226_582_400)  # 1971 to 2198


@given(seconds, st.tuples(st.integers(0, 6), st.integers(0, 6)), st.integers(1, 12))
def test_parts_are_met_together(second: int, weekdays: tuple[int, int], month: int) -> None:
    at, moment = second * 1000, datetime.fromtimestamp(second, UTC)
    days, months = Interval(weekdays=(weekdays,)), Interval(months=((month, month),))
    both = Interval(weekdays=(weekdays,), months=((month, month),))
    assert both.contains(at) is (days.contains(at) and months.contains(at))
    assert months.contains(at) is (moment.month == month)
    sunday = (moment.weekday() + 1) % 7
    assert days.contains(at) is (weekdays[0] <= sunday <= weekdays[1])
