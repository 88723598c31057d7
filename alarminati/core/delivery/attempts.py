"""Delivery attempt: its limits, the attempt itself, and the meaning of the answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

from alarminati.core.model.entries import (
    DeliveryCause,
    EntryId,
    Notification,
    NotificationItem,
    NotificationReason,
    Result,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of a channel. Durations are seconds."""

    rate: float = 1.0  # sends a second, in the long run
    burst: int = 5  # sends at once after a rest
    reserve: int = 0  # of those, reserved for messages about a critical alarm
    max_items: int = 100  # alarms in one digest
    # alarms in one digest when many wait, most of them counted only; 0: max_items
    most_items: int = 0
    timeout: float = 10.0  # of one attempt, connection and answer included
    max_attempts: int = 0  # attempts for one notice before it is a dead letter; 0: only time counts
    # seconds of attempts for one notice, then it is a dead letter
    give_up_after: float = 72 * 3600.0
    backoff_first: float = 1.0  # longest pause after the first failure
    backoff_max: float = 60.0  # longest pause of all, unless the channel asks for more
    shares: str = ""  # key: channels with the same share rate, burst and tokens; "": its own
    fallback: str = ""  # channel that takes over while this one fails; "": none
    # seconds until a notice that is not delivered goes to the fallback
    fallback_after: float = 300.0
    resolved: bool = True  # whether resolved alarms are notified
    quota: int = 0  # messages that the vendor accepts in `quota_period`; 0: no quota is known
    quota_period: float = 86400.0

    def __post_init__(self) -> None:
        positive = ("rate", "burst", "max_items", "timeout", "give_up_after", "backoff_first")
        for name in (*positive, "fallback_after"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"{name} ({getattr(self, name)}) must be a positive number")
        if not 0 <= self.reserve < max(self.burst, 1):
            raise ValueError(f"reserve ({self.reserve}) must be less than burst ({self.burst})")
        if self.max_attempts < 0:
            raise ValueError(f"max_attempts ({self.max_attempts}) must not be negative")
        if self.backoff_max < self.backoff_first:
            raise ValueError(
                f"backoff_max ({self.backoff_max}) must not be less than"
                f" backoff_first ({self.backoff_first})"
            )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Meaning of a channel's answer. `detail` is one sentence without any secret."""

    result: Result
    detail: str = ""
    after: float | None = None  # seconds of pause that the channel asked for
    cause: DeliveryCause = DeliveryCause.NONE
    receipt: str = ""  # DELIVERED only: the vendor's id of the message; see `DeliveryAttempt`

    @classmethod
    def delivered(cls, receipt: str = "", after: float | None = None) -> Verdict:
        """The channel accepted the message. `after`: its quota is used up for so many seconds."""
        return cls(Result.DELIVERED, after=after, receipt=receipt)

    @classmethod
    def retry(
        cls,
        detail: str,
        after: float | None = None,
        cause: DeliveryCause = DeliveryCause.UNREACHABLE,
    ) -> Verdict:
        """The channel did not accept the message, and trying again may help."""
        return cls(Result.RETRY, detail, after, cause)

    @classmethod
    def busy(cls, detail: str, after: float | None = None) -> Verdict:
        """The channel's rate limit was exceeded; it asks for a pause."""
        return cls(Result.RETRY, detail, after, DeliveryCause.RATE_LIMITED)

    @classmethod
    def quota(cls, detail: str, after: float) -> Verdict:
        """The channel's quota is used up, for so many seconds."""
        return cls(Result.RETRY, detail, after, DeliveryCause.QUOTA_EXCEEDED)

    @classmethod
    def dead(cls, detail: str) -> Verdict:
        """The channel will never accept this message."""
        return cls(Result.FAILED, detail, cause=DeliveryCause.REJECTED)


def for_all(result: Result, cause: DeliveryCause) -> bool:
    """Return whether a pause is due to the limit, so that it holds for all that share the limit."""
    return result is Result.DELIVERED or cause in (
        DeliveryCause.RATE_LIMITED,
        DeliveryCause.QUOTA_EXCEEDED,
    )


@dataclass(frozen=True, slots=True)
class Attempt:
    """Send this now, within `timeout` seconds, and pass the verdict to `Outbox.finished`."""

    id: EntryId  # id of the notice; see `early.unwritten`
    notice: Notification
    number: int  # from 1
    timeout: float
    started: float


def key_of(channel: str, items: Sequence[NotificationItem]) -> str:
    """Return the idempotency key, equal for every master that decides on the same send."""
    parts = [channel]
    for item in items:
        parts.append(f"{item.alarm}{_sign(item)}")
    return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()


def _sign(item: NotificationItem) -> str:
    if item.reason is NotificationReason.REMINDER:
        return f"*{item.reminder_number}"
    if item.reason is NotificationReason.ACKNOWLEDGED:
        return "!"
    if item.reason is NotificationReason.SEVERITY_RAISED:
        return "^"
    return "-" if item.resolved else "+"
