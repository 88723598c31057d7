"""Scheduler: decides when the master evaluates an alarm, and queues the notices that are due.

An alarm that changed is evaluated at once; others in time for a reminder, the end of a mute, or
the deadline of a notice that the fallback has to send. The state ends with the leadership: a new
master evaluates all alarms and knows as much.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.channel_queue import ChannelQueue, Pending
from alarminati.core.delivery.channel_queues import ChannelQueues
from alarminati.core.delivery.notification_log import hopeless
from alarminati.core.delivery.planner import DueItem, Evaluation, NotificationPlanner
from alarminati.core.delivery.wake_queue import WakeQueue
from alarminati.core.model.entries import Notification, NotificationReason
from alarminati.core.model.hlc import milliseconds
from alarminati.core.routing.muting import Ward

JUMP = 1000  # milliseconds by which the wall clock may differ from our own time


class Scheduler:
    """Evaluates alarms for all queues. `claims` is the planner and may be replaced at any time."""

    def __init__(
        self, book: AlarmBook, lanes: ChannelQueues, claims: NotificationPlanner, looks: int = 100
    ) -> None:
        """Evaluate at most `looks` alarms at once: see `Bounds`."""
        self.claims = claims
        self._looks = looks
        self._reloading = False  # some alarms are not evaluated by the new settings yet
        self._book = book
        self._lanes = lanes
        self._agenda = WakeQueue()
        self._to_look: deque[tuple[AlarmState, bool]] = deque()
        self._clock = (0.0, 0)  # monotonic seconds and the wall clock at the same time

    def tell_time(self, now: float, wall: int) -> bool:
        """Set the clocks; return whether the wall clock jumped since the last call.

        Then what waits for a time may wait for years, so all alarms must be evaluated again.
        """
        jumped = abs(wall - self.wall(now)) > JUMP
        self._clock = (now, wall)
        return jumped

    def wall(self, now: float) -> int:
        """Return the wall clock, computed from the monotonic one since they were set."""
        then, wall = self._clock
        return wall + round((now - then) * 1000)

    def start(self, now: float, dead: Iterable[Notification]) -> None:
        """Begin to evaluate all alarms. `dead` are the notices that were given up."""
        fresh = not self._reloading
        self._to_look.extend((state, fresh) for state in self._book.remembered())
        for lane in self._lanes:
            for pending in lane.pending.values():
                self.worry(lane, pending, now)
        for notice in dead:
            self._rescue(notice)

    def stop(self, reload: bool = False) -> None:
        """Forget the queues; with a reload the clocks of groups go on."""
        self._to_look.clear()
        self._agenda.clear()
        self._reloading = reload
        for lane in self._lanes:
            lane.stop_waiting(reload)
            lane.stop_worrying()

    def lift(self, ward: Ward, wall: int) -> None:
        """Evaluate what is muted by this from that time on."""
        self._agenda.lift(ward, wall)

    def look(self, state: AlarmState, now: float, fresh: bool = False) -> None:
        """Queue the due notices. A `fresh` master lets nothing wait for its group again."""
        wall = self.wall(now)
        for lane, look in self.claims.look(state, self._lanes, now, wall):
            self._note(state, look)
            if not look.due:
                continue
            way = self.claims.way(state, lane)
            if way is not None and way.group and not lane.fresh:
                wait = 0.0 if fresh else way.route.group_wait
                clock = (self.claims.router.lineage(way.path), *way.group[1:])
                interval = way.route.group_interval
                lane.groups.hold(way.group, clock, state, now, wait, interval)
            else:
                lane.wait(state)

    def look_again(self, fingerprints: Iterable[str]) -> None:
        """Evaluate these alarms soon, a bounded number at once."""
        for fingerprint in dict.fromkeys(fingerprints):
            if (state := self._book.find(fingerprint)) is not None:
                self._to_look.append((state, False))

    def due(self, state: AlarmState, lane: ChannelQueue, now: float) -> list[DueItem]:
        """Return what is due for a queued alarm; much may have changed while it waited."""
        for _, look in self.claims.look(state, (lane,), now, self.wall(now)):
            self._note(state, look)
            return look.due
        return []

    def told(self, state: AlarmState, lane: ChannelQueue, now: float) -> None:
        """Schedule the next evaluation of an alarm whose notices are all planned."""
        if not state.firing:
            return
        episode = state.episodes()[-1]
        look = self.claims.reminders(state, episode, lane, now, self.wall(now))
        if look.due:
            self._to_look.append((state, False))
        if look.later:
            self._agenda.look(state, look.later)

    def _note(self, state: AlarmState, look: Evaluation) -> None:
        if look.later:
            self._agenda.look(state, look.later)
        if look.muted is not None:
            self._agenda.mute(state, look.muted)

    def look_around(self, now: float) -> None:
        """Evaluate what is due, a bounded number at once."""
        for lane in self._lanes:
            for pending in lane.worrying(now):
                self._fall(lane, pending)
        self._to_look.extend((state, False) for state in self._agenda.due(self.wall(now)))
        for _ in range(min(len(self._to_look), self._looks)):
            state, fresh = self._to_look.popleft()
            self.look(state, now, fresh)
        if self._reloading and not self._to_look:
            self._reloading = False
            for lane in self._lanes:
                lane.groups.reloaded()

    @property
    def looking(self) -> bool:
        """There is more to look at now."""
        return bool(self._to_look)

    def next_due(self, now: float) -> float:
        """Return when to call `look_around` again; infinite: not without an event."""
        if self._to_look:
            return now
        due = min((lane.next_worry() for lane in self._lanes), default=float("inf"))
        if (wall := self._agenda.next()) is not None:
            due = min(due, now + max(0, wall - self.wall(now)) / 1000)
        return due

    # Fallback.

    def worry(self, lane: ChannelQueue, pending: Pending, now: float) -> None:
        """Watch the deadline of a notice, for the fallback."""
        telling = pending.telling
        if not lane.wanted or not lane.limits.fallback:
            return
        if hopeless(telling):
            self._fall(lane, pending)
            return
        ago = max((self.wall(now) - milliseconds(telling.stamp)) / 1000, now - telling.heard)
        order = (telling.stamp, *telling.notices[0])
        lane.worry(pending, order, now + lane.limits.fallback_after - ago)

    def troubled(self, lane: ChannelQueue, pending: Pending) -> None:
        """Handle a notice that will not, or not soon, be delivered."""
        if lane.wanted and lane.limits.fallback:
            self._fall(lane, pending)

    def _fall(self, lane: ChannelQueue, pending: Pending) -> None:
        """Hand the notice and all that waits behind it to the fallback."""
        if pending.fell:
            return
        lane.fall(pending)
        self._rescue(pending.notice)
        if lane.out == 1 and pending.fell:
            self._to_look.extend((state, False) for state in lane.all_waiting())

    def _rescue(self, notice: Notification) -> None:
        lane = self._lanes.find(notice.channel)
        other = self._lanes.find(lane.limits.fallback) if lane and lane.wanted else None
        if other is None or other is lane or not other.wanted:
            return
        for item in notice.items:
            state = self._book.find(item.fingerprint)
            if state is not None and item.reason is not NotificationReason.ACKNOWLEDGED:
                place = other.rescued.setdefault(item.fingerprint, set())
                place.add((item.alarm, item.resolved))
                self._to_look.append((state, False))
