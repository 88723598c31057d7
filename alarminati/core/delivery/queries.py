"""Queries about deliveries, for people and shells; they change nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.channel_health import ChannelStatus
from alarminati.core.delivery.channel_queues import ChannelQueues
from alarminati.core.delivery.dead_letters import DeadLetter
from alarminati.core.delivery.decisions import Decision, decide
from alarminati.core.delivery.explanations import Explanation, explain, explain_new
from alarminati.core.delivery.leaving import Leaving
from alarminati.core.delivery.notification_log import NotificationLog
from alarminati.core.delivery.planner import NotificationPlanner
from alarminati.core.delivery.scheduler import Scheduler
from alarminati.core.model.entries import Alarm, EntryId
from alarminati.core.routing.muting import Muted


class DeliveryQueries:
    """Queries on the outbox of one replica, evaluated at most `looks` alarms at once."""

    def __init__(
        self,
        book: AlarmBook,
        lanes: ChannelQueues,
        record: NotificationLog,
        lookout: Scheduler,
        leaving: Leaving,
        looks: int,
    ) -> None:
        self._book = book
        self._lanes = lanes
        self._record = record
        self._lookout = lookout
        self._leaving = leaving
        self._looks = looks

    @property
    def _planner(self) -> NotificationPlanner:
        return self._lookout.claims

    def waiting(self) -> Counter[str]:
        """Return how many alarms wait, by channel; a standby knows only those in notices."""
        return Counter({one.channel: one.alarms_waiting() for one in self._lanes if one.wanted})

    def under_way(self) -> Counter[str]:
        """Return how many alarms are in notices without a final outcome, by channel."""
        return Counter({lane.channel: lane.alarms_under_way() for lane in self._lanes})

    def owed(self, now: float, wall: int) -> Iterator[Counter[str]]:
        """Count the alarms to notify now, by channel, a few at a time."""
        states = self._book.states()
        for at in range(0, len(states), self._looks):
            yield self._planner.count(states[at : at + self._looks], self._lanes, now, wall)

    @property
    def dead_forgotten(self) -> int:
        """Return how many dead letters were dropped for newer ones since the start."""
        return self._record.dead.forgotten

    def dead_letters(self, channel: str = "") -> Iterator[DeadLetter]:
        """Return the dead letters, oldest first; with `channel`, those of one channel."""
        return (letter for letter in self._record.dead if channel in ("", letter.channel))

    def dead_letter(self, id: EntryId) -> DeadLetter | None:
        """Return the dead letter of that notice, or None."""
        return self._record.dead.get(id)

    def status(self, channel: str, wall: int) -> ChannelStatus:
        """Return how a channel fares at that time, by the journal."""
        lane = self._lanes.find(channel)
        return lane.status(wall) if lane else ChannelStatus()

    def owes(self, channel: str) -> bool:
        """Return whether a removed channel has changes that are no dead letters yet."""
        lane = self._lanes.find(channel)
        return lane is not None and bool(
            lane.pending or lane.planned or next(self._leaving.of(lane), None)
        )

    def receipt(self, channel: str, fingerprint: str) -> str:
        """Return the vendor's id of the newest message about this alarm alone, in this episode;
        empty when there is none, or the vendor gave none."""
        return self._record.receipt(channel, fingerprint)

    def on_purpose(self, channel: str, fingerprint: str, moment: int, begins: bool) -> float:
        """Return the seconds by which settings or people delay a notice to that channel of an
        event at `moment`; infinite: the alarm was muted without a known end."""
        state, lane = self._book.find(fingerprint), self._lanes.find(channel)
        return self._planner.on_purpose(state, lane, moment, begins) if state and lane else 0.0

    def reaches(self, state: AlarmState, channel: str, wall: int) -> bool:
        """Return whether a notice of a firing alarm goes to that channel at that time."""
        lane = self._lanes.find(channel)
        return lane is not None and self._planner.reaches(state, lane, wall)

    def mutes(self, state: AlarmState, wall: int) -> list[Muted]:
        """Return all that mutes a firing alarm on every channel at that time."""
        return self._planner.mutes(state, wall) if state.firing else []

    def explain(self, state: AlarmState, project: str, now: float, wall: int) -> Explanation:
        """Return the explanation of an alarm that is kept; `project` is the cluster's own."""
        return explain(self._planner, state, self._lanes, project, now, wall)

    def explain_new(self, alarm: Alarm, project: str, wall: int) -> Explanation:
        """Return the explanation of an alarm that would begin to fire at that time."""
        return explain_new(self._planner, alarm, self._lanes, project, wall)

    def decisions(self, state: AlarmState, now: float, wall: int) -> list[Decision]:
        """Return why each channel is notified of the alarm now, or is not."""
        return list(decide(self._planner, state, self._lanes, now, wall))
