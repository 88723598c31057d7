"""Where lanes lead, and what they share: the vendor's limit, and the peace that it asked for.

A channel that nobody shares its limit with has a destination of its own. Of several with one limit
each takes its turn, so that none waits until another has told all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Generic, Protocol, TypeVar

from alarminati.core.bounded.token_bucket import TokenBucket
from alarminati.core.delivery.attempts import Limits

ROUNDING = 2  # milliseconds that times may have lost on their way through stamps


class Limited(Protocol):
    """What leads somewhere: a lane."""

    limits: Limits


L = TypeVar("L", bound=Limited)


@dataclass(slots=True)
class RetryAfter:
    """Until when nothing is to be sent, as was asked for."""

    until: float = float("-inf")
    stamp: int = 0  # the same by stamps, whoever was asked, milliseconds
    length: int = 0  # how long that was asked for, milliseconds

    def ask(self, until: float) -> None:
        """It was asked for here."""
        self.until = max(self.until, until)

    def note(self, moment: int, length: int) -> None:
        """Some replica was asked for it then; milliseconds."""
        if length and moment + length > self.stamp:
            self.stamp, self.length = moment + length, length

    def keep(self, now: float, wall: int) -> None:
        """A new master keeps what others were asked for; never longer than it was asked for."""
        left = min(self.stamp + ROUNDING - wall, self.length) / 1000
        if left > 0:
            self.ask(now + left)


class SharedLimit(Generic[L]):
    """What these lanes share. Of several rates and bursts the smallest hold for all together."""

    def __init__(self, lanes: Sequence[L]) -> None:
        self.lanes = list(lanes)  # whose turn it is comes first
        self.bucket = TokenBucket(self.rate, self.burst)
        self.spent = TokenBucket(self.rate, self.burst)  # by the stamps of outcomes, whoever sent
        self.peace = RetryAfter()

    @property
    def rate(self) -> float:
        """Sends a second."""
        return min(lane.limits.rate for lane in self.lanes)

    @property
    def burst(self) -> int:
        """Sends at once after a rest."""
        return min(lane.limits.burst for lane in self.lanes)

    def inherit(self, others: Sequence[SharedLimit[L]], now: float, today: float) -> None:
        """Go on where these were: as many tokens as were spent stay spent.

        `now` is monotonic seconds, `today` the same moment by stamps.
        """
        self.bucket.spend(sum(each.bucket.taken(now) for each in others), now)
        self.spent.spend(sum(each.spent.taken(today) for each in others), today)
        for each in others:
            self.peace.ask(each.peace.until)
            self.peace.note(each.peace.stamp - each.peace.length, each.peace.length)

    def before(self, lane: L) -> list[L]:
        """Those whose turn comes before this one's."""
        return list(takewhile(lambda each: each is not lane, self.lanes))

    def take(self, lane: L, now: float) -> None:
        """This one sends, and is behind the others from now on."""
        self.bucket.take(now)
        if len(self.lanes) > 1:
            self.lanes.remove(lane)
            self.lanes.append(lane)
