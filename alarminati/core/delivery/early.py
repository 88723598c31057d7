"""Early sends: notices that are sent while they are written.

The key of a notice about one alarm does not depend on its entry, so a successor that never sees the
notice sends it under the same key. A notice that is sent early waits `HOLD` seconds for the answer:
then one commit serves both notice and outcome.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from alarminati.core.model.entries import Body, DeliveryAttempt, EntryId, Notification

HOLD = 0.03  # seconds that a notice waits for its outcome before it is written alone


def unwritten(notice: Notification) -> EntryId:
    """Return the id of a notice that is not written yet.

    An outcome with such an id is written behind the notice, and gets the true id then.
    """
    return EntryId(notice.key, 0)


class EarlySends:
    """Notices of one replica that are sent, and not on its disk yet, by key."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[float, Notification]] = {}  # with the end of the wait
        # outcome, and whether it waits for the notice; None: the attempt is in flight
        self._tried: dict[str, tuple[DeliveryAttempt, bool] | None] = {}
        self._ready: list[Body] = []

    def __contains__(self, key: str) -> bool:
        return key in self._tried

    def __len__(self) -> int:
        return len(self._held) + len(self._tried) + len(self._ready)

    def begin(self, notice: Notification, now: float) -> None:
        """Take note that the first attempt of this notice begins."""
        self._held[notice.key] = (now + HOLD, notice)
        self._tried[notice.key] = None

    def release(self, channel: str) -> Iterator[Notification]:
        """Take the notices of a channel that must be written before its next one."""
        for key, (_, notice) in list(self._held.items()):
            if notice.channel == channel:
                del self._held[key]
                yield notice

    def answered(self, key: str, outcome: DeliveryAttempt) -> list[Body]:
        """Return what to write once an attempt has ended: an outcome never precedes its notice."""
        if outcome.notification.sequence:
            return [outcome]
        _, notice = self._held.pop(key, (0.0, None))
        self._tried[key] = (outcome, notice is None)
        return [notice, outcome] if notice is not None else []

    def written(self, key: str, id: EntryId) -> DeliveryAttempt | None:
        """Take note that this notice, or its twin of another master, is on disk.

        Returns the outcome of the attempt if that has ended already.
        """
        self._held.pop(key, None)  # one of twins is enough
        found = self._tried.pop(key, None)
        if found is None:
            return None
        outcome, waits = found
        if waits:
            self._ready.append(replace(outcome, notification=id))
        return outcome

    def due(self, now: float) -> list[Body]:
        """Return the notices that waited long enough, and outcomes that waited for a notice."""
        bodies, self._ready = self._ready, []
        for key, (until, notice) in list(self._held.items()):
            if now >= until:
                del self._held[key]
                bodies.append(notice)
        return bodies

    @property
    def next(self) -> float | None:
        """Return when `due` has more without an event; None: never."""
        return min((until for until, _ in self._held.values()), default=None)
