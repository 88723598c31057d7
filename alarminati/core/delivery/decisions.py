"""Decisions: why each channel is notified of an alarm now, or is not, for people who ask.

They come from the planner and the queues and are not computed a second time. Only the master knows
what waits for its group or its turn; on a standby such a notice counts as due now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import islice

from alarminati.core.alarms.episodes import DeliveryState
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.channel_queue import ChannelQueue, Pending
from alarminati.core.delivery.planner import Evaluation, NotificationPlanner
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.model.entries import DeliveryCause, Result
from alarminati.core.model.hlc import milliseconds
from alarminati.core.routing.muting import Muted

KNOWN = frozenset(
    {NotifyReason.ALREADY_NOTIFIED, NotifyReason.REMINDER_NOT_DUE, NotifyReason.SENDING}
)
"""Reasons for which a notice named the alarm; whether the channel took it is another matter."""

SEARCHED = 1000  # groups in front of a backlog that are searched for an alarm


class ChannelState(Enum):
    """State of an alarm on one channel. The values are those of the proto enum."""

    PENDING = 1  # a notice is due, waits or is being sent
    DELIVERED = 2  # the channel took a notice of the present state
    FAILED = 3  # the channel did not take it: a dead letter
    MUTED = 4  # the present state is not notified, because the alarm is or was muted
    NOT_DUE = 5  # no notice of the present state is due


_STATES = {
    NotifyReason.ALREADY_NOTIFIED: ChannelState.DELIVERED,
    NotifyReason.REMINDER_NOT_DUE: ChannelState.DELIVERED,
    NotifyReason.GIVEN_UP: ChannelState.FAILED,
    NotifyReason.MUTED: ChannelState.MUTED,
    NotifyReason.MUTED_THROUGHOUT: ChannelState.MUTED,
    NotifyReason.FLAPPING: ChannelState.MUTED,
    NotifyReason.ESCALATION_NOT_DUE: ChannelState.NOT_DUE,
    NotifyReason.ESCALATION_AVERTED: ChannelState.NOT_DUE,
    NotifyReason.RESOLVED_NOT_SENT: ChannelState.NOT_DUE,
    NotifyReason.PREDATES_CHANNEL: ChannelState.NOT_DUE,
    NotifyReason.NOT_ROUTED: ChannelState.NOT_DUE,
}
"""All other reasons are those of PENDING."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Reason why one channel is notified of an alarm, or is not. Times are milliseconds."""

    channel: str
    reason: NotifyReason
    updated: int = 0  # time of the newest notice of the present episode; 0: there is none
    next: int = 0  # earliest time of the next notice; 0: unknown, or not without an event
    cause: DeliveryCause = DeliveryCause.NONE  # of the last failed attempt of that notice
    muted: Muted | None = None  # what mutes it, with MUTED

    @property
    def state(self) -> ChannelState:
        """Return the reason in one of five words."""
        return _STATES.get(self.reason, ChannelState.PENDING)


def decide(
    planner: NotificationPlanner,
    state: AlarmState,
    lanes: Iterable[ChannelQueue],
    now: float,
    wall: int,
) -> Iterator[Decision]:
    """Return a decision for each channel that is configured."""
    for lane, found in planner.look(state, lanes, now, wall):
        newest = _newest(state, lane)
        reason, at = _of_queue(state, lane, found, _pending(state, lane), now)
        muted, next = found.muted, 0
        if reason is not found.reason or found.due:
            delayed = now < at < float("inf")
            next = wall + max(0, round((at - now) * 1000)) if delayed else 0
        elif reason is NotifyReason.FLAPPING and (muted := planner.muting.alarm(state, wall)):
            reason, next = NotifyReason.MUTED, muted.until
        else:
            reason = _of_plan(state, newest, reason)
            next = muted.until if muted else found.later
        newest = newest if newest and newest.stamp >= state.since else None
        updated = milliseconds(newest.stamp) if newest else 0
        cause = newest.cause if newest and newest.result is not Result.DELIVERED else None
        yield Decision(lane.channel, reason, updated, next, cause or DeliveryCause.NONE, muted)


def _of_queue(
    state: AlarmState, lane: ChannelQueue, found: Evaluation, pending: Pending | None, now: float
) -> tuple[NotifyReason, float]:
    """Return what delays a notice, written or not, and until when, monotonic seconds."""
    reason, quiet = found.reason, lane.quiet_until
    if _planned(state, lane):
        return NotifyReason.SENDING, 0.0
    if pending is not None:
        failed = lane.failures or pending.telling.outcomes
        reason = NotifyReason.CHANNEL_FAILING if failed else NotifyReason.SENDING
    elif not found.due:
        return reason, 0.0
    elif (ready := lane.groups.ready_at(state)) is not None:
        return NotifyReason.GROUP_WAIT, ready
    elif lane.waits(state) or any(
        state in each for each in islice(lane.waiting, SEARCHED) if isinstance(each, tuple)
    ):
        reason = NotifyReason.CHANNEL_FAILING if lane.failures else NotifyReason.QUEUED
    if reason is not NotifyReason.CHANNEL_FAILING and quiet > now:
        reason = NotifyReason.CHANNEL_PAUSED
    return reason, quiet


def _of_plan(state: AlarmState, newest: DeliveryState | None, reason: NotifyReason) -> NotifyReason:
    if reason not in KNOWN:
        return reason
    if newest is None:  # it was passed over when the channel came
        return reason if state.firing else NotifyReason.PREDATES_CHANNEL
    return NotifyReason.GIVEN_UP if newest.result is Result.FAILED else reason


def _pending(state: AlarmState, lane: ChannelQueue) -> Pending | None:
    """Return the oldest notice of the alarm that has no final outcome."""
    if state.fingerprint not in lane.mentions:
        return None
    for pending in lane.pending.values():
        if not pending.over and any(
            item.fingerprint == state.fingerprint for item in pending.notice.items
        ):
            return pending
    return None


def _planned(state: AlarmState, lane: ChannelQueue) -> bool:
    """Return whether a notice of the alarm is being written."""
    items = (item for notice in lane.planned.values() for item in notice.items)
    return any(item.fingerprint == state.fingerprint for item in items)


def _newest(state: AlarmState, lane: ChannelQueue) -> DeliveryState | None:
    found = (each for each in reversed(state.tellings) if each.channel == lane.channel)
    return next(found, None)
