"""Silences of a cluster, and which of them mutes an alarm.

A fold. An expired silence is remembered for a while: an alarm that began and ended under it is not
notified afterwards, and a new master must know that, too.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping

from alarminati.core.model.entries import Body, Entry, EntryId, Silence
from alarminati.core.model.fold import LatestByKey
from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.interval_texts import read_interval
from alarminati.core.routing.recurrence import Recurrence

KEPT = 1000  # silences that retention keeps: those that end last, whatever the clock says
MOST = 10_000  # silences; beyond that, those that expired first are forgotten


class Silences:
    """Last silence of each id."""

    def __init__(self) -> None:
        self._latest: LatestByKey[Silence] = LatestByKey()
        self._matchers: dict[str, tuple[Matcher, ...]] = {}
        self._times: dict[str, Recurrence] = {}  # of those with intervals
        self._by_end: list[Silence] = []
        self._ends: list[int] = []  # ends of the same, to find the silences that are not expired

    def __len__(self) -> int:
        return len(self._matchers)

    def apply(self, entry: Entry) -> bool:
        """Fold one entry; return whether it changed anything."""
        body = entry.body
        known = self._latest.get(body.id) if isinstance(body, Silence) else None
        if not isinstance(body, Silence) or not self._latest.put(body.id, entry, body):
            return False
        if known is not None:
            self._take_out(known)
        self._matchers[body.id] = _read(body)
        self._times.pop(body.id, None)
        if body.intervals and self._matchers[body.id]:
            self._times[body.id] = recurrence(body)
        at = bisect_right(self._by_end, _ending(body), key=_ending)
        self._by_end.insert(at, body)
        self._ends.insert(at, body.end_time)
        if len(self._matchers) > MOST:
            self._forget()
        return True

    def _take_out(self, silence: Silence) -> None:
        """Remove a silence from the index by end, because its end may change."""
        at = bisect_left(self._by_end, _ending(silence), key=_ending)
        del self._by_end[at], self._ends[at]

    def _forget(self) -> None:
        """Forget silences, a tenth at a time."""
        for silence in self._by_end[: MOST // 10]:
            self._latest.forget(silence.id)
            del self._matchers[silence.id]
            self._times.pop(silence.id, None)
        del self._by_end[: MOST // 10], self._ends[: MOST // 10]

    def behind(self, body: Body) -> int:
        """Return the stamp of the last entry on the subject; see `Fold`."""
        return self._latest.stamp_of(body.id) if isinstance(body, Silence) else 0

    def alive_ids(self) -> Iterator[EntryId]:
        """Return the entries of the silences that end last: those in force or recently expired."""
        entries = (self._latest.id_of(silence.id) for silence in self._by_end[-KEPT:])
        yield from (entry for entry in entries if entry is not None)

    def find(self, id: str) -> Silence | None:
        """Return the silence of an id, or None."""
        return self._latest.get(id)

    def all(self) -> list[Silence]:
        """Return all remembered silences, expired ones too, by id."""
        return [silence for _, silence in self._latest.items()]

    def active(self, wall: int) -> list[Silence]:
        """Return the silences in force at that time (milliseconds since 1970), by end."""
        first = bisect_right(self._ends, wall)
        return [each for each in self._by_end[first:] if self._mutes_at(each, wall)]

    def _mutes_at(self, silence: Silence, wall: int) -> bool:
        times = self._times.get(silence.id)
        return silence.start_time <= wall and (times is None or times.contains(wall))

    def until(self, silence: Silence, wall: int) -> int:
        """Return when an active silence stops muting, milliseconds since 1970."""
        times = self._times.get(silence.id)
        return silence.end_time if times is None else times.end(wall, silence.end_time)

    def fits(self, silence: Silence, labels: Mapping[str, str]) -> bool:
        """Return whether an alarm with these labels (see `matchers.labels_of`) matches."""
        matchers = self._matchers.get(silence.id, ())
        return bool(matchers) and all(matcher.fits(labels) for matcher in matchers)

    def muting(self, labels: Mapping[str, str], wall: int) -> Silence | None:
        """Return the silence in force that matches and lasts longest, or None."""
        active = reversed(self.active(wall))
        return next((silence for silence in active if self.fits(silence, labels)), None)


def _ending(silence: Silence) -> tuple[int, str]:
    """Return the sort key: by end."""
    return (silence.end_time, silence.id)


def recurrence(silence: Silence) -> Recurrence:
    """Return the times in which a silence mutes, between its start and end. Raises ValueError."""
    return Recurrence(tuple(map(read_interval, silence.intervals)))


def _read(silence: Silence) -> tuple[Matcher, ...]:
    """Return the matchers; none when a part cannot be read, so that nothing is muted by mistake."""
    try:
        recurrence(silence)
        return tuple(Matcher.parse(text) for text in silence.matchers)
    except ValueError:
        return ()
