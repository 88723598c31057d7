"""Times that come again: what is shown agrees with what mutes, minute by minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.model.entries import IntervalText
from alarminati.core.routing.interval_texts import read_interval
from alarminati.core.routing.recurrence import Recurrence

SEOUL = ZoneInfo("Asia/Seoul")
MINUTE, DAY = 60_000, 86_400_000


def wall(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=SEOUL).timestamp() * 1000)


def recurring(**parts: object) -> Recurrence:
    text = IntervalText(**{"location": "Asia/Seoul", **parts})  # type: ignore[arg-type]
    return Recurrence((read_interval(text),))


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-03-02T10:00", "2026-03-08T00:00", "2026-03-08T06:00"),  # a Monday
        ("2026-03-08T10:00", "2026-03-08T22:00", "2026-03-09T00:00"),
        ("2026-03-08T23:00", "2026-03-08T23:00", "2026-03-09T00:00"),
        ("2026-03-08T05:00", "2026-03-08T05:00", "2026-03-08T06:00"),
    ],
)
def test_the_next_time_is_found(now: str, start: str, end: str) -> None:
    nights = recurring(weekdays=("sunday",), times=(("22:00", "06:00"),))
    last = wall(now) + 30 * DAY
    assert nights.next_start(wall(now), last) == wall(start)
    assert nights.next_end(wall(start), last) == wall(end)


def test_a_time_after_the_end_does_not_count() -> None:
    nights = recurring(weekdays=("sunday",))
    now = wall("2026-03-02T10:00")
    assert nights.next_start(now, now + DAY) == 0
    assert nights.next_end(wall("2026-03-08T10:00"), wall("2026-03-08T11:00")) == wall(
        "2026-03-08T11:00"
    )
    assert Recurrence(()).next_start(now, now + DAY) == now
    assert Recurrence(()).end(now, now + DAY) == now + DAY


@given(
    st.lists(st.sampled_from(["monday", "tuesday:thursday", "sunday"]), max_size=2),
    st.lists(
        st.sampled_from([("00:00", "00:30"), ("23:00", "01:00"), ("09:15", "18:00")]), max_size=2
    ),
    st.integers(0, 7 * 24 * 60),
)
def test_what_is_shown_is_what_mutes(
    weekdays: list[str], times: list[tuple[str, str]], minutes: int
) -> None:
    nights = recurring(weekdays=tuple(weekdays), times=tuple(times))
    now = wall("2026-03-02T00:00") + minutes * MINUTE
    last = now + 8 * DAY
    start = nights.next_start(now, last)
    assert start and all(not nights.contains(at) for at in range(now, start, 15 * MINUTE))
    end = nights.next_end(start, last)
    assert all(nights.contains(at) for at in range(start, end, 15 * MINUTE))
    assert end == last or not nights.contains(end)
    assert timedelta(milliseconds=end - start) > timedelta()
