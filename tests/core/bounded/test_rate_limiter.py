"""How often somebody may come."""

from __future__ import annotations

import pytest

from alarminati.core.bounded.rate_limiter import RateLimiter


def test_a_burst_and_then_the_pace() -> None:
    """G8: the answer says when to come again, and coming then is enough."""
    pace = RateLimiter(2.0, 3)
    assert [pace.admit(10.0, "a") for _ in range(3)] == [0.0] * 3
    wait = pace.admit(10.0, "a")
    assert wait == pytest.approx(0.5)
    assert pace.admit(10.0 + wait, "a") == 0.0
    assert pace.admit(10.0 + wait, "a") == pytest.approx(0.5)


def test_refusals_cost_nothing_further() -> None:
    pace = RateLimiter(1.0, 1)
    pace.admit(0.0, "a")
    assert all(pace.admit(0.0, "a") for _ in range(1000))
    assert pace.admit(1.0, "a") == 0.0


def test_each_is_counted_alone() -> None:
    pace = RateLimiter(1.0, 1)
    assert pace.admit(0.0, "a") == pace.admit(0.0, "b") == 0.0
    assert pace.admit(0.0, "a") > 0
    assert pace.admit(0.0, "b") > 0


def test_g8_a_debt_is_bounded_and_is_paid_off() -> None:
    pace = RateLimiter(2.0, 10)
    pace.charge(0.0, "stranger", 5)  # who was never admitted owes nothing
    assert pace.admit(0.0, "a") == 0.0
    pace.charge(0.0, "a", -0.5)
    for _ in range(9):
        assert pace.admit(0.0, "a") == 0.0
    pace.charge(0.0, "a", 1e9)
    assert pace.admit(0.0, "a") == pytest.approx((10 + 1) / 2)
    assert pace.admit(5.5, "a") == 0.0


def test_g8_a_crowd_of_addresses_is_bounded_and_does_not_free_who_keeps_coming() -> None:
    pace = RateLimiter(0.001, 1, size=100)
    assert pace.admit(0.0, "flood") == 0.0
    for number in range(10_000):
        assert pace.admit(0.0, f"address {number}") == 0.0
        assert pace.admit(0.0, "flood") > 0
    assert len(pace) <= 200


@pytest.mark.parametrize(("rate", "burst"), [(0, 1), (-1, 1), (float("inf"), 1), (1, 0)])
def test_nonsense_is_refused(rate: float, burst: int) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        RateLimiter(rate, burst)
