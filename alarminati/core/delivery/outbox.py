"""Outbox: which notices are to be sent, to which channel and when.

A fold like the book, on every replica; only the master plans and sends. Entries, settings and time
alone decide. A notice is written before it is sent, or while it is (`early`): a new master goes on
with the same keys. Marks on the reports (`Report.told`) say what notices named.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain

from alarminati.core.alarms.acts import ACKNOWLEDGING
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.episodes import Repeat
from alarminati.core.alarms.state import AlarmState
from alarminati.core.bounded.bounded_map import SequenceSet
from alarminati.core.bounded.bounds import USUAL, Bounds
from alarminati.core.delivery.attempts import Attempt, Limits, Verdict, for_all, key_of
from alarminati.core.delivery.channel_queue import ChannelQueue, Pending
from alarminati.core.delivery.channel_queues import ChannelQueues
from alarminati.core.delivery.early import EarlySends
from alarminati.core.delivery.leaving import GONE, Leaving
from alarminati.core.delivery.notification_log import NotificationLog, mark, story
from alarminati.core.delivery.planner import DueItem, NotificationPlanner, pass_over
from alarminati.core.delivery.queries import DeliveryQueries
from alarminati.core.delivery.recent_alarms import RecentAlarms
from alarminati.core.delivery.room import DeliveryRoom
from alarminati.core.delivery.scheduler import Scheduler
from alarminati.core.model.entries import (
    Action,
    Alarm,
    DeadLetterDiscard,
    DeliveryAttempt,
    DeliveryCause,
    Entry,
    EntryId,
    Notification,
    NotificationItem,
    Order,
    Result,
    Silence,
)
from alarminati.core.model.hlc import COUNTER_BITS, milliseconds
from alarminati.core.routing.muting import Muting
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import Router
from alarminati.core.routing.silences import Silences

LOOKS = 2  # resolved alarms looked at for each entry, for one that may be forgotten


class Outbox:
    """Decides sends. Feed every stored entry to the book first, then to `apply`.

    `limits` has one item for each channel; `dice` is for backoff; `replica` is the name under
    which outcomes are written; `project` is the cluster's own.
    """

    def __init__(
        self,
        book: AlarmBook,
        router: Router,
        limits: Mapping[str, Limits],
        dice: random.Random,
        replica: str,
        project: str,
        policy: Policy | None = None,
        bounds: Bounds = USUAL,
    ) -> None:
        self._bounds = bounds
        self.silences = Silences()
        self._book = book
        self._dice = dice
        self._replica = replica
        self._project = project
        lanes = self._lanes = ChannelQueues(limits, bounds)
        self.pending_by_channel = self._lanes.pending
        self._record = NotificationLog(book, lanes, self._begin_to_use, self._troubled, bounds)
        self.recent = RecentAlarms(book, self._lanes, lambda: self._claims)
        self._leaving = Leaving()
        self.early = EarlySends()
        self._seen = SequenceSet()
        self._newest = 0  # stamp
        self._leading = False
        self._policy = policy or Policy()
        self._claims = self._claims_by(router)
        self._lookout = Scheduler(book, self._lanes, self._claims, bounds.looks)
        self.queries = DeliveryQueries(
            *(book, self._lanes, self._record, self._lookout, self._leaving, bounds.looks)
        )
        book.unsaid = self._unsaid
        self.room = DeliveryRoom(book, self._record, bounds, lambda state: self._settled(state))

    def _claims_by(self, router: Router) -> NotificationPlanner:
        muting = Muting(self.silences, self._policy, self._project)
        if self._policy.inhibitions:
            for state in self._book.remembered():
                muting.inhibitors.learn(state)
        return NotificationPlanner(router, self._policy, muting, self._project)

    # State, for people.

    @property
    def pending(self) -> int:
        """Return the notices without a final outcome, those that are being written among them."""
        return sum(len(lane.pending) + len(lane.planned) for lane in self._lanes)

    @property
    def dead(self) -> int:
        """Return the number of dead letters."""
        return len(self._record.dead)

    def ledger(self, fingerprint: str) -> tuple[EntryId, ...]:
        """Return the remembered entries of an alarm: reports, actions, then notices with
        their outcomes."""
        return story(state) if (state := self._book.find(fingerprint)) else ()

    def alive_parts(self) -> Iterator[Iterable[EntryId]]:
        """Yield the entries that retention must keep, however old; an entry may come twice.

        These are firing alarms and the notices about them, alarms still to be notified, unfinished
        notices, dead letters and silences. A resolving report must not be removed before the
        firing one: the alarm could fire again. Each part is little work, see `AliveEntries`.
        """
        yield list(self.silences.alive_ids())
        yield from map(self._alive_of, self._book.states())
        tellings = [each.telling for lane in self._lanes for each in lane.pending.values()]
        tellings += [letter.telling for letter in self._record.dead]
        yield from ((*telling.notices, *telling.outcomes) for telling in tellings)

    @property
    def horizon(self) -> int:
        """Return the stamp from which on what is notified already may still count."""
        seconds = max(self._bounds.fresh_seconds, self._policy.damping.looks_back)
        return max(0, self._newest - (round(seconds * 1000) << COUNTER_BITS))

    def alive_ids(self) -> Iterator[EntryId]:
        """Yield the entries of `alive_parts` at once."""
        return chain.from_iterable(self.alive_parts())

    def _alive_of(self, state: AlarmState) -> list[EntryId]:
        told = self._settled(state)
        if told and not state.firing and not state.disordered:
            return []
        if not told or state.disordered:
            return list(story(state))
        ids = list(state.alive_ids())
        for telling in state.tellings:
            ids += (*telling.notices, *telling.outcomes)
        return ids

    # Fold, on every replica.

    def apply(self, entry: Entry, now: float) -> None:
        """Fold one stored entry that the book has already."""
        if not self._seen.add(entry.origin, entry.sequence):
            return
        self._newest = max(self._newest, entry.stamp)
        body = entry.body
        if isinstance(body, Notification):
            lane = self._lanes.get(body.channel)
            own = body.key in lane.planned
            pending = self._record.noticed(entry, body, now)
            self._tried_early(entry, body)
            if pending is not None and self._leading:
                self._lookout.worry(lane, pending, now)
                if not own:  # another master may have notified of a begin that ended since
                    self._lookout.look_again(item.fingerprint for item in body.items)
        elif isinstance(body, DeliveryAttempt):
            self._record.ended(entry, body)
        elif isinstance(body, DeadLetterDiscard):
            self._record.discarded(entry, body)
        elif isinstance(body, Alarm):
            self._turned(self._book.turned(entry), now)
        elif isinstance(body, Action) and body.kind in ACKNOWLEDGING and self._leading:
            for fingerprint in body.fingerprints:
                if (state := self._book.find(fingerprint)) is not None:
                    self._lookout.look(state, now)
        elif isinstance(body, Silence) and self.silences.apply(entry):
            self._lookout.lift(("silence", body.id), self._lookout.wall(now))
        self.room.make(LOOKS)

    def _tried_early(self, entry: Entry, notice: Notification) -> None:
        """Note the attempt that ended before the notice was on disk: it is not made again."""
        outcome = self.early.written(notice.key, entry.id)
        lane = self._lanes.get(notice.channel)
        pending = lane.pending.get(notice.key)
        if outcome is None or pending is None:
            return
        pending.attempts = max(pending.attempts, outcome.attempt)
        if outcome.result is not Result.RETRY and not pending.over:
            lane.settle(pending)

    def _turned(self, state: AlarmState | None, now: float) -> None:
        if state is None:
            return
        for place, wall in self._claims.muting.inhibitors.turned(state):
            self._lookout.lift(("inhibition", *place), wall)
        if self._leading:
            self._lookout.look(state, now)

    def _begin_to_use(self, lane: ChannelQueue) -> None:
        """Mark the past as notified for an added channel, for this and any later master."""
        lane.used, lane.fresh = True, False
        self._claims.today = self._claims.today or self._newest
        pass_over(self._book.remembered(), lane.bits[3], self._claims.past)

    def _troubled(self, lane: ChannelQueue, pending: Pending) -> None:
        if self._leading:
            self._lookout.troubled(lane, pending)

    def _settled(self, state: AlarmState) -> bool:
        """Return whether all notices of the alarm are finished and no dead letter names it."""
        if state.fingerprint in self._lanes.mentions:
            return False
        waits = any(lane.waits(state) for lane in self._lanes)
        waits = waits or self._leaving.holds(state.fingerprint, self._lanes)
        return not waits and not self._claims.owes(state, self._lanes)

    def _unsaid(self, state: AlarmState) -> set[Order]:
        return {due.report.order for due in self._claims.owed(state, self._lanes)}

    # Leading.

    def lead(self, now: float, wall: int) -> None:
        """Begin to plan and send: evaluate all alarms of the book, once."""
        self._leading = True
        self._lookout.tell_time(now, wall)
        today = milliseconds(self._newest) / 1000
        for lane in self._lanes:
            bucket = lane.place.bucket
            bucket.full_at = max(bucket.full_at, now + lane.place.spent.debt(today))
            tried = max((each.attempts for each in lane.pending.values()), default=0)
            lane.take_over(tried, now, wall)
        self._look_at_all(now, wall)

    def rest(self, now: float) -> None:
        """Stop. Attempts in flight may still be `finished`; another master plans the rest."""
        self._leading = False
        for lane in self._lanes:
            planned = lane.planned.values()
            self.withdraw([each for each in planned if each.key not in self.early], now)
        self._lookout.stop()

    def reconfigure(
        self,
        now: float,
        wall: int,
        router: Router,
        policy: Policy,
        limits: Mapping[str, Limits],
        loaded: bool = True,
    ) -> None:
        """Use other settings. What removed channels were to send becomes dead letters; a new
        channel, unless the journal is not `loaded` yet, gets one digest of what fires."""
        self._lookout.tell_time(now, wall)
        self._part(limits, now, wall)
        self._lookout.stop(reload=True)
        before = {lane.channel for lane in self._lanes if lane.wanted or lane.used}
        closed = 0
        for lane in self._lanes.reconfigure(limits, now, milliseconds(self._newest) / 1000):
            closed |= sum(lane.bits)
        for state in self._book.remembered() if closed else ():
            for report in state.reports:
                report.told &= ~closed
        if loaded:
            self._welcome([lane for lane in self._lanes if lane.channel not in before])
        today, self._policy = self._claims.today, policy
        self._claims = self._lookout.claims = self._claims_by(router)
        self._claims.today = today
        if self._leading:
            self._look_at_all(now, wall)

    def _welcome(self, lanes: list[ChannelQueue]) -> None:
        """Mark as notified what was over before these channels were added. A standby may add them
        late, so it marks only what some other channel knows."""
        for lane in lanes:
            lane.begin_anew()
        if bits := sum(lane.bits[3] for lane in lanes):
            pass_over(self._book.remembered(), bits, lambda e: self._leading or e.told != 0)

    def _part(self, limits: Mapping[str, Limits], now: float, wall: int) -> None:
        """Note what removed channels were still to send."""
        for channel in limits:
            self._leaving.forget(channel)
        gone = [lane for lane in self._lanes if lane.wanted and lane.channel not in limits]
        for state in self._book.remembered() if gone else ():
            self._leaving.note(state, self._claims.look(state, gone, now, wall))

    def _look_at_all(self, now: float, wall: int) -> None:
        """Evaluate all alarms again. Stamps of other clocks are believed up to our own."""
        self._claims.today = min(self._newest, wall << COUNTER_BITS)
        self._lookout.start(now, [letter.notice for letter in self._record.dead])

    # Planning and sending, on the master.

    def plan(self, now: float, wall: int) -> list[Notification]:
        """Return notices to write now. Each must come back through `apply`, or be withdrawn."""
        if not self._leading:
            return []
        if self._lookout.tell_time(now, wall):
            self._lookout.stop(reload=True)
            self._look_at_all(now, wall)
        self._lookout.look_around(now)
        notices: list[Notification] = []
        for lane in self._lanes:
            if not lane.wanted:
                notices += self._last_words(lane, now)
            if lane.fresh and self._lookout.looking:
                continue  # its first notice names all that fires
            lane.release(now)
            while lane.waiting and (room := lane.room(now)) > 0:
                scarce = room == 1 or room <= lane.limits.reserve
                items = self._gather(lane, now, everything=scarce or lane.behind)
                if items:
                    notices.append(self._plan(lane, items))
            lane.behind = lane.behind and bool(lane.waiting or lane.failures)
            lane.fresh = lane.fresh and bool(lane.waiting)
        return notices

    def _last_words(self, lane: ChannelQueue, now: float) -> list[Notification]:
        """Return notices of all that removed channels were to send, for dead letters."""
        items: list[NotificationItem] = []
        for fingerprint, left in self._leaving.of(lane):
            if (state := self._book.find(fingerprint)) is not None:
                items += [self._tell(state, lane, due, now) for due in left]
        size = lane.limits.max_items
        return [self._plan(lane, items[at : at + size]) for at in range(0, len(items), size)]

    def give_up(self, now: float) -> list[DeliveryAttempt]:
        """Return outcomes that end the notices of removed channels as dead letters."""
        gone = [lane for lane in self._lanes if self._leading and not lane.wanted]
        return [
            DeliveryAttempt(
                *(pending.id, Result.FAILED, max(pending.attempts, 1), self._replica, 0, GONE),
                cause=DeliveryCause.CHANNEL_REMOVED,
            )
            for lane in gone
            for pending in lane.give_up(now)
        ]

    def _gather(self, lane: ChannelQueue, now: float, everything: bool) -> list[NotificationItem]:
        """Return what waited longest: one batch, or with the last token a whole digest."""
        items: list[NotificationItem] = []
        size = lane.digest_size()
        while lane.waiting and (everything or not items):
            states = lane.take()
            for index, state in enumerate(states):
                due = self._lookout.due(state, lane, now)
                room = size - len(items)
                items += [self._tell(state, lane, each, now) for each in due[:room]]
                if len(due) > room:
                    lane.put_back(states[index:])
                    return items
                if due:
                    self._lookout.told(state, lane, now)
        return items

    def _tell(
        self, state: AlarmState, lane: ChannelQueue, due: DueItem, now: float
    ) -> NotificationItem:
        """Mark items as notified, so that they are not planned twice before the write."""
        report = due.report
        item = NotificationItem(
            report.id, state.fingerprint, due.resolved, due.reason, due.reminder_number
        )
        report.told |= mark(lane, item)
        if due.reminder_number:
            state.note_repeat(report.id, self._repeat(lane, due.reminder_number, now))
        elif self._follows(state, lane, due):  # no reminder soon after it
            before = state.repeated(lane.channel, state.id)
            number = before.reminder_number if before else 0
            state.note_repeat(state.id, self._repeat(lane, number, now))
        return item

    def _follows(self, state: AlarmState, lane: ChannelQueue, due: DueItem) -> bool:
        """Return whether reminders could count from an earlier notice while this is written."""
        told = any(each.channel == lane.channel for each in state.tellings)
        return told and state.firing and due.report.order >= state.opening.order

    def _repeat(self, lane: ChannelQueue, number: int, now: float) -> Repeat:
        stamp = self._lookout.wall(now) << COUNTER_BITS
        return Repeat(lane.channel, number, stamp, now, self._book.arrivals)

    def _plan(self, lane: ChannelQueue, items: list[NotificationItem]) -> Notification:
        notice = Notification(lane.channel, tuple(items), key_of(lane.channel, items))
        lane.plan(notice)
        return notice

    def withdraw(self, notices: list[Notification], now: float) -> None:
        """Undo planned notices that could not be written: their items are due again."""
        for notice in notices:
            lane = self._lanes.get(notice.channel)
            if lane.unplan(notice.key) is None:
                continue
            for item in notice.items:
                state = self._book.find(item.fingerprint)
                if state is None:
                    continue
                if item.reminder_number:
                    state.withdraw_repeat(lane.channel, item.alarm, item.reminder_number)
                for report in () if item.reminder_number else state.reports:
                    if report.id == item.alarm:
                        report.told &= ~mark(lane, item)
                        if not lane.wanted:
                            due = DueItem(report, item.resolved, item.reason)
                            self._leaving.put_back(lane, item.fingerprint, due)
                if self._leading and lane.wanted:
                    lane.put_back((state,))

    def send_early(
        self, notices: Iterable[Notification], now: float
    ) -> tuple[list[Attempt], list[Notification]]:
        """Return the attempts to start before their notices are written, and the notices to write.

        The others come from `early` later, before the next notice of their channel.
        """
        attempts: list[Attempt] = []
        rest: list[Notification] = []
        for notice in notices:
            attempt = self._lanes.get(notice.channel).start_early(notice, now)
            if attempt is None:
                rest += (*self.early.release(notice.channel), notice)
            else:
                self.early.begin(notice, now)
                attempts.append(attempt)
        return attempts, rest

    def attempts(self, now: float) -> list[Attempt]:
        """Return the attempts to start now, each to be `finished`."""
        if not self._leading:
            return []
        started = (lane.start(now) for lane in self._lanes if lane.wanted)
        return [attempt for attempt in started if attempt is not None]

    def finished(self, now: float, attempt: Attempt, verdict: Verdict) -> DeliveryAttempt:
        """Return the outcome of an attempt, to be written."""
        lane = self._lanes.get(attempt.notice.channel)
        if lane.in_flight is attempt:
            lane.in_flight = None
        pending = lane.pending.get(attempt.notice.key)
        result, detail, cause = verdict.result, verdict.detail, verdict.cause
        shared = for_all(result, cause)
        if result is Result.RETRY:
            lane.back_off(now, verdict.after, self._dice, shared)
            if pending is not None and self._hopeless(now, lane, pending, attempt):
                result, cause = Result.FAILED, DeliveryCause.EXPIRED
                detail = f"given up after {attempt.number} attempts: {detail}"
        else:
            lane.recovered()
            if verdict.after is not None and verdict.after > 0:
                lane.leave_alone(now, verdict.after, shared)
        if pending is not None:
            pending.attempts = max(pending.attempts, attempt.number)
            if result is not Result.RETRY:
                lane.settle(pending)
        duration = round((now - attempt.started) * 1000)
        asked = verdict.after if verdict.after and verdict.after > 0 else 0.0  # NaN is no hint
        peace = round(min(asked, lane.limits.give_up_after) * 1000)
        id = self._record.id_of(attempt) if pending is None else pending.id
        return DeliveryAttempt(
            *(id, result, attempt.number, self._replica, duration),
            *(detail, verdict.receipt, peace, cause),
        )

    def _hopeless(self, now: float, lane: ChannelQueue, pending: Pending, attempt: Attempt) -> bool:
        if 0 < lane.limits.max_attempts <= attempt.number:
            return True
        return now - pending.known >= lane.limits.give_up_after

    def next_due(self, now: float) -> float | None:
        """Return when `plan` or `attempts` has more without an event."""
        if not self._leading:
            return None
        due = self._lookout.next_due(now)
        for lane in self._lanes:
            due = min(due, lane.next_send(now), lane.next_plan(now))
        return max(now, due) if due < float("inf") else None
