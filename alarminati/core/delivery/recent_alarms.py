"""Alarms that a start must know with all their entries, and what it knows beforehand of channels.

Part of the outbox, for `journal.checkpoint`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.channel_queues import ChannelQueues
from alarminati.core.delivery.notification_log import story
from alarminati.core.delivery.planner import NotificationPlanner
from alarminati.core.model.entries import EntryId


class RecentAlarms:
    """Alarms of a book, and what its channels were notified of."""

    def __init__(
        self, book: AlarmBook, lanes: ChannelQueues, claims: Callable[[], NotificationPlanner]
    ) -> None:
        """`claims` gives the planner of the settings at that moment."""
        self._book = book
        self._lanes = lanes
        self._claims = claims

    def parts(self, horizon: int) -> Iterator[Iterable[EntryId]]:
        """Yield all entries of the alarms that fire, were heard of since that stamp, or are owed.

        The alarm that arrived last of those notified comes for each channel, too: see
        `ChannelQueue.reached`.
        """
        reached: dict[str, tuple[int, AlarmState]] = {}
        for state in self._book.states():
            if state.firing or _heard_of(state) >= horizon or self._owes(state):
                yield story(state)
            for lane in self._lanes:
                told = (each.arrival for each in state.reports if each.told & sum(lane.bits[:3]))
                latest = max(told, default=0)
                if latest > reached.get(lane.channel, (0, state))[0]:
                    reached[lane.channel] = (latest, state)
        yield from [story(state) for _, state in reached.values()]

    def _owes(self, state: AlarmState) -> bool:
        """Return whether a change has no notice, though it be muted or long ago: clocks, silences
        and settings may be others after a start."""
        claims = self._claims()
        claims.unforgiving = True
        try:
            return claims.owes(state, self._lanes)
        finally:
            claims.unforgiving = False

    @property
    def used(self) -> tuple[str, ...]:
        """Return the channels for which there was any notice."""
        return tuple(lane.channel for lane in self._lanes if lane.used)

    @property
    def configured(self) -> tuple[str, ...]:
        """Return the channels that are configured."""
        return tuple(lane.channel for lane in self._lanes if lane.wanted)

    def resume(self, channels: Iterable[str]) -> None:
        """Begin where notices for these channels were folded already."""
        for channel in channels:
            lane = self._lanes.get(channel)
            lane.used, lane.fresh = True, False


def _heard_of(state: AlarmState) -> int:
    """Return the stamp of the last entry about an alarm."""
    said = [order[0] for order, _ in state.actions]
    told = [telling.stamp for telling in state.tellings]
    return max(0, *said, *told, state.reports[-1].stamp)
