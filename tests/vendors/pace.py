"""A vendor that holds its users to the documented pace, by the clock."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.vendors.door import Posted, Reply

Window = tuple[int, float]
"""At most so many requests in any so many seconds."""


@dataclass
class Paced:
    """Hands requests on to `vendor`; refuses, and notes, what comes faster than `windows` allow."""

    vendor: Callable[[Posted], Reply]
    windows: Sequence[Window]
    clock: Callable[[], float] = time.monotonic
    taken: int = 0
    too_fast: int = 0
    _recent: deque[float] = field(default_factory=deque)

    def __call__(self, request: Posted) -> Reply:
        """Answer as the vendor does, 429 when it is too much."""
        now = self.clock()
        longest = max(seconds for _, seconds in self.windows)
        while self._recent and self._recent[0] <= now - longest:
            self._recent.popleft()
        for most, seconds in self.windows:
            if sum(moment > now - seconds for moment in self._recent) >= most:
                self.too_fast += 1
                return Reply(429, {"ok": False, "retry_after": 30}, {"Retry-After": "30"})
        self._recent.append(now)
        self.taken += 1
        return self.vendor(request)
