"""How often somebody may come: a token bucket for each, and a bound on how many are remembered."""

from __future__ import annotations

from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.bounded.token_bucket import TokenBucket


class RateLimiter:
    """The same pace for everybody, each counted alone.

    Who was not seen for long is forgotten, at the latest when `size` others came since; a bucket
    that is forgotten begins full. So a crowd of addresses costs a bounded memory, and gains at most
    a fresh burst each.
    """

    def __init__(self, rate: float, burst: int, size: int = 4096) -> None:
        """`burst` at once and `rate` a second in the long run."""
        if not 0 < rate < float("inf") or burst < 1:
            raise ValueError(f"rate ({rate}) must be positive and burst ({burst}) at least 1")
        self.rate = rate
        self.burst = burst
        self._buckets: BoundedMap[str, TokenBucket] = BoundedMap(size)

    def __len__(self) -> int:
        return len(self._buckets)

    def admit(self, now: float, who: str) -> float:
        """0.0 when `who` may come now, which is counted; else how many seconds later."""
        bucket = self._buckets.get(who)
        if bucket is None:
            bucket = TokenBucket(self.rate, self.burst)
        self._buckets.put(who, bucket)
        if bucket.count(now) < 1:
            return max(bucket.when(1) - now, 0.001)
        bucket.take(now)
        return 0.0
