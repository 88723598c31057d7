"""Reasons: why a channel is told of an alarm now, or is not."""

from __future__ import annotations

from enum import Enum


class NotifyReason(Enum):
    """Result of evaluating one alarm for one channel. The first seven say that it is told now."""

    FIRST_NOTIFICATION = "first_notification"
    """It is firing, and the channel was never told of it."""
    STATE_CHANGED = "state_changed"
    """It fires again, or is over."""
    SEVERITY_RAISED = "severity_raised"
    """It got worse than the channel knows."""
    ACKNOWLEDGED = "acknowledged"
    """Somebody is on it, which the channel does not know yet."""
    REMINDER_DUE = "reminder_due"
    """It still fires, and was told last a repeat interval ago."""
    ESCALATION_DUE = "escalation_due"
    """Nobody acknowledged it in time."""
    FALLBACK = "fallback"
    """Another channel, whose fallback this is, does not take it."""

    GROUP_WAIT = "group_wait"
    """It waits for others of its group."""
    QUEUED = "queued"
    """It waits for its turn: the channel takes no more at a time."""
    SENDING = "sending"
    """It is being sent."""
    CHANNEL_FAILING = "channel_failing"
    """The channel did not take it, and is tried again."""
    CHANNEL_PAUSED = "channel_paused"
    """The channel asked to be sent nothing for a while."""
    MUTED = "muted"
    """A silence, an inhibition, a time interval or its flapping holds it back."""

    TOLD_ALREADY = "told_already"
    """The channel knows all there is to tell."""
    REMINDER_NOT_DUE = "reminder_not_due"
    """The channel knows, and will be reminded."""
    ESCALATION_NOT_DUE = "escalation_not_due"
    """The channel is told unless somebody acknowledges it in time."""
    ESCALATION_AVERTED = "escalation_averted"
    """It was acknowledged or over in time."""
    GIVEN_UP = "given_up"
    """The channel did not take it, and is not tried again: a dead letter."""
    RESOLVED_NOT_SENT = "resolved_not_sent"
    """It is over, and the channel is not told of ends."""
    MUTED_THROUGHOUT = "muted_throughout"
    """It is over, and was muted all the time."""
    FLAPPING = "flapping"
    """This change is passed over: the alarm changes too often."""
    PREDATES_CHANNEL = "predates_channel"
    """It was over before the channel, or its route, was there."""
    NOT_ROUTED = "not_routed"
    """No route leads to the channel."""

    @property
    def due(self) -> bool:
        """Return whether there is something to tell now."""
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
