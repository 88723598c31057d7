"""A token bucket: so many at once, so many a second in the long run.

Kept as one number, the moment when the bucket is full again ("generic cell rate algorithm"), so
there is nothing to refill and nothing to drift.
"""

from __future__ import annotations

SLACK = 1e-5  # of a token: waiting until `when` must suffice in spite of rounding


class TokenBucket:
    """Lets `burst` through at once and `rate` a second from then on."""

    def __init__(self, rate: float, burst: int) -> None:
        self.rate = rate
        self.burst = burst
        self.full_at = float("-inf")

    def count(self, now: float) -> int:
        """How many may go now."""
        if now >= self.full_at:
            return self.burst
        return int(max(0.0, self.burst - (self.full_at - now) * self.rate + SLACK))

    def when(self, tokens: int) -> float:
        """The moment from which that many may go; infinite when they are more than `burst`."""
        if tokens > self.burst:
            return float("inf")
        return self.full_at - (self.burst - tokens) / self.rate

    def take(self, now: float) -> None:
        """One goes now (or went, elsewhere)."""
        self.full_at = max(self.full_at, now) + 1 / self.rate

    def spend(self, tokens: float, now: float) -> None:
        """So many are taken, and no others; never more than there are."""
        self.full_at = now + min(tokens, self.burst) / self.rate

    def taken(self, now: float) -> float:
        """How many tokens are missing."""
        return self.debt(now) * self.rate

    def debt(self, now: float) -> float:
        """Seconds until it is full."""
        return max(0.0, self.full_at - now)
