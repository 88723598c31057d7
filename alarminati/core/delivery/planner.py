"""What is owed: which transitions and reminders of an alarm a channel is still to be told.

Worked out from the book each time it is asked, so that every master comes to the same. What is
owed and may be told now is `due`; what may not is muted; and `later` says when there will be more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from alarminati.core.alarms.book import AlarmState
from alarminati.core.alarms.episodes import Episode, Report
from alarminati.core.delivery.channel_queue import ChannelQueue
from alarminati.core.model.entries import Occasion
from alarminati.core.model.hlc import COUNTER_BITS, milliseconds
from alarminati.core.routing.flapping import NONE, Flaps, flaps
from alarminati.core.routing.muting import Muted, Muting
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import ChannelRoute, Router

HOUR = 3_600_000 << COUNTER_BITS  # in stamps
DAY = 24 * HOUR


class DueItem(NamedTuple):
    """One thing to tell."""

    report: Report
    resolved: bool
    occasion: Occasion = Occasion.CHANGED
    ordinal: int = 0


class Evaluation(NamedTuple):
    """What looking at an alarm found, for one channel."""

    due: list[DueItem]
    later: int  # milliseconds since 1970; 0: never, as things are
    muted: Muted | None = None  # something is owed, and may not be told now


class NotificationPlanner:
    """Answers for all alarms and channels. `project` is the cluster's own."""

    def __init__(self, router: Router, policy: Policy, muting: Muting, project: str) -> None:
        self.router = router
        self.muting = muting
        self.today = 0  # stamp: what counts as now for what is past
        self._damping = policy.damping
        self._project = project

    def look(
        self, state: AlarmState, lanes: Iterable[ChannelQueue], now: float, wall: int
    ) -> Iterator[tuple[ChannelQueue, Evaluation]]:
        """What there is to tell on each of the lanes."""
        episodes = state.episodes()
        flapping = self._flapping(episodes)
        asked, muted = False, None
        for lane in lanes:
            if not lane.wanted:
                continue
            due = self.transitions(state, episodes, lane, flapping)
            later = 0
            if state.firing:
                more, later = self.reminders(state, episodes[-1], lane, now, wall)
                due += more
            if due and not asked:
                asked, muted = True, self.muting.alarm(state, wall)
            if due and (why := muted or self._quiet(state, lane, wall)):
                yield lane, Evaluation([], later, why)
            else:
                yield lane, Evaluation(due, later)

    def count(
        self, states: Iterable[AlarmState], lanes: Iterable[ChannelQueue], now: float, wall: int
    ) -> Counter[str]:
        """How many of these alarms are to be told on each of the lanes now."""
        looks = (each for state in states for each in self.look(state, lanes, now, wall))
        return Counter(lane.channel for lane, look in looks if look.due)

    def owed(self, state: AlarmState, lanes: Iterable[ChannelQueue]) -> Iterator[DueItem]:
        """Changes of this alarm that are still to be told on one of them, now or later."""
        episodes = state.episodes()
        flapping = self._flapping(episodes)
        for lane in lanes:
            if lane.wanted:
                yield from self.transitions(state, episodes, lane, flapping)

    def owes(self, state: AlarmState, lanes: Iterable[ChannelQueue]) -> bool:
        """Whether there are any."""
        return next(self.owed(state, lanes), None) is not None

    def way(self, state: AlarmState, lane: ChannelQueue) -> ChannelRoute | None:
        """How the alarm goes to that channel."""
        found = self._ways(state.episodes()[-1]).get(lane.channel)
        return found[1] if found else None

    def _ways(self, episode: Episode) -> Mapping[str, tuple[Report, ChannelRoute]]:
        """How an episode goes to each channel, and the report that says so.

        Each level is routed by what it says, the worse ones count first; but who is told at once
        by one level does not wait to be told by another.
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

    def muted(self, state: AlarmState, wall: int) -> Muted | None:
        """What keeps the alarm from being told on every channel."""
        if (muted := self.muting.alarm(state, wall)) is not None:
            return muted
        ways = [way for _, way in self._ways(state.episodes()[-1]).values() if not way.after]
        found = [self.muting.way(way, wall) for way in ways]
        return found[0] if found and all(found) else None

    def _flapping(self, episodes: Sequence[Episode]) -> Flaps:
        return flaps(episodes, self._damping) if self._damping.count else NONE

    def _quiet(self, state: AlarmState, lane: ChannelQueue, wall: int) -> Muted | None:
        way = self.way(state, lane)
        return self.muting.way(way, wall) if way else None

    def transitions(
        self, state: AlarmState, episodes: Sequence[Episode], lane: ChannelQueue, flapping: Flaps
    ) -> list[DueItem]:
        """Beginnings and ends to tell on this channel, in order, muted or not."""
        owed: list[DueItem] = []
        believed = False  # it was told that the alarm fires, and not that it is over
        for episode in episodes:
            first, close = episode.first, episode.close
            skipped = first.order in flapping.skipped
            if episode.told & lane.bits[1]:
                believed = False
                continue
            if episode.told & lane.bits[0]:
                believed = True
                if not skipped and self._worsens(state, episode, lane):
                    owed.append(DueItem(episode.worst, False, Occasion.SEVERITY_RAISED))
            elif self._begins(state, episode, lane):
                if not skipped:
                    owed.append(DueItem(episode.worst, False))
                believed = True
            elif close and (close.id, True) in lane.rescued.get(state.fingerprint, ()):
                believed = True
            if believed and close is not None and close.order not in flapping.skipped:
                if lane.limits.resolved:
                    owed.append(DueItem(close, True))
                believed = False
        return owed

    def _begins(self, state: AlarmState, episode: Episode, lane: ChannelQueue) -> bool:
        """Whether this channel, which knows nothing of an episode, is to be told of it."""
        if self._passed_by(lane, episode):
            return False
        ways = self._ways(episode)
        found = ways.get(lane.channel)
        if found is None or found[1].after:
            rescued = lane.rescued.get(state.fingerprint, ())
            if any(not over and episode.names(id) for id, over in rescued):
                return True
            found = next((ways[x.channel] for x in lane.stands_in_for
                          if x.out and x.channel in ways and not ways[x.channel][1].after
                          and not episode.told & x.bits[0]), None)  # fmt: skip
        return found is not None and not self.muting.hushed(state, episode, found[1], found[0])

    def _worsens(self, state: AlarmState, episode: Episode, lane: ChannelQueue) -> bool:
        """Whether this channel, which knows of an episode, is to be told that it got worse."""
        if not episode.raised or episode.known & lane.bits[0] or self._passed_by(lane, episode):
            return False
        _, way = self._ways(episode).get(lane.channel, (None, None))
        return not self.muting.hushed(state, episode, way, episode.worst)

    def _passed_by(self, lane: ChannelQueue, episode: Episode) -> bool:
        """Whether a new master leaves it untold here: the channel, or a route to it, is newer.

        A channel tells in order of arrival, so one that told something that came later did not owe
        this then, if it was told elsewhere at all. By arrival and not by stamps, for clocks may be
        years off.
        """
        close = episode.close
        if close is None or close.stamp + HOUR >= self.today:
            return False
        if not lane.used:
            return True
        if close.arrival >= lane.reached:
            return False
        return episode.told != 0 or close.stamp + DAY < self.today

    def past(self, episode: Episode) -> bool:
        """Whether it was over an hour ago."""
        return episode.close is not None and episode.close.stamp + HOUR < self.today

    def reminders(
        self, state: AlarmState, episode: Episode, lane: ChannelQueue, now: float, wall: int
    ) -> tuple[list[DueItem], int]:
        """What is to be told while it fires though nothing changed, and when there is more."""
        seen = state.acknowledgement is not None
        if not episode.told & lane.bits[0]:
            at = None if seen else self._escalates(episode, lane)
            return _escalated(episode, at, wall) if at else ([], 0)
        way = self.way(state, lane)
        if seen:
            told = episode.known & lane.bits[2]
            return [] if told else [DueItem(episode.worst, False, Occasion.ACKNOWLEDGED)], 0
        if way is None or not way.route.repeat_interval or not episode.known & lane.bits[0]:
            return [], 0  # whoever is yet to be told that it got worse needs no reminder
        return self._repeated(state, episode, lane, way.route.repeat_interval, now, wall)

    def _escalates(self, episode: Episode, lane: ChannelQueue) -> int | None:
        """When it is told here unless it is acknowledged, milliseconds; None: it is not.

        Seconds count from the level that escalates; of two that do, the sooner one counts.
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
    ) -> tuple[list[DueItem], int]:
        known = state.repeated(lane.channel, episode.first.id)
        stamp, heard = _told(state, episode, lane)
        if known and (known.stamp > stamp or not episode.raised):
            stamp, heard = known.stamp, known.heard
        # By stamps over a change of masters; by our own time should the stamp be years off.
        ago = max(wall - milliseconds(stamp), (now - heard) * 1000) if stamp else 0.0
        rest = interval * 1000 - ago
        if rest > 0:
            return [], wall + round(rest)
        if any(each.channel == lane.channel and not each.final for each in state.tellings):
            return [], wall + round(interval * 1000)  # what was to be told last is still under way
        ordinal = known.ordinal + 1 if known else 1
        return [DueItem(episode.first, False, Occasion.REPEATED, ordinal)], 0


def _escalated(episode: Episode, at: int, wall: int) -> tuple[list[DueItem], int]:
    return ([DueItem(episode.worst, False)], 0) if wall >= at else ([], at)


def _told(state: AlarmState, episode: Episode, lane: ChannelQueue) -> tuple[int, float]:
    """When the channel was last told of this episode: stamp, and monotonic seconds.

    A stamp of 0: just now, it is being written.
    """
    for telling in reversed(state.tellings):
        if telling.channel == lane.channel and telling.stamp >= episode.first.stamp:
            return telling.stamp, telling.heard
    return 0, 0.0
