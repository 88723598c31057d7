"""Alarm book: which alarms fire, since when, how often, and who acknowledged them.

A fold over entries. Entries may come late, twice and in any order, and the state is the same.
Therefore every replica, and every client, can trust its own copy.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Container, Iterator

from alarminati.core.alarms.acts import (
    with_action,
)
from alarminati.core.alarms.episodes import (
    DeliveryState,
    Report,
    place,
    stand_in,
    superseded,
    superseded_reminder,
    thin,
)
from alarminati.core.alarms.index import AlarmIndex, ListOrder
from alarminati.core.alarms.state import AlarmState
from alarminati.core.bounded.bounded_map import BoundedMap, SequenceSet
from alarminati.core.bounded.bounds import USUAL, Bounds
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    Entry,
    EntryId,
    NotificationItem,
    Order,
)

FAR = 4  # times `Bounds.tellings`: notices other than reminders may be so many
OVER = "\0over"  # pseudo source of resolved alarms


class AlarmBook:
    """Fold of entries into alarms within `bounds`: beyond these, repeats are counted and old
    episodes forgotten. Episodes with a report that is `unsaid` are joined instead."""

    def __init__(self, bounds: Bounds = USUAL) -> None:
        self.bounds = bounds
        self.index: AlarmIndex[AlarmState] = AlarmIndex()
        self.unsaid: Callable[[AlarmState], Container[Order]] = lambda state: ()
        """Orders of the reports whose change has no notice yet."""
        self.released: Callable[[DeliveryState], None] = lambda telling: None
        """Called with a delivery state to which one alarm less refers."""
        self._open: dict[str, AlarmState] = {}
        self._closed: OrderedDict[str, AlarmState] = OrderedDict()
        self._seen = SequenceSet()
        self._early: BoundedMap[EntryId, list[tuple[str, int, DeliveryState]]] = BoundedMap(
            bounds.early
        )
        self._spare: deque[AlarmState] = deque()
        self._last: Entry | None = None
        self.arrivals = 0  # reports so far: the newest has this arrival
        self._referred: tuple[object, object, tuple[DeliveryState, ...]] = (None, None, ())
        self._turned: AlarmState | None = None
        self.firing_bytes = self.closed_bytes = 0
        self._firing_from: dict[str, int] = {}
        self.collapsed = 0  # episodes forgotten because one alarm had too many

    def __len__(self) -> int:
        return len(self._open) + len(self._closed)

    @property
    def firing_count(self) -> int:
        """Return how many alarms fire."""
        return len(self._open)

    @property
    def closed_count(self) -> int:
        """Return how many resolved alarms are remembered."""
        return len(self._closed)

    def firing_count_of(self, source: str) -> int:
        """Return how many firing alarms began at that source."""
        return self._firing_from.get(source or "?", 0)

    def fires(self, fingerprint: str) -> bool:
        """Return whether that alarm fires."""
        return fingerprint in self._open

    def _count(self, state: AlarmState, size: int, where: str) -> None:
        """Count the alarm and the bytes of its reports at a place, no longer at the old one."""
        if state.where == OVER:
            self.closed_bytes -= state.size
        elif state.where:
            self.firing_bytes -= state.size
            self._firing_from[state.where] -= 1
        state.where, state.size = where, size
        if where == OVER:
            self.closed_bytes += size
        elif where:
            self.firing_bytes += size
            self._firing_from[where] = self._firing_from.get(where, 0) + 1

    def apply(self, entry: Entry) -> AlarmState | None:
        """Fold one entry; return the alarm that it changed, or None."""
        self._last, self._turned = entry, None
        if not self._seen.add(entry.origin, entry.sequence):
            return None
        body = entry.body
        if isinstance(body, Alarm):
            return self._report(entry, body)
        if isinstance(body, Action):
            return self._act(entry, body)
        return None

    def _report(self, entry: Entry, alarm: Alarm) -> AlarmState | None:
        state = self._state(alarm.fingerprint())
        new = not state.reports
        self.arrivals += 1
        report = Report(entry, alarm, self.arrivals)
        worst, close = state.worst, state.close
        turned = state.go_on(report) if place(state.reports, report) else state.work_out()
        if turned or new:
            self._settle(state)
            self.index.move(state, worst, close)
        where = (state.opening.source or "?") if state.firing else OVER
        self._count(state, state.size + report.size, where)
        if turned:
            self._turned = state
        if len(self._early):
            self._tell_early(state, report)
        if len(state.reports) > 2:
            self._make_room(state)
        return state if state.first is not None else None

    def _settle(self, state: AlarmState) -> None:
        """Store the alarm among those that fire, or as the newest resolved one."""
        if state.firing:
            if state.fingerprint in self._closed:
                del self._closed[state.fingerprint]
            self._open[state.fingerprint] = state
        else:
            self._open.pop(state.fingerprint, None)
            self._closed[state.fingerprint] = state
            self._closed.move_to_end(state.fingerprint)

    def _make_room(self, state: AlarmState) -> None:
        if len(state.reports) > self.bounds.reports:
            self._thin(state, self.bounds.reports * 3 // 4)
        self._spare.append(state)
        while self._spare and (len(self._spare) > self.bounds.spare or self._heavy):
            crowded = self._spare.popleft()
            self._thin(crowded, max(2, len(crowded.reports) - 1))

    def _thin(self, state: AlarmState, size: int) -> None:
        self.collapsed += thin(state.reports, size, self.unsaid(state))
        self._count(state, sum(report.size for report in state.reports), state.where)

    @property
    def _heavy(self) -> bool:
        """Return whether the bytes exceed their bound: repeats and old episodes are dropped."""
        over = self.closed_bytes > self.bounds.closed_bytes
        return over or self.firing_bytes > self.bounds.firing_bytes

    def _state(self, fingerprint: str) -> AlarmState:
        """Return the alarm, or a new one that is to be settled."""
        state = self._open.get(fingerprint) or self._closed.get(fingerprint)
        return state or AlarmState(fingerprint)

    def _act(self, entry: Entry, body: Action) -> AlarmState | None:
        """Fold an action on one or more alarms; return the last one that it changed."""
        changed = None
        for fingerprint in body.fingerprints:
            state = self._state(fingerprint)
            before = state.acknowledgement
            state.actions = with_action(state.actions, entry.order, body, self.bounds)
            if state.first is None:
                self._settle(state)  # it came before its report: remember it for a while
            if state.acknowledgement is not before:
                changed = state
        return changed

    def turned(self, entry: Entry) -> AlarmState | None:
        """Return the alarm whose episode this entry, applied last, began, worsened or ended."""
        if self._last is not entry:
            raise ValueError(f"{entry.id} is not the entry that was applied last")
        return self._turned

    def behind(self, body: Body) -> int:
        """Return the stamp of the last entry on the alarm that `body` is about, or 0."""
        if not isinstance(body, Alarm | Action):
            return 0
        about = (body.fingerprint(),) if isinstance(body, Alarm) else body.fingerprints
        return max((self._last_stamp(fingerprint) for fingerprint in about), default=0)

    def _last_stamp(self, fingerprint: str) -> int:
        state = self._open.get(fingerprint) or self._closed.get(fingerprint)
        if state is None:
            return 0
        said = [order[0] for order, _ in state.actions]
        return max(*said, state.reports[-1].stamp if state.reports else 0, 0)

    def find(self, fingerprint: str) -> AlarmState | None:
        """Return the alarm with this identity, if it ever fired and is remembered."""
        state = self._open.get(fingerprint) or self._closed.get(fingerprint)
        return state if state is not None and state.first is not None else None

    def forgotten(self, report: EntryId, fingerprint: str) -> bool:
        """Return whether the alarm was known here and was dropped after all its notices."""
        return report in self._seen and self.find(fingerprint) is None

    def states(self, *, resolved: bool = True) -> list[AlarmState]:
        """Return the firing alarms, with `resolved` all that ever fired; unsorted, hence fast."""
        over = self._closed.values() if resolved else ()
        return [*self._open.values(), *(state for state in over if state.first is not None)]

    def firing(self) -> Iterator[AlarmState]:
        """Return the firing alarms by their begin, in the same order on every replica."""
        return iter(sorted(self._open.values(), key=lambda state: state.opening.order))

    def firing_from(self, sources: Container[str], *, timed: bool = False) -> Iterator[AlarmState]:
        """Return the alarms whose first or last report came from that source, with `timed` also
        those resolved by their own ttl; fast while 100,000 others fire."""
        found = [
            state
            for state in self._open.values()
            if state.opening.source in sources
            or state.reports[-1].source in sources
            or (timed and state.reports[-1].ttl)
        ]
        return iter(sorted(found, key=lambda state: state.opening.order))

    def newest(self, *, resolved: bool = True) -> list[AlarmState]:
        """Return the firing alarms, with `resolved` all that ever fired, newest change first."""
        order = ListOrder.CHANGED
        found = self.index.before(None, len(self), order=order, resolved=resolved)
        return [state for _, state in found]

    def remembered(self) -> Iterator[AlarmState]:
        """Return every alarm that ever fired, firing ones included, by their begin."""
        closed = [state for state in self._closed.values() if state.first is not None]
        return iter(sorted([*self._open.values(), *closed], key=lambda each: each.opening.order))

    def shed(self, settled: Callable[[AlarmState], bool], looks: int) -> list[AlarmState]:
        """Forget resolved alarms, oldest first, if there are too many and they are settled.

        A call looks at a bounded number of alarms. One that is not settled stays and is looked at
        again in its turn. So call this for every entry, and the work stays small.
        """
        gone: list[AlarmState] = []
        for _ in range(looks):
            many = len(self._closed) > self.bounds.closed
            if not self._closed or not (many or self.closed_bytes > self.bounds.closed_bytes):
                break
            fingerprint, state = self._closed.popitem(last=False)
            if settled(state):
                self._count(state, 0, "")
                self.index.remove(state)
                gone.append(state)
            else:
                self._closed[fingerprint] = state
        return gone

    def tell(self, item: NotificationItem, bit: int, telling: DeliveryState, stamp: int) -> int:
        """Note that a notice of that stamp names this report; `bit` is the channel's mark.

        Returns the report's arrival; 0 when the report is unknown, or not here yet.
        """
        state = self._open.get(item.fingerprint) or self._closed.get(item.fingerprint)
        report = state.report(item.alarm) if state else None
        if report is None and item.alarm not in self._seen:
            early = self._early.get(item.alarm) or []
            self._early.put(item.alarm, [*early, (item.fingerprint, bit, telling)])
            telling.alarms += 1  # the notice waits for this report
            return 0
        if state is None or not state.reports:
            return 0
        report = report or stand_in(state.reports, item, stamp)
        self.refer(state, telling)
        if report is None:
            return 0
        report.told |= bit
        return report.arrival

    def refer(self, state: AlarmState, telling: DeliveryState) -> None:
        """Remember that this delivery state is about this alarm."""
        if telling in state.tellings:
            return
        telling.alarms += 1
        telling.arrival = self.arrivals
        before, last, after = self._referred
        if before is not state.tellings or last is not telling:
            after = (*state.tellings, telling)
            self._referred = (state.tellings, telling, after)
        state.tellings = after  # shared by the alarms of a digest with equal notices before
        if len(state.tellings) > self.bounds.tellings:
            self._release(state)

    def _release(self, state: AlarmState) -> None:
        """Forget a reminder that others followed: what it marked, other notices mark, too. Far
        beyond the bound, forget the oldest notice."""
        tellings = list(state.tellings)
        oldest = superseded_reminder(tellings)
        if oldest is None:
            if len(tellings) <= self.bounds.tellings * FAR:
                return
            oldest = superseded(tellings)
        gone = tellings.pop(oldest)
        gone.alarms -= 1
        state.tellings = tuple(tellings)
        self.released(gone)

    def _tell_early(self, state: AlarmState, report: Report) -> None:
        for fingerprint, bit, telling in self._early.pop(report.id) or ():
            telling.alarms -= 1
            if fingerprint == state.fingerprint:
                report.told |= bit
                self.refer(state, telling)
