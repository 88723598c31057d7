"""Rate limit and Retry-After pause shared by channels of one vendor account.

A channel that shares with none has a limit of its own. Channels with one limit take turns, so that
none waits until another has sent all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Generic, Protocol, TypeVar

from alarminati.core.bounded.token_bucket import TokenBucket
from alarminati.core.delivery.attempts import Limits

ROUNDING = 2  # milliseconds that rounding of stamps may cost


class Limited(Protocol):
    """A channel queue, as the limit sees it."""

    limits: Limits


L = TypeVar("L", bound=Limited)


@dataclass(slots=True)
class RetryAfter:
    """End of the pause that a vendor asked for."""

    until: float = float("-inf")
    stamp: int = 0  # time of the answer by stamps, from any replica, milliseconds
    length: int = 0  # length of the pause, milliseconds

    def ask(self, until: float) -> None:
        """Start a pause that the vendor asked this replica for."""
        self.until = max(self.until, until)

    def note(self, moment: int, length: int) -> None:
        """Take note of a pause that the vendor asked some replica for; milliseconds."""
        if length and moment + length > self.stamp:
            self.stamp, self.length = moment + length, length

    def keep(self, now: float, wall: int) -> None:
        """Continue the pause on a new master, never longer than the vendor asked for."""
        left = min(self.stamp + ROUNDING - wall, self.length) / 1000
        if left > 0:
            self.ask(now + left)


class SharedLimit(Generic[L]):
    """Limit of these queues. Of several rates and bursts the smallest hold for all together."""

    def __init__(self, lanes: Sequence[L]) -> None:
        self.lanes = list(lanes)  # the queue whose turn it is comes first
        self.bucket = TokenBucket(self.rate, self.burst)
        # by the stamps of outcomes of every replica
        self.spent = TokenBucket(self.rate, self.burst)
        self.peace = RetryAfter()

    @property
    def rate(self) -> float:
        """Return the sends a second."""
        return min(lane.limits.rate for lane in self.lanes)

    @property
    def burst(self) -> int:
        """Return the sends at once after a rest."""
        return min(lane.limits.burst for lane in self.lanes)

    def inherit(self, others: Sequence[SharedLimit[L]], now: float, today: float) -> None:
        """Continue from these limits: spent tokens stay spent.

        `now` is monotonic seconds, `today` the same time by stamps.
        """
        self.bucket.spend(sum(each.bucket.taken(now) for each in others), now)
        self.spent.spend(sum(each.spent.taken(today) for each in others), today)
        for each in others:
            self.peace.ask(each.peace.until)
            self.peace.note(each.peace.stamp - each.peace.length, each.peace.length)

    def before(self, lane: L) -> list[L]:
        """Yield the queues whose turn comes before this one's."""
        return list(takewhile(lambda each: each is not lane, self.lanes))

    def take(self, lane: L, now: float) -> None:
        """Move the sending queue to the end of the line."""
        self.bucket.take(now)
        if len(self.lanes) > 1:
            self.lanes.remove(lane)
            self.lanes.append(lane)
