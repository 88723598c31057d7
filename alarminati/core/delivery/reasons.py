"""Reasons why a channel is notified of an alarm now, or is not."""

from __future__ import annotations

from enum import Enum


class NotifyReason(Enum):
    """Result of evaluating one alarm for one channel. With the first seven, a notice is due."""

    FIRST_NOTIFICATION = "first_notification"
    """The alarm is firing, and the channel never got a notice of it."""
    STATE_CHANGED = "state_changed"
    """The alarm fires again, or is over."""
    SEVERITY_RAISED = "severity_raised"
    """The alarm got worse than the last notice said."""
    ACKNOWLEDGED = "acknowledged"
    """The alarm was acknowledged after the last notice."""
    REMINDER_DUE = "reminder_due"
    """The repeat interval has passed, and the alarm still fires."""
    ESCALATION_DUE = "escalation_due"
    """The alarm was not acknowledged in time."""
    FALLBACK = "fallback"
    """Another channel, whose fallback this is, does not take the notice."""

    GROUP_WAIT = "group_wait"
    """The notice waits for other alarms of its group."""
    QUEUED = "queued"
    """The notice waits for the rate limit of the channel."""
    SENDING = "sending"
    """The notice is being sent."""
    CHANNEL_FAILING = "channel_failing"
    """The channel did not take the notice, which will be tried again."""
    CHANNEL_PAUSED = "channel_paused"
    """The channel asked for a pause (Retry-After)."""
    MUTED = "muted"
    """A silence, an inhibition, a time interval or flapping mutes the alarm."""

    ALREADY_NOTIFIED = "already_notified"
    """The channel has a notice of the present state."""
    REMINDER_NOT_DUE = "reminder_not_due"
    """The channel has a notice of the present state; a reminder follows."""
    ESCALATION_NOT_DUE = "escalation_not_due"
    """The channel gets a notice unless the alarm is acknowledged in time."""
    ESCALATION_AVERTED = "escalation_averted"
    """The alarm was acknowledged or over in time."""
    GIVEN_UP = "given_up"
    """The channel did not take the notice, which is now a dead letter."""
    RESOLVED_NOT_SENT = "resolved_not_sent"
    """The alarm is over, and the channel gets no resolved notices."""
    MUTED_THROUGHOUT = "muted_throughout"
    """The alarm is over, and was muted all the time."""
    FLAPPING = "flapping"
    """The change is skipped, because the alarm changes too often."""
    PREDATES_CHANNEL = "predates_channel"
    """The alarm was over before the channel, or its route, was there."""
    NOT_ROUTED = "not_routed"
    """No route leads to the channel."""

    @property
    def due(self) -> bool:
        """Return whether a notice is due now."""
        return self in _DUE


_DUE = frozenset(
    {
        NotifyReason.FIRST_NOTIFICATION,
        NotifyReason.STATE_CHANGED,
        NotifyReason.SEVERITY_RAISED,
        NotifyReason.ACKNOWLEDGED,
        NotifyReason.REMINDER_DUE,
        NotifyReason.ESCALATION_DUE,
        NotifyReason.FALLBACK,
    }
)
