"""Channel health: what the journal says of the last attempts of each channel, on every replica."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from enum import IntEnum

from alarminati.core.delivery.attempts import Limits
from alarminati.core.model.entries import DeliveryAttempt, DeliveryCause, Result

COUNTED = 1000  # newest deliveries of a channel that are counted against a quota


class ChannelHealth(IntEnum):
    """State of a channel. The values are those of the proto enum."""

    OK = 1
    UNUSED = 2
    UNROUTED = 3
    FAILING = 4
    PAUSED = 5
    QUOTA_EXCEEDED = 6
    MISCONFIGURED = 7


@dataclass(slots=True)
class AttemptRecord:
    """Last delivery and last failure of a channel; times are milliseconds since 1970, 0: never."""

    delivered: int = 0
    failed: int = 0
    detail: str = ""  # one sentence about the failure
    cause: DeliveryCause = DeliveryCause.NONE
    deliveries: deque[int] = field(default_factory=lambda: deque(maxlen=COUNTED))

    def note(self, moment: int, attempt: DeliveryAttempt) -> None:
        """Take note of an attempt of any replica; attempts come in any order."""
        if attempt.result is Result.DELIVERED:
            self.delivered = max(self.delivered, moment)
            self.deliveries.append(moment)
        elif attempt.cause is not DeliveryCause.CHANNEL_REMOVED:
            self.fail(moment, attempt.detail, attempt.cause)

    def fail(self, moment: int, detail: str, cause: DeliveryCause) -> None:
        """Take note of a failure."""
        if moment >= self.failed:
            self.failed, self.detail, self.cause = moment, detail, cause

    def tested(
        self, moment: int, result: Result, detail: str, cause: DeliveryCause
    ) -> AttemptRecord:
        """Return the health with a test of the channel, which the journal does not have."""
        made = replace(self)
        if result is Result.DELIVERED:
            made.delivered = max(made.delivered, moment)
        else:
            made.fail(moment, detail, cause)
        return made


@dataclass(frozen=True, slots=True)
class Quota:
    """Messages that a vendor accepts in a sliding period. Times as in `AttemptRecord`."""

    limit: int
    remaining: int
    period: float  # seconds
    reset: int  # when there is more; 0: all is left


def quota_of(limits: Limits, together: Iterable[AttemptRecord], wall: int) -> Quota | None:
    """Return what is left to the channels that share these limits; None: there is no quota."""
    if not limits.quota:
        return None
    begin = wall - round(limits.quota_period * 1000)
    recent = [at for each in together for at in each.deliveries if at > begin]
    remaining = max(0, limits.quota - len(recent))
    reset = min(recent) + round(limits.quota_period * 1000) if recent else 0
    return Quota(limits.quota, remaining, limits.quota_period, reset)


@dataclass(frozen=True, slots=True)
class ChannelStatus:
    """Status of a channel by the journal; `resume` is the end of a pause for which the vendor
    asked."""

    health: AttemptRecord = field(default_factory=AttemptRecord)
    resume: int = 0  # milliseconds since 1970; 0: no pause
    quota: Quota | None = None

    def state(self, *, usable: bool, routed: bool, since: int = 0) -> ChannelHealth:
        """Return the state. Failures before `since`, when the settings changed, are over."""
        health = self.health
        failing = health.failed > max(health.delivered, since)
        if not usable or (failing and health.cause is DeliveryCause.MISCONFIGURED):
            return ChannelHealth.MISCONFIGURED
        if self.resume:
            spent = failing and health.cause is DeliveryCause.QUOTA_EXCEEDED
            return ChannelHealth.QUOTA_EXCEEDED if spent else ChannelHealth.PAUSED
        if failing:
            return ChannelHealth.FAILING
        if not routed:
            return ChannelHealth.UNROUTED
        return ChannelHealth.OK if health.delivered else ChannelHealth.UNUSED
