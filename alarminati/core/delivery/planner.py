"""Planner: computes the notices that a channel has not received yet for an alarm.

Computed from the book for each query, so that every master comes to the same result. `due` may be
sent now; muted changes may not; `later` says when there will be more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from alarminati.core.alarms.episodes import DeliveryState, Episode, Repeat, Report
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.channel_queue import ChannelQueue
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.model.entries import NotificationReason
from alarminati.core.model.hlc import COUNTER_BITS, milliseconds
from alarminati.core.routing.flapping import NONE, Flaps, flaps
from alarminati.core.routing.muting import Muted, Muting
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import ChannelRoute, Router

HOUR = 3_600_000 << COUNTER_BITS  # in stamps
DAY = 24 * HOUR


class DueItem(NamedTuple):
    """One item to notify."""

    report: Report
    resolved: bool
    reason: NotificationReason = NotificationReason.STATE_CHANGED
    reminder_number: int = 0


class Evaluation(NamedTuple):
    """Result of evaluating an alarm for one channel."""

    due: list[DueItem]
    later: int  # milliseconds since 1970; 0: not without an event
    reason: NotifyReason
    muted: Muted | None = None  # a change is to be notified, but muted now


NOTHING = Evaluation([], 0, NotifyReason.ALREADY_NOTIFIED)


class NotificationPlanner:
    """Planner for all alarms and channels. `project` is the cluster's own."""

    def __init__(self, router: Router, policy: Policy, muting: Muting, project: str) -> None:
        self.router = router
        self.muting = muting
        self.today = 0  # stamp that counts as now for past episodes
        self.unforgiving = False  # nothing counts as past or as muted throughout
        self.policy = policy
        self._damping = policy.damping
        self._project = project

    def look(
        self, state: AlarmState, lanes: Iterable[ChannelQueue], now: float, wall: int
    ) -> Iterator[tuple[ChannelQueue, Evaluation]]:
        """Evaluate an alarm for each of the queues."""
        episodes = state.episodes()
        flapping = self._flapping(episodes)
        asked, muted = False, None
        for lane in lanes:
            if not lane.wanted:
                continue
            due, reason = self.transitions(state, episodes, lane, flapping)
            later = 0
            if state.firing:
                more = self.reminders(state, episodes[-1], lane, now, wall)
                extra = more.due or _seen_already(state, episodes[-1], due)
                due, later = due + extra, more.later
                if more is not NOTHING and not reason.due:
                    reason = more.reason
            if due and not asked:
                asked, muted = True, self.muting.alarm(state, wall)
            if due and (why := muted or self._quiet(state, lane, wall)):
                yield lane, Evaluation([], later, NotifyReason.MUTED, why)
            else:
                yield lane, Evaluation(due, later, reason)

    def count(
        self, states: Iterable[AlarmState], lanes: Iterable[ChannelQueue], now: float, wall: int
    ) -> Counter[str]:
        """Count the alarms to notify now, for each of the queues."""
        looks = (each for state in states for each in self.look(state, lanes, now, wall))
        return Counter(lane.channel for lane, look in looks if look.due)

    def owed(self, state: AlarmState, lanes: Iterable[ChannelQueue]) -> Iterator[DueItem]:
        """Yield the changes of this alarm still to be notified on one queue, now or later."""
        episodes = state.episodes()
        flapping = self._flapping(episodes)
        for lane in lanes:
            if lane.wanted:
                yield from self.transitions(state, episodes, lane, flapping)[0]

    def owes(self, state: AlarmState, lanes: Iterable[ChannelQueue]) -> bool:
        """Return whether there are such changes."""
        return next(self.owed(state, lanes), None) is not None

    def way(self, state: AlarmState, lane: ChannelQueue) -> ChannelRoute | None:
        """Return the route of the alarm to that channel."""
        found = self._ways(state.episodes()[-1]).get(lane.channel)
        return found[1] if found else None

    def reaches(self, state: AlarmState, lane: ChannelQueue, wall: int) -> bool:
        """Return what `DeliveryQueries.reaches` returns."""
        way = self.way(state, lane)
        if way is None or way.after:
            return False
        return not self.muting.alarm(state, wall) and not self.muting.way(way, wall)

    def on_purpose(self, state: AlarmState, lane: ChannelQueue, moment: int, begins: bool) -> float:
        """Return what `DeliveryQueries.on_purpose` returns."""
        way = self.way(state, lane)
        if way is None:
            return 0.0
        if self.muting.way(way, moment) or self.muting.alarm(state, moment):
            return float("inf")
        waits = max(way.route.group_wait, way.route.group_interval)
        return way.after + waits if begins else waits

    def _ways(self, episode: Episode) -> Mapping[str, tuple[Report, ChannelRoute]]:
        """Return the routes of an episode by channel, with the report that decides each.

        Each level is routed by its own labels, and worse levels take precedence. But a channel
        that one level notifies at once does not wait because of another.
        """
        assign, levels = self.router.assign, episode.levels
        if len(levels) == 1:
            found = assign(levels[0].alarm, self._project).ways
            return {channel: (levels[0], way) for channel, way in found.items()}
        ways: dict[str, tuple[Report, ChannelRoute]] = {}
        for level in reversed(levels):
            for channel, way in assign(level.alarm, self._project).ways.items():
                known = ways.get(channel)
                if known is None or (known[1].after and not way.after):
                    ways[channel] = (level, way)
        return ways

    def mutes(self, state: AlarmState, wall: int) -> list[Muted]:
        """Return all that mutes the alarm on every channel."""
        found = self.muting.every(state, wall)
        ways = [way for _, way in self._ways(state.episodes()[-1]).values() if not way.after]
        quiet = [self.muting.way(way, wall) for way in ways]
        if quiet and all(quiet):
            found += [each for each in dict.fromkeys(quiet) if each is not None]
        return found

    def _flapping(self, episodes: Sequence[Episode]) -> Flaps:
        return flaps(episodes, self._damping) if self._damping.count else NONE

    def _quiet(self, state: AlarmState, lane: ChannelQueue, wall: int) -> Muted | None:
        way = self.way(state, lane)
        return self.muting.way(way, wall) if way else None

    def transitions(
        self, state: AlarmState, episodes: Sequence[Episode], lane: ChannelQueue, flapping: Flaps
    ) -> tuple[list[DueItem], NotifyReason]:
        """Return begins and ends to notify on this channel, in order, muted or not; and why the
        last episode is among them or is not."""
        owed: list[DueItem] = []
        reason = NotifyReason.NOT_ROUTED
        believed = False  # the channel has a firing notice without a resolved one
        # Another master may have notified the last episode first: the end of an earlier one would
        # say that nothing fires.
        ahead = state.firing and episodes[-1].told & lane.bits[0]
        for episode in episodes:
            first, close = episode.first, episode.close
            skipped = first.order in flapping.skipped
            if episode.told & lane.bits[1]:
                believed, reason = False, NotifyReason.ALREADY_NOTIFIED
                if not ahead and not skipped and self._worse_than_said(state, episode, lane):
                    owed.append(DueItem(episode.worst, True))
                    reason = NotifyReason.STATE_CHANGED
                continue
            if episode.told & lane.bits[0]:
                believed = True
                reason = self._worsens(state, episode, lane)
                if reason.due and not skipped:
                    owed.append(DueItem(episode.worst, False, NotificationReason.SEVERITY_RAISED))
            else:
                reason = self._begins(state, episode, lane)
                if reason.due:
                    believed = True
                    if not skipped:
                        owed.append(DueItem(episode.worst, False))
                elif close and (close.id, True) in lane.rescued.get(state.fingerprint, ()):
                    believed = True
            if skipped and reason.due:
                reason = NotifyReason.FLAPPING
            if believed and close is not None and not ahead:
                if close.order in flapping.skipped:
                    reason = NotifyReason.FLAPPING
                    continue
                if lane.limits.resolved:
                    owed.append(DueItem(close, True))
                    reason = reason if reason.due else NotifyReason.STATE_CHANGED
                elif not reason.due:
                    reason = NotifyReason.RESOLVED_NOT_SENT
                believed = False
        if reason is NotifyReason.FIRST_NOTIFICATION and _knew(episodes, lane):
            reason = NotifyReason.STATE_CHANGED
        return owed, reason

    def _begins(self, state: AlarmState, episode: Episode, lane: ChannelQueue) -> NotifyReason:
        """Return why this channel, which has no notice of an episode, is to get one, or not."""
        passed = bool(episode.told & lane.bits[3]) and not self.unforgiving
        if passed or self._passed_by(lane, episode):
            return NotifyReason.PREDATES_CHANNEL
        ways = self._ways(episode)
        found, reason = ways.get(lane.channel), NotifyReason.FIRST_NOTIFICATION
        if found is None or found[1].after:
            rescued = lane.rescued.get(state.fingerprint, ())
            if any(episode.names(id) for id, _ in rescued):
                return NotifyReason.FALLBACK
            none = _not_escalated(state, episode) if found else NotifyReason.NOT_ROUTED
            found = next((ways[x.channel] for x in lane.stands_in_for
                          if x.out and x.channel in ways and not ways[x.channel][1].after
                          and not episode.told & x.bits[0]), None)  # fmt: skip
            if found is None:
                return none
            reason = NotifyReason.FALLBACK
        if self._hushed(state, episode, found[1], found[0]):
            return NotifyReason.MUTED_THROUGHOUT
        return reason

    def _worsens(self, state: AlarmState, episode: Episode, lane: ChannelQueue) -> NotifyReason:
        """Return why this channel is to be notified of a higher severity, or not."""
        if episode.known & lane.bits[0]:
            return NotifyReason.ALREADY_NOTIFIED
        if self._passed_by(lane, episode):
            return NotifyReason.PREDATES_CHANNEL
        _, way = self._ways(episode).get(lane.channel, (None, None))
        if self._hushed(state, episode, way, episode.worst):
            return NotifyReason.MUTED_THROUGHOUT
        return NotifyReason.SEVERITY_RAISED

    def _worse_than_said(self, state: AlarmState, episode: Episode, lane: ChannelQueue) -> bool:
        """Return whether the end was notified by a master that did not know the worst severity.

        The end is notified again, in the name of the report that raised the severity. A raise alone
        would say that the alarm fires.
        """
        if episode.close is None or not episode.told & lane.bits[0] or not lane.limits.resolved:
            return False
        return not episode.known & lane.bits[1] and self._worsens(state, episode, lane).due

    def _hushed(
        self, state: AlarmState, episode: Episode, way: ChannelRoute | None, report: Report
    ) -> bool:
        return not self.unforgiving and self.muting.hushed(state, episode, way, report)

    def _passed_by(self, lane: ChannelQueue, episode: Episode) -> bool:
        """Return whether the episode predates the channel, or a route to it.

        A channel sends in order of arrival. So if it sent something that arrived later, this
        episode was not due there, if another channel sent it. Arrival decides and not stamps,
        because clocks may be years off.
        """
        close = episode.close
        if close is None or close.stamp + HOUR >= self.today or self.unforgiving:
            return False
        if not lane.used:
            return True
        if close.arrival >= lane.reached:
            return False
        return episode.told != 0 or close.stamp + DAY < self.today

    def past(self, episode: Episode) -> bool:
        """Return whether the episode ended over an hour ago."""
        return episode.close is not None and episode.close.stamp + HOUR < self.today

    def reminders(
        self, state: AlarmState, episode: Episode, lane: ChannelQueue, now: float, wall: int
    ) -> Evaluation:
        """Return the reminders and acknowledgements due while it fires, and when there is more.

        NOTHING: `transitions` says it all.
        """
        seen = state.acknowledgement is not None
        if not episode.told & lane.bits[0]:
            at = None if seen else self._escalates(episode, lane)
            return _escalated(episode, at, wall) if at else NOTHING
        way = self.way(state, lane)
        if seen:
            if episode.known & lane.bits[2]:
                return NOTHING
            due = [DueItem(episode.worst, False, NotificationReason.ACKNOWLEDGED)]
            return Evaluation(due, 0, NotifyReason.ACKNOWLEDGED)
        if way is None or not way.route.repeat_interval or not episode.known & lane.bits[0]:
            return NOTHING  # the notice of the higher severity replaces a reminder
        return self._repeated(state, episode, lane, way.route.repeat_interval, now, wall)

    def _escalates(self, episode: Episode, lane: ChannelQueue) -> int | None:
        """Return when the alarm escalates to this channel, milliseconds; None: it does not.

        Seconds count from the level that escalates; of two levels, the sooner one counts.
        """
        found: dict[str, int] = {}
        for level in episode.levels:
            for channel, way in self.router.assign(level.alarm, self._project).ways.items():
                at = milliseconds(level.stamp) + round(way.after * 1000) if way.after else 0
                found[channel] = min(at, found.get(channel, at))
        if lane.channel in found:
            return found[lane.channel] or None
        return min((found[x.channel] for x in lane.stands_in_for
                    if x.out and found.get(x.channel)
                    and not episode.told & x.bits[0]), default=None)  # fmt: skip

    def _repeated(
        self,
        state: AlarmState,
        episode: Episode,
        lane: ChannelQueue,
        interval: float,
        now: float,
        wall: int,
    ) -> Evaluation:
        known = state.repeated(lane.channel, episode.first.id)
        notices = [*_notices(state, lane), *([known] if known else [])]
        # By stamps across masters; by our own clock in case the stamp is years off.
        times = (max(wall - milliseconds(x.stamp), (now - x.heard) * 1000) for x in notices)
        ago = min(times, default=0.0)  # none: the notice is being written
        rest = interval * 1000 - ago
        if rest > 0:
            return Evaluation([], wall + round(rest), NotifyReason.REMINDER_NOT_DUE)
        if any(each.channel == lane.channel and not each.final for each in state.tellings):
            later = wall + round(interval * 1000)  # the last notice is still in flight
            return Evaluation([], later, NotifyReason.SENDING)
        reminder_number = known.reminder_number + 1 if known else 1
        due = [DueItem(episode.first, False, NotificationReason.REMINDER, reminder_number)]
        return Evaluation(due, 0, NotifyReason.REMINDER_DUE)


def pass_over(states: Iterable[AlarmState], bits: int, past: Callable[[Episode], bool]) -> None:
    """Mark the ends of episodes that are `past`, for the channels of these bits.

    A channel that another replica notified of the begin is notified of the end all the same.
    """
    for state in states:
        for episode in state.episodes():
            if episode.close is not None and past(episode):
                episode.close.told |= bits


def _seen_already(state: AlarmState, episode: Episode, due: list[DueItem]) -> list[DueItem]:
    """Return the acknowledgement, for a channel that is yet to be notified of the alarm."""
    if not due or due[-1].report is not episode.worst or state.acknowledgement is None:
        return []
    return [DueItem(episode.worst, False, NotificationReason.ACKNOWLEDGED)]


def _escalated(episode: Episode, at: int, wall: int) -> Evaluation:
    if wall < at:
        return Evaluation([], at, NotifyReason.ESCALATION_NOT_DUE)
    return Evaluation([DueItem(episode.worst, False)], 0, NotifyReason.ESCALATION_DUE)


def _not_escalated(state: AlarmState, episode: Episode) -> NotifyReason:
    if episode.close is not None or state.acknowledgement is not None:
        return NotifyReason.ESCALATION_AVERTED
    return NotifyReason.ESCALATION_NOT_DUE


def _knew(episodes: Sequence[Episode], lane: ChannelQueue) -> bool:
    """Return whether the channel was notified of an earlier episode."""
    return any(each.told & (lane.bits[0] | lane.bits[1]) for each in episodes[:-1])


def _notices(state: AlarmState, lane: ChannelQueue) -> Iterator[DeliveryState | Repeat]:
    """Yield the channel's notices of this episode.

    Arrival decides and not stamps: a notice of an earlier episode may be stamped years ahead.
    """
    since = state.arrival
    for telling in state.tellings:
        if telling.channel == lane.channel and telling.arrival >= since:
            yield telling
