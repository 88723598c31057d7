"""Removed channels: notices they were still to send, until dead letters name these.

Noted on every replica when the channel is removed, so that a new master finishes what the last one
did not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.channel_queue import ChannelQueue
from alarminati.core.delivery.notification_log import mark_of
from alarminati.core.delivery.planner import DueItem, Evaluation
from alarminati.core.model.entries import NotificationReason

GONE = "the channel was removed"


class Leaving:
    """Changes by removed channel and alarm that no dead letter names yet."""

    def __init__(self) -> None:
        self._owed: dict[str, dict[str, list[DueItem]]] = {}

    def note(self, state: AlarmState, looks: Iterable[tuple[ChannelQueue, Evaluation]]) -> None:
        """Note the changes for channels that are removed; muted changes are left out."""
        for lane, look in looks:
            due = [each for each in look.due if each.reason is not NotificationReason.REMINDER]
            if due:
                self._owed.setdefault(lane.channel, {})[state.fingerprint] = due

    def put_back(self, lane: ChannelQueue, fingerprint: str, due: DueItem) -> None:
        """Note these changes again: their notice could not be written."""
        self._owed.setdefault(lane.channel, {}).setdefault(fingerprint, []).append(due)

    def holds(self, fingerprint: str, lanes: Iterable[ChannelQueue]) -> bool:
        """Return whether a change of this alarm is still to be named."""
        return bool(self._owed) and any(self._left(lane, fingerprint) for lane in lanes)

    def of(self, lane: ChannelQueue) -> Iterator[tuple[str, list[DueItem]]]:
        """Return the changes still to be named for one channel, by alarm."""
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
        """Forget a channel that is configured again."""
        self._owed.pop(channel, None)


def _bit(lane: ChannelQueue, due: DueItem) -> int:
    return mark_of(lane, due.reason, due.resolved)
