"""Rate limiter: a token bucket for each client, and a bound on the number of buckets."""

from __future__ import annotations

from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.bounded.token_bucket import TokenBucket


class RateLimiter:
    """Same rate for every client, each counted alone.

    A client that was not seen for long is forgotten, at the latest when `size` others came since.
    A forgotten bucket starts full. So a crowd of addresses costs bounded memory, and gains at most
    one more burst each.
    """

    def __init__(self, rate: float, burst: int, size: int = 4096) -> None:
        """Allow `burst` requests at once and `rate` a second in the long run."""
        if not 0 < rate < float("inf") or burst < 1:
            raise ValueError(f"rate ({rate}) must be positive and burst ({burst}) at least 1")
        self.rate = rate
        self.burst = burst
        self._buckets: BoundedMap[str, TokenBucket] = BoundedMap(size)

    def __len__(self) -> int:
        return len(self._buckets)

    def admit(self, now: float, who: str) -> float:
        """Return 0.0 and count the request when `who` may proceed now, else the seconds to wait."""
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = TokenBucket(self.rate, self.burst)
        self._buckets.put(who, bucket)
        if bucket.count(now) < 1:
            return max(bucket.when(1) - now, 0.001)
        bucket.take(now)
        return 0.0

    def charge(self, now: float, who: str, tokens: float) -> None:
        """Count more for a request that was admitted: it was larger than most."""
        bucket = self._buckets.get(who)
        if bucket is not None and tokens > 0:
            bucket.owe(tokens, now)
