"""Notification log: folds notices and outcomes.

A fold, on every replica: it marks reports as notified, knows what is still to be sent, and keeps
dead letters. The `planner` decides what ought to be sent.
"""

from __future__ import annotations

from collections.abc import Callable

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.episodes import DeliveryState, Repeat
from alarminati.core.alarms.state import AlarmState
from alarminati.core.bounded.bounded_map import BoundedMap
from alarminati.core.bounded.bounds import USUAL, Bounds
from alarminati.core.delivery.attempts import Attempt, for_all
from alarminati.core.delivery.channel_queue import ChannelQueue, Pending
from alarminati.core.delivery.channel_queues import ChannelQueues
from alarminati.core.delivery.dead_letters import DeadLetter, DeadLetters
from alarminati.core.model.entries import (
    DeadLetterDiscard,
    DeliveryAttempt,
    DeliveryCause,
    Entry,
    EntryId,
    Notification,
    NotificationItem,
    NotificationReason,
    Result,
)
from alarminati.core.model.hlc import milliseconds

ELSEWHERE = 5.0  # seconds; the outcome of another replica's notice follows soon
# of two results the higher one counts
STANDING = {Result.RETRY: 0, Result.FAILED: 1, Result.DELIVERED: 2}


class NotificationLog:
    """Fold of notices and outcomes.

    `begun` is called when the first notice for a channel is seen; `troubled` when a notice will
    not, or not soon, be delivered.
    """

    def __init__(
        self,
        book: AlarmBook,
        lanes: ChannelQueues,
        begun: Callable[[ChannelQueue], None],
        troubled: Callable[[ChannelQueue, Pending], None],
        bounds: Bounds = USUAL,
    ) -> None:
        self.dead = DeadLetters(lanes.mentions, bounds)
        most = bounds.closed_bytes + bounds.unsaid_bytes // 2
        self.dead.heavy = lambda: book.closed_bytes > most
        self._bounds = bounds
        self._book = book
        self._lanes = lanes
        self._begun = begun
        self._troubled = troubled
        self._tellings: dict[EntryId, DeliveryState] = {}
        self._finished: BoundedMap[str, DeliveryState] = BoundedMap(bounds.finished)
        self._early: BoundedMap[EntryId, tuple[Entry, ...]] = BoundedMap(bounds.early)
        book.released = self._drop

    def __len__(self) -> int:
        return len(self._tellings)

    def noticed(self, entry: Entry, notice: Notification, now: float) -> Pending | None:
        """Fold a notice; return what is now to be sent, unless the notice was known."""
        lane = self._lanes.get(notice.channel)
        planned = lane.unplan(notice.key)
        twin = lane.pending.get(notice.key)
        telling = twin.telling if twin else self._finished.get(notice.key)
        pending = None
        if telling is None or telling.channel != notice.channel:
            alone = len({item.fingerprint for item in notice.items}) == 1
            reminder = all(item.reminder_number for item in notice.items)
            telling = DeliveryState(
                *(lane.channel, (entry.id,)), key=notice.key, alone=alone, reminder=reminder
            )
            pending = Pending(entry.id, notice, telling, now)
            lane.add(
                entry.order, pending, now if planned or notice.dead_letter else now + ELSEWHERE
            )
        else:
            telling.notices += (entry.id,)
        if entry.stamp > telling.stamp:
            telling.stamp, telling.heard = entry.stamp, now
        self._tellings[entry.id] = telling
        if not lane.used:
            self._begun(lane)
        self._mark(lane, notice, telling, entry.stamp)
        if notice.dead_letter:
            self._over(notice.dead_letter)
        for outcome in self._early.pop(entry.id) or ():
            assert isinstance(outcome.body, DeliveryAttempt)
            self.ended(outcome, outcome.body)
        self.dead.settle(telling)
        self._drop(telling)
        return pending

    def _decided(self, notice: Notification, stamp: int) -> int:
        """Return the stamp before which all items of the notice were reported."""
        first = self._tellings.get(notice.dead_letter) if notice.dead_letter else None
        return min(first.stamp, stamp) if first else stamp

    def _over(self, id: EntryId) -> None:
        self.dead.over(id)
        if (telling := self._tellings.get(id)) is not None:
            self.dead.settle(telling)
            self._drop(telling)

    def discarded(self, entry: Entry, discard: DeadLetterDiscard) -> None:
        """Fold a discard; it is kept for as long as the outcomes of its notices."""
        for id in discard.notifications:
            if (telling := self._tellings.get(id)) is not None:
                telling.outcomes = (*telling.outcomes, entry.id)[-self._bounds.outcomes :]
            self._over(id)

    def _mark(
        self, lane: ChannelQueue, notice: Notification, telling: DeliveryState, stamp: int
    ) -> None:
        """Set the marks of the notice on every alarm."""
        repeats: dict[int, Repeat] = {}
        decided = self._decided(notice, stamp)
        for item in notice.items:
            named = self._book.tell(item, mark(lane, item), telling, decided)
            lane.reached = max(lane.reached, named)
            if lane.rescued and (rescued := lane.rescued.get(item.fingerprint)):
                rescued.discard((item.alarm, item.resolved))
                if not rescued:
                    del lane.rescued[item.fingerprint]
            state = self._book.find(item.fingerprint) if item.reminder_number else None
            if state is not None:
                repeat = repeats.setdefault(
                    item.reminder_number,
                    Repeat(
                        *(lane.channel, item.reminder_number, stamp),
                        *(telling.heard, telling.arrival),
                    ),
                )
                state.note_repeat(item.alarm, repeat)

    def ended(self, entry: Entry, outcome: DeliveryAttempt) -> None:
        """Fold the outcome of an attempt."""
        telling = self._tellings.get(outcome.notification)
        if telling is None:
            early = self._early.get(outcome.notification) or ()
            self._early.put(outcome.notification, (*early, entry))
            return
        telling.outcomes = (*telling.outcomes, entry.id)[-self._bounds.outcomes :]
        lane = self._lanes.get(telling.channel)
        moment = milliseconds(entry.stamp)
        lane.place.spent.take(moment / 1000)
        lane.asked(moment, outcome.retry_after, for_all(outcome.result, outcome.cause))
        lane.health.note(moment, outcome)
        pending = lane.pending.get(telling.key)
        if pending is not None:
            pending.attempts = max(pending.attempts, outcome.attempt)
        if outcome.result is Result.DELIVERED and telling.alone and outcome.message_id:
            telling.receipt = outcome.message_id
        telling.cause = outcome.cause
        if STANDING[outcome.result] > STANDING[telling.result]:
            self._conclude(lane, telling, entry, outcome)
        if pending is not None and hopeless(telling):
            self._troubled(lane, pending)

    def _conclude(
        self, lane: ChannelQueue, telling: DeliveryState, entry: Entry, outcome: DeliveryAttempt
    ) -> None:
        telling.result = outcome.result
        first = telling.notices[0]
        if telling.key:
            pending = lane.remove(telling.key)
            self._finished.put(telling.key, telling)
            telling.key = ""
            if pending is not None and outcome.result is Result.FAILED:
                letter = DeadLetter(
                    first, pending.notice, entry.stamp, outcome.detail, telling, outcome.cause
                )
                for gone in self.dead.add(letter):
                    self._drop(gone.telling)
        self.dead.settle(telling)
        self._drop(telling)

    def id_of(self, attempt: Attempt) -> EntryId:
        """Return the id of the attempt's notice, by now; of a twin if that is finished already."""
        twin = None if attempt.id.sequence else self._finished.get(attempt.notice.key)
        return twin.notices[0] if twin else attempt.id

    def receipt(self, channel: str, fingerprint: str) -> str:
        """Return what `DeliveryQueries.receipt` returns."""
        state = self._book.find(fingerprint)
        for telling in reversed(state.tellings if state else ()):
            if telling.channel == channel and telling.receipt and state is not None:
                return telling.receipt if telling.arrival >= state.arrival else ""
        return ""

    def forget(self, state: AlarmState) -> None:
        """Drop an alarm that the book has forgotten."""
        for telling in state.tellings:
            telling.alarms -= 1
            self._drop(telling)

    def _drop(self, telling: DeliveryState) -> None:
        """Forget a delivery state that is not needed any longer."""
        if telling.alarms or not telling.final or telling.notices[0] in self.dead:
            return
        for id in telling.notices:
            self._tellings.pop(id, None)


def story(state: AlarmState) -> tuple[EntryId, ...]:
    """Return the entries of an alarm: reports, actions, then notices with outcomes."""
    reports = [report.id for report in state.reports]
    seen = [EntryId(*order[1:]) for order, _ in state.actions]
    told = [id for each in state.tellings for id in (*each.notices, *each.outcomes)]
    return (*reports, *seen, *told)


def mark(lane: ChannelQueue, item: NotificationItem) -> int:
    """Return the bit of a channel for a change."""
    return mark_of(lane, item.reason, item.resolved)


def mark_of(lane: ChannelQueue, reason: NotificationReason, resolved: bool) -> int:
    """Return the bit of a channel for an item that is to be sent."""
    return lane.bits[2] if reason is NotificationReason.ACKNOWLEDGED else lane.bits[resolved]


def hopeless(telling: DeliveryState) -> bool:
    """Return whether waiting will not help, or not for long."""
    if telling.result is Result.FAILED:
        return True
    return not telling.final and telling.cause in (
        DeliveryCause.QUOTA_EXCEEDED,
        DeliveryCause.MISCONFIGURED,
    )
