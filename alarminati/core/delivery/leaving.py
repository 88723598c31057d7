"""Leaving: what was owed to channels that were removed, until dead letters name it.

Noted on every replica when the channel goes, so that a new master finishes what the last one did
not get to.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alarminati.core.alarms.book import AlarmState
from alarminati.core.delivery.channel_queue import Lane
from alarminati.core.delivery.notification_log import mark_of
from alarminati.core.delivery.planner import Due, Look
from alarminati.core.model.entries import Occasion

GONE = "the channel was removed"


class Leaving:
    """By channel and alarm, what its channel was to be told."""

    def __init__(self) -> None:
        self._owed: dict[str, dict[str, list[Due]]] = {}

    def note(self, state: AlarmState, looks: Iterable[tuple[Lane, Look]]) -> None:
        """These channels go; what is muted is not told them either."""
        for lane, look in looks:
            due = [each for each in look.due if each.occasion is not Occasion.REPEATED]
            if due:
                self._owed.setdefault(lane.channel, {})[state.fingerprint] = due

    def put_back(self, lane: Lane, fingerprint: str, due: Due) -> None:
        """What names it could not be written."""
        self._owed.setdefault(lane.channel, {}).setdefault(fingerprint, []).append(due)

    def holds(self, fingerprint: str, lanes: Iterable[Lane]) -> bool:
        """Whether something about this alarm is still to be named."""
        return bool(self._owed) and any(self._left(lane, fingerprint) for lane in lanes)

    def of(self, lane: Lane) -> Iterator[tuple[str, list[Due]]]:
        """What is still to be named for one channel, by alarm."""
        for fingerprint in list(self._owed.get(lane.channel, ())):
            if left := self._left(lane, fingerprint):
                yield fingerprint, left

    def _left(self, lane: Lane, fingerprint: str) -> list[Due]:
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


def _bit(lane: Lane, due: Due) -> int:
    return mark_of(lane, due.occasion, due.resolved)
