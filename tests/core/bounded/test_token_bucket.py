"""The token bucket: never more than allowed, never longer than needed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.bounded.token_bucket import TokenBucket

RATES = st.sampled_from([0.01, 0.3, 1.0, 7.0, 100.0, 5000.0])
STEPS = st.lists(st.floats(0.0, 5.0), min_size=1, max_size=80)


@given(RATES, st.integers(1, 20), STEPS, st.sampled_from([0.0, 1e3, 1e7]))
def test_no_window_holds_more_than_burst_and_rate_allow(
    rate: float, burst: int, steps: list[float], start: float
) -> None:
    bucket, now = TokenBucket(rate, burst), start
    sent: list[float] = []
    for step in steps:
        now += step / rate
        if bucket.count(now):
            bucket.take(now)
            sent.append(now)
    for first, begin in enumerate(sent):
        for last in range(first, len(sent)):
            allowed = burst + (sent[last] - begin) * rate
            assert last - first + 1 <= allowed + 1e-2


@given(RATES, st.integers(1, 20), st.integers(0, 40), st.sampled_from([0.0, 1e3, 1e7]))
def test_waiting_as_long_as_it_says_is_enough(
    rate: float, burst: int, taken: int, start: float
) -> None:
    bucket = TokenBucket(rate, burst)
    for _ in range(taken):
        bucket.take(start)
    for wanted in range(1, burst + 1):
        when = max(start, bucket.when(wanted))
        assert bucket.count(when) >= wanted
        if when > start:
            assert bucket.count(when - 0.5 / rate) < wanted
    assert bucket.when(burst + 1) == float("inf")


def test_debt_is_the_time_until_it_is_full() -> None:
    bucket = TokenBucket(2.0, 5)
    assert bucket.debt(10.0) == 0.0
    bucket.take(10.0)
    bucket.take(10.0)
    assert bucket.debt(10.0) == 1.0
    assert bucket.count(10.5) == 4
