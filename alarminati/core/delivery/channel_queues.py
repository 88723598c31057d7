"""All channel queues, and their marks on the reports.

A removed channel keeps its queue: its notices still become dead letters, and if the channel comes
back, old alarms are not notified again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from alarminati.core.bounded.bounds import USUAL, Bounds
from alarminati.core.delivery.attempts import Limits
from alarminati.core.delivery.channel_queue import ChannelQueue
from alarminati.core.delivery.mentions import Mentions
from alarminati.core.delivery.shared_limit import SharedLimit

MARKS = 4  # bits of a queue in `Report.told`


class ChannelQueues:
    """Queues by channel. `limits` has one item for each configured channel."""

    def __init__(self, limits: Mapping[str, Limits], bounds: Bounds = USUAL) -> None:
        self.mentions = Mentions()
        self._bounds = bounds
        self._lanes: dict[str, ChannelQueue] = {}
        self.reconfigure(limits, 0.0, 0.0)

    def __iter__(self) -> Iterator[ChannelQueue]:
        return iter(self._lanes.values())

    def pending(self) -> dict[str, int]:
        """Return how many notices without a final outcome each has."""
        return {lane.channel: len(lane.pending) for lane in self}

    def find(self, channel: str) -> ChannelQueue | None:
        """Return the channel's queue, or None."""
        return self._lanes.get(channel)

    def get(self, channel: str) -> ChannelQueue:
        """Return the channel's queue, also for a removed channel with notices."""
        return self._lanes.get(channel) or self._open(channel, Limits(), wanted=False)

    def reconfigure(
        self, limits: Mapping[str, Limits], now: float, today: float
    ) -> list[ChannelQueue]:
        """Use other channels or limits; return the queues that were closed, whose marks are void.

        Times as in `SharedLimit.inherit`.
        """
        for lane in self._lanes.values():
            limit = limits.get(lane.channel, Limits())
            lane.reconfigure(limit, lane.channel in limits)
        for channel, limit in limits.items():
            if channel not in self._lanes:
                self._open(channel, limit, wanted=True)
        closed = self._close()
        self._settle(now, today)
        for lane in self._lanes.values():
            lane.stands_in_for = tuple(
                other
                for other in self._lanes.values()
                if other.wanted and other is not lane and other.limits.fallback == lane.channel
            )
        return closed

    def _open(self, channel: str, limits: Limits, wanted: bool) -> ChannelQueue:
        taken = {lane.bits[0] for lane in self._lanes.values()}
        first = next(bit for n in range(len(taken) + 1) if (bit := 1 << MARKS * n) not in taken)
        bits = (first, first << 1, first << 2, first << 3)
        lane = ChannelQueue(channel, limits, bits, wanted, self.mentions, self._bounds.ahead)
        self._lanes[channel] = lane
        return lane

    def _settle(self, now: float, today: float) -> None:
        """Give queues with equal `shares` one limit."""
        together: dict[tuple[str, str], list[ChannelQueue]] = {}
        for lane in self:
            shares = lane.limits.shares
            together.setdefault((shares, "" if shares else lane.channel), []).append(lane)
        made = [SharedLimit(lanes) for lanes in together.values()]
        for place in made:
            left = {id(lane.place): lane.place for lane in place.lanes}
            place.inherit(list(left.values()), now, today)
        for place in made:
            for lane in place.lanes:
                lane.place = place

    def _close(self) -> list[ChannelQueue]:
        excess = len(self._lanes) - self._bounds.lanes
        spare = [lane for lane in self if not (lane.wanted or lane.pending or lane.planned)]
        closed = spare[: max(0, excess)]
        for lane in closed:
            del self._lanes[lane.channel]
        return closed
