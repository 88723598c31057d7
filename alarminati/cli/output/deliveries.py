"""Sentences of `show`: why a channel was notified of an alarm, or was not."""

from __future__ import annotations

from collections.abc import Iterator

from alarminati.cli.output.rendering import cause_text, moment, printable
from alarminati.cli.output.statuses import mute_text
from alarminati.cli.output.terminal import translated
from alarminati.client import ChannelDelivery, ChannelState, DeliveryCause, NotifyReason

REASONS = {
    NotifyReason.FIRST_NOTIFICATION: "is notified now, for the first time",
    NotifyReason.STATE_CHANGED: "is notified now: the state changed",
    NotifyReason.SEVERITY_RAISED: "is notified now: the severity was raised",
    NotifyReason.ACKNOWLEDGED: "is notified now: the alarm was acknowledged",
    NotifyReason.REMINDER_DUE: "is notified now: a reminder is due",
    NotifyReason.ESCALATION_DUE: "is notified now: the alarm was not acknowledged in time",
    NotifyReason.FALLBACK: "is notified now, in place of a channel that fails",
    NotifyReason.GROUP_WAIT: "waits for other alarms of its group",
    NotifyReason.QUEUED: "waits for the rate limit of the channel",
    NotifyReason.SENDING: "is being sent",
    NotifyReason.CHANNEL_FAILING: "the channel failed and is tried again",
    NotifyReason.CHANNEL_PAUSED: "the channel asked for a pause",
    NotifyReason.MUTED: "muted",
    NotifyReason.ALREADY_NOTIFIED: "was notified",
    NotifyReason.REMINDER_NOT_DUE: "was notified; a reminder follows",
    NotifyReason.ESCALATION_NOT_DUE: "is notified unless the alarm is acknowledged",
    NotifyReason.ESCALATION_AVERTED: "not notified: acknowledged or resolved before the escalation",
    NotifyReason.GIVEN_UP: "the channel did not take it: see `alarminati dead-letters`",
    NotifyReason.RESOLVED_NOT_SENT: "not notified: it gets no resolved notices",
    NotifyReason.MUTED_THROUGHOUT: "not notified: the alarm was muted all the time",
    NotifyReason.FLAPPING: "not notified: the alarm changes too often",
    NotifyReason.PREDATES_CHANNEL: "not notified: resolved before the channel was there",
    NotifyReason.NOT_ROUTED: "no route leads there",
}
"""Sentences after the name of the channel; that of MUTED is what mutes the alarm."""


def delivery_lines(deliveries: tuple[ChannelDelivery, ...]) -> Iterator[str]:
    """Yield a line for each channel, and one for all that no route leads to."""
    elsewhere: list[str] = []
    for each in deliveries:
        name = printable(each.channel)
        if each.reason is NotifyReason.NOT_ROUTED:
            elsewhere.append(name)
        else:
            yield f"{name}: {delivery_sentence(each)}"
    if elsewhere:
        text = translated(REASONS[NotifyReason.NOT_ROUTED])
        yield f"{', '.join(elsewhere)}: {text}"


def delivery_sentence(delivery: ChannelDelivery) -> str:
    """Return why a channel was notified, or was not."""
    if delivery.reason is NotifyReason.MUTED and delivery.mute is not None:
        return translated("not told: {why}", why=printable(mute_text(delivery.mute)))
    if delivery.reason is None:
        return translated("a reason of a later version")
    said = translated(REASONS[delivery.reason])
    if delivery.state in (ChannelState.DELIVERED, ChannelState.FAILED) and delivery.update_time:
        said += f", {moment(delivery.update_time)}"
    if delivery.cause is not DeliveryCause.NONE:
        said += f" [{cause_text(delivery.cause)}]"
    if delivery.next_time:
        said += translated(", at {time} at the earliest", time=moment(delivery.next_time))
    return said
