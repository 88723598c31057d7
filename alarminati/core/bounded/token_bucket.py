"""Token bucket: `burst` requests at once, `rate` a second in the long run.

The state is one number, the time when the bucket is full again ("generic cell rate algorithm"). So
there is nothing to refill and nothing to drift.
"""

from __future__ import annotations

SLACK = 1e-5  # of a token: waiting until `when` must suffice in spite of rounding


class TokenBucket:
    """Bucket of `burst` tokens that gains `rate` tokens a second."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate = rate
        self.burst = burst
        self.full_at = float("-inf")

    def count(self, now: float) -> int:
        """Return how many tokens there are now."""
        if now >= self.full_at:
            return self.burst
        return int(max(0.0, self.burst - (self.full_at - now) * self.rate + SLACK))

    def when(self, tokens: int) -> float:
        """Return the time when `count` tokens are there; infinite when that exceeds `burst`."""
        if tokens > self.burst:
            return float("inf")
        return self.full_at - (self.burst - tokens) / self.rate

    def take(self, now: float) -> None:
        """Take one token: a request was sent now, here or elsewhere."""
        self.full_at = max(self.full_at, now) + 1 / self.rate

    def owe(self, tokens: float, now: float) -> None:
        """Take tokens that may not be there; the debt is at most one more burst."""
        most = now + 2 * self.burst / self.rate
        self.full_at = min(max(self.full_at, now) + tokens / self.rate, max(most, self.full_at))

    def spend(self, tokens: float, now: float) -> None:
        """Take exactly so many tokens, at most as many as there are."""
        self.full_at = now + min(tokens, self.burst) / self.rate

    def taken(self, now: float) -> float:
        """Return how many tokens are missing."""
        return self.debt(now) * self.rate

    def debt(self, now: float) -> float:
        """Return the seconds until the bucket is full."""
        return max(0.0, self.full_at - now)
