"""Decisions: why each channel is notified of an alarm now, or is not, for people who ask.

They come from the planner and the queues and are not computed a second time. Only the master knows
what waits for its group or its turn; on a standby such a notice counts as due now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from alarminati.core.alarms.book import AlarmState
from alarminati.core.alarms.episodes import DeliveryState
from alarminati.core.delivery.channel_queue import ChannelQueue, Pending
from alarminati.core.delivery.planner import Evaluation, NotificationPlanner
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.model.entries import Result
from alarminati.core.model.hlc import milliseconds
from alarminati.core.routing.muting import Muted

KNOWN = frozenset(
    {NotifyReason.ALREADY_NOTIFIED, NotifyReason.REMINDER_NOT_DUE, NotifyReason.SENDING}
)
"""Reasons for which a notice named the alarm; whether the channel took it is another matter."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Reason why one channel is notified of an alarm, or is not."""

    channel: str
    reason: NotifyReason
    time: int = 0
    """Milliseconds since 1970: time of the notice with ALREADY_NOTIFIED and GIVEN_UP, else the
    earliest time of the next. 0: not known."""
    muted: Muted | None = None
    """DeliveryCause of MUTED."""


def decide(
    planner: NotificationPlanner,
    state: AlarmState,
    lanes: Iterable[ChannelQueue],
    now: float,
    wall: int,
) -> Iterator[Decision]:
    """Return a decision for each channel that is configured."""
    for lane, found in planner.look(state, lanes, now, wall):
        pending = _pending(state, lane)
        reason, at = _of_queue(state, lane, found, pending, now)
        time = wall + max(0, round((at - now) * 1000)) if at > now and at != float("inf") else 0
        if reason is not found.reason or found.due:
            yield Decision(lane.channel, reason, time)
        elif reason is NotifyReason.FLAPPING and (muted := planner.muting.alarm(state, wall)):
            yield Decision(lane.channel, NotifyReason.MUTED, muted.until, muted)
        else:
            yield _of_plan(state, lane, found)


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
    elif any(each is state for each in lane.all_waiting()):
        reason = NotifyReason.CHANNEL_FAILING if lane.failures else NotifyReason.QUEUED
    if reason is not NotifyReason.CHANNEL_FAILING and quiet > now:
        reason = NotifyReason.CHANNEL_PAUSED
    return reason, quiet


def _of_plan(state: AlarmState, lane: ChannelQueue, found: Evaluation) -> Decision:
    if found.reason not in KNOWN:
        time = found.muted.until if found.muted else found.later
        return Decision(lane.channel, found.reason, time, found.muted)
    telling = _newest(state, lane)
    if telling is None and not state.firing:  # it was passed over when the channel came
        return Decision(lane.channel, NotifyReason.PREDATES_CHANNEL)
    if telling is not None and telling.result is Result.FAILED:
        return Decision(lane.channel, NotifyReason.GIVEN_UP, milliseconds(telling.stamp))
    if found.later:
        return Decision(lane.channel, found.reason, found.later)
    return Decision(lane.channel, found.reason, milliseconds(telling.stamp) if telling else 0)


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
