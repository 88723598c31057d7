"""Leaving: what was owed to channels that were removed, until dead letters name it.

Noted on every replica when the channel goes, so that a new master finishes what the last one did
not get to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alarminati.core.alarms.book import AlarmState
from alarminati.core.delivery.channel_queue import ChannelQueue
from alarminati.core.delivery.notification_log import mark_of
from alarminati.core.delivery.planner import DueItem, Evaluation
from alarminati.core.model.entries import Occasion

GONE = "the channel was removed"


class Leaving:
    """By channel and alarm, what its channel was to be told."""

    def __init__(self) -> None:
        self._owed: dict[str, dict[str, list[DueItem]]] = {}

    def note(self, state: AlarmState, looks: Iterable[tuple[ChannelQueue, Evaluation]]) -> None:
        """These channels go; what is muted is not told them either."""
        for lane, look in looks:
            due = [each for each in look.due if each.occasion is not Occasion.REPEATED]
            if due:
                self._owed.setdefault(lane.channel, {})[state.fingerprint] = due

    def put_back(self, lane: ChannelQueue, fingerprint: str, due: DueItem) -> None:
        """What names it could not be written."""
        self._owed.setdefault(lane.channel, {}).setdefault(fingerprint, []).append(due)

    def holds(self, fingerprint: str, lanes: Iterable[ChannelQueue]) -> bool:
        """Whether something about this alarm is still to be named."""
        return bool(self._owed) and any(self._left(lane, fingerprint) for lane in lanes)

    def of(self, lane: ChannelQueue) -> Iterator[tuple[str, list[DueItem]]]:
        """What is still to be named for one channel, by alarm."""
        for fingerprint in list(self._owed.get(lane.channel, ())):
            if left := self._left(lane, fingerprint):
                yield fingerprint, left

    def _left(self, lane: ChannelQueue, fingerprint: str) -> list[DueItem]:
        owed = self._owed.get(lane.channel, {})
        left = [due for due in owed.get(fingerprint, ()) if not due.report.told & _bit(lane, due)]
        if not left and fingerprint in owed:
            del owed[fingerprint]
            if not owed:
                del self._owed[lane.channel]
        return left

    def forget(self, channel: str) -> None:
        """It is back, and owed as ever."""
        self._owed.pop(channel, None)


def _bit(lane: ChannelQueue, due: DueItem) -> int:
    return mark_of(lane, due.occasion, due.resolved)
