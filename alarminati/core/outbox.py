"""The outbox: what is to be told to whom, when, and in which notice.

A fold like the book, on every replica; only the master plans and sends. What is told is decided by
entries alone: a notice is written before it is sent, so that a new master sees what was begun and
goes on with the same keys. Marks on the reports (`Report.told`) say what notices named.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b

from alarminati.core.alarms import AlarmBook, AlarmState
from alarminati.core.deadletters import DeadLetter, DeadLetters
from alarminati.core.entries import (
    Alarm,
    Entry,
    EntryId,
    Notice,
    NoticeItem,
    Outcome,
    Result,
)
from alarminati.core.history import Episode, Report, Telling
from alarminati.core.lane import Lane, Pending
from alarminati.core.policy import Policy
from alarminati.core.recent import Recent, Seen
from alarminati.core.routing import Router
from alarminati.core.sending import Attempt, Limits, Verdict
from alarminati.core.silences import Silences
from alarminati.core.stamp import COUNTER_BITS, milliseconds

FINISHED = 10_000  # keys of finished notices remembered, for twins that come late
EARLY = 10_000  # outcomes that came before their notice
ELSEWHERE = 5.0  # seconds; the outcome of another replica's notice is right behind it
OUTCOMES = 32  # the newest, of one notice
HOUR = 3_600_000 << COUNTER_BITS  # in stamps
STANDING = {Result.RETRY: 0, Result.DEAD: 1, Result.DELIVERED: 2}  # the higher one stands


class Outbox:
    """Decides sends. Feed every stored entry to the book first, then to `apply`.

    `limits` has one item for each channel there is; `dice` is for backoff; `replica` is the name
    under which outcomes are written; `project` is the cluster's own.
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
    ) -> None:
        self.silences = Silences()
        self._book = book
        self._router = router
        self._policy = policy or Policy()
        self._dice = dice
        self._replica = replica
        self._project = project
        self._lanes: dict[str, Lane] = {}
        for channel, limit in limits.items():
            self._open_lane(channel, limit)
        self._seen = Seen()
        self._tellings: dict[EntryId, Telling] = {}
        self._finished: Recent[str, Telling] = Recent(FINISHED)
        self._early: Recent[EntryId, tuple[Entry, ...]] = Recent(EARLY)
        self._dead = DeadLetters()
        self._newest = 0  # stamp
        self._today = 0  # stamp: what counts as now for what is past
        self._leading = False

    @property
    def pending(self) -> int:
        """Notices without a final outcome."""
        return sum(len(lane.pending) for lane in self._lanes.values())

    def pending_for(self, channel: str) -> int:
        """Notices for one channel without a final outcome."""
        lane = self._lanes.get(channel)
        return len(lane.pending) if lane else 0

    @property
    def dead(self) -> int:
        """Dead letters kept."""
        return len(self._dead)

    def dead_letters(self, channel: str = "") -> Iterator[DeadLetter]:
        """Notices that were given up, oldest first; those for one channel, if it is named."""
        return (letter for letter in self._dead if channel in ("", letter.channel))

    def resend(self, id: EntryId) -> Notice | None:
        """The notice to write so that this dead letter is told again; None: there is none."""
        letter = self._dead.get(id)
        return letter.again() if letter else None

    def receipt(self, channel: str, fingerprint: str) -> str:
        """What the channel calls its newest message about this alarm alone, in this episode.

        Empty when there is none, or the channel did not say.
        """
        state = self._book.find(fingerprint)
        for telling in reversed(state.tellings if state else ()):
            if telling.channel == channel and telling.receipt and state is not None:
                return telling.receipt if telling.stamp >= state.since else ""
        return ""

    # Settings.

    def reconfigure(
        self,
        now: float,
        wall: int,
        router: Router,
        policy: Policy,
        limits: Mapping[str, Limits],
    ) -> None:
        """Go on with other settings. Notices for channels that are gone become dead letters."""
        self._router, self._policy = router, policy
        for lane in self._lanes.values():
            lane.reconfigure(limits.get(lane.channel, Limits()), lane.channel in limits)
        for channel, limit in limits.items():
            if channel not in self._lanes:
                self._open_lane(channel, limit)
        if self._leading:
            for lane in self._lanes.values():
                lane.stop_waiting()
            for state in self._book.remembered():
                self._wait(state, now)

    # Folding, on every replica.

    def apply(self, entry: Entry, now: float) -> None:
        """Fold one stored entry; the book has it already."""
        if not self._seen.add(entry.origin, entry.sequence):
            return
        self._newest = max(self._newest, entry.stamp)
        body = entry.body
        self.silences.apply(entry)
        if isinstance(body, Notice):
            self._noticed(entry, body, now)
        elif isinstance(body, Outcome):
            self._ended(entry, body)
        elif isinstance(body, Alarm) and self._leading:
            state = self._book.turned(entry)
            if state is not None:
                self._wait(state, now)
        shed = self._book.shed(self._settled)
        if shed is not None:
            self._forget(shed)

    def _noticed(self, entry: Entry, notice: Notice, now: float) -> None:
        lane = self._lane(notice.channel)
        planned = lane.planned.pop(notice.key, None)
        twin = lane.pending.get(notice.key)
        telling = twin.telling if twin else self._finished.get(notice.key)
        if telling is None or telling.channel != notice.channel:
            alone = len({item.fingerprint for item in notice.items}) == 1
            telling = Telling(notice.channel, (entry.id,), key=notice.key, alone=alone)
            ready = now if planned or notice.resends else now + ELSEWHERE
            lane.add(entry.order, Pending(entry.id, notice, telling, now), ready)
        else:
            telling.notices += (entry.id,)
        if entry.stamp > telling.stamp:
            telling.stamp, telling.heard = entry.stamp, now
        self._tellings[entry.id] = telling
        if notice.resends and (letter := self._dead.resent(notice.resends)):
            self._drop(letter.telling)
        if not lane.used:
            self._begin_to_use(lane)
        for item in notice.items:
            named = self._book.tell(item, lane.bits[item.resolved], telling, entry.stamp)
            lane.reached = max(lane.reached, named)
        for outcome in self._early.pop(entry.id) or ():
            assert isinstance(outcome.body, Outcome)
            self._ended(outcome, outcome.body)
        self._drop(telling)

    def _begin_to_use(self, lane: Lane) -> None:
        """A channel that was added does not tell the past, now or under any later master."""
        lane.used = True
        self._today = self._today or self._newest
        for state in self._book.remembered():
            for episode in state.episodes():
                if episode.close is not None and self._past(episode):
                    episode.close.told |= lane.bits[True]

    def _passed_by(self, lane: Lane, episode: Episode) -> bool:
        """Whether a new master leaves it untold here: the channel, or a route to it, is newer.

        A channel tells in order of arrival, so one that told something that came later did not owe
        this then. By arrival and not by stamps, for clocks may be years off.
        """
        if episode.close is None or not self._past(episode):
            return False
        return not lane.used or (episode.told != 0 and episode.close.arrival < lane.reached)

    def _past(self, episode: Episode) -> bool:
        """Whether it was over an hour ago."""
        return episode.close is not None and episode.close.stamp + HOUR < self._today

    def _ended(self, entry: Entry, outcome: Outcome) -> None:
        telling = self._tellings.get(outcome.notice)
        if telling is None:
            early = self._early.get(outcome.notice) or ()
            self._early.put(outcome.notice, (*early, entry))
            return
        telling.outcomes = (*telling.outcomes, entry.id)[-OUTCOMES:]
        lane = self._lane(telling.channel)
        lane.spent.take(_seconds(entry.stamp))
        if pending := lane.pending.get(telling.key):
            pending.attempts = max(pending.attempts, outcome.attempt)
        if outcome.result is Result.DELIVERED and telling.alone and outcome.receipt:
            telling.receipt = outcome.receipt
        if STANDING[outcome.result] > STANDING[telling.result]:
            self._conclude(lane, telling, entry, outcome)

    def _conclude(self, lane: Lane, telling: Telling, entry: Entry, outcome: Outcome) -> None:
        telling.result = outcome.result
        first = telling.notices[0]
        if telling.key:
            pending = lane.remove(telling.key)
            self._finished.put(telling.key, telling)
            telling.key = ""
            if pending is not None and outcome.result is Result.DEAD:
                letter = DeadLetter(first, pending.notice, entry.stamp, outcome.detail, telling)
                for gone in self._dead.add(letter):
                    self._drop(gone.telling)
        elif outcome.result is Result.DELIVERED:
            self._dead.revived(first)
        self._drop(telling)

    def _forget(self, state: AlarmState) -> None:
        for telling in state.tellings:
            telling.alarms -= 1
            self._drop(telling)

    def _drop(self, telling: Telling) -> None:
        """Forget a telling that nothing needs any more."""
        if telling.alarms or not telling.final or telling.notices[0] in self._dead:
            return
        for id in telling.notices:
            self._tellings.pop(id, None)

    # Planning and sending, on the master.

    def lead(self, now: float, wall: int = 0) -> None:
        """Begin to plan and send: what is owed is worked out from the book, once.

        `wall`, when known, bounds what stamps say about the time: another's clock may be years off.
        """
        self._leading = True
        self._today = min(self._newest, wall << COUNTER_BITS) if wall else self._newest
        today = _seconds(self._newest)
        for lane in self._lanes.values():
            lane.bucket.full_at = max(lane.bucket.full_at, now + lane.spent.debt(today))
            tried = max((each.attempts for each in lane.pending.values()), default=0)
            lane.take_over(tried)
        for state in self._book.remembered():
            self._wait(state, now, taking_over=True)

    def rest(self, now: float) -> None:
        """Stop. What is under way may still be `finished`; what is planned, another will plan."""
        self._leading = False
        for lane in self._lanes.values():
            self.withdraw(list(lane.planned.values()), now)
            lane.stop_waiting()

    def plan(self, now: float) -> list[Notice]:
        """Notices to write now. Each must come back through `apply`, or be withdrawn."""
        if not self._leading:
            return []
        notices: list[Notice] = []
        for lane in self._lanes.values():
            lane.release(now)
            room = lane.room(now)
            while room > 0 and lane.waiting:
                items = self._gather(lane, everything=room == 1 or lane.behind)
                if items:
                    notices.append(self._plan(lane, items))
                    room -= 1
            lane.behind = lane.behind and bool(lane.waiting or lane.failures)
        return notices

    def _gather(self, lane: Lane, everything: bool) -> list[NoticeItem]:
        """What waited longest: one batch or, with the last token, as much as fits a digest."""
        items: list[NoticeItem] = []
        while lane.waiting and (everything or not items):
            states = lane.take()
            for index, state in enumerate(states):
                owed = self._owed(state.episodes(), lane)
                room = lane.limits.max_items - len(items)
                for report, resolved in owed[:room]:
                    report.told |= lane.bits[resolved]
                    items.append(NoticeItem(report.id, state.fingerprint, resolved))
                if len(owed) > room:
                    lane.put_back(states[index:])
                    return items
        return items

    def _plan(self, lane: Lane, items: list[NoticeItem]) -> Notice:
        notice = Notice(lane.channel, tuple(items), _key(lane.channel, items))
        lane.planned[notice.key] = notice
        return notice

    def withdraw(self, notices: list[Notice], now: float) -> None:
        """These planned notices could not be written: what they tell is owed again."""
        for notice in notices:
            lane = self._lane(notice.channel)
            if lane.planned.pop(notice.key, None) is None:
                continue
            for item in notice.items:
                state = self._book.find(item.fingerprint)
                for report in state.reports if state else ():
                    if report.id == item.alarm:
                        report.told &= ~lane.bits[item.resolved]
                if state is not None and self._leading:
                    lane.put_back((state,))

    def attempts(self, now: float) -> list[Attempt]:
        """Sends to start now, each to be `finished`."""
        if not self._leading:
            return []
        started = (lane.start(now) for lane in self._lanes.values())
        return [attempt for attempt in started if attempt is not None]

    def finished(self, now: float, attempt: Attempt, verdict: Verdict) -> Outcome:
        """What came of an attempt, as an outcome to write."""
        lane = self._lane(attempt.notice.channel)
        if lane.in_flight is attempt:
            lane.in_flight = None
        pending = lane.pending.get(attempt.notice.key)
        result, detail, cause = verdict.result, verdict.detail, verdict.cause
        if result is Result.RETRY:
            lane.back_off(now, verdict.after, self._dice)
            if pending is not None and self._hopeless(now, lane, pending, attempt):
                result, detail = Result.DEAD, f"given up after {attempt.number} attempts: {detail}"
        else:
            lane.recovered()
            if verdict.after is not None and verdict.after > 0:
                lane.leave_alone(now, verdict.after)
        if pending is not None:
            pending.attempts = max(pending.attempts, attempt.number)
            if result is not Result.RETRY:
                lane.settle(pending)
        duration = round((now - attempt.started) * 1000)
        asked = verdict.after if verdict.after and verdict.after > 0 else 0.0  # nan is no hint
        return Outcome(
            attempt.id,
            result,
            attempt.number,
            self._replica,
            duration,
            detail,
            verdict.receipt,
            round(min(asked, lane.limits.give_up_after) * 1000),
            cause,
        )

    def _hopeless(self, now: float, lane: Lane, pending: Pending, attempt: Attempt) -> bool:
        if 0 < lane.limits.max_attempts <= attempt.number:
            return True
        return now - pending.known >= lane.limits.give_up_after

    def next_due(self, now: float) -> float | None:
        """When `plan` or `attempts` has more to give though nothing else happens."""
        if not self._leading:
            return None
        due = float("inf")
        for lane in self._lanes.values():
            due = min(due, lane.next_send(), lane.next_plan())
        return max(now, due) if due < float("inf") else None

    # What is owed, and what is kept.

    def _wait(self, state: AlarmState, now: float, taking_over: bool = False) -> None:
        """Queue what is owed. A new master lets nothing wait for its group any longer."""
        episodes = state.episodes()
        for lane in self._lanes.values():
            if not self._owed(episodes, lane, taking_over):
                continue
            _, group, wait = self._router.assign(state.alarm, self._project)
            if wait:
                lane.hold(group, state, now if taking_over else now + wait)
            else:
                lane.wait(state)

    def _owed(
        self, episodes: Sequence[Episode], lane: Lane, taking_over: bool = False
    ) -> list[tuple[Report, bool]]:
        """The transitions of an alarm to tell on this channel, in order."""
        named_firing, named_resolved = lane.bits
        owed: list[tuple[Report, bool]] = []
        for episode in episodes:
            if episode.told & named_resolved:
                continue
            if not episode.told & named_firing:
                if taking_over and self._passed_by(lane, episode):
                    continue
                channels = self._router.channels_for(episode.first.alarm, self._project)
                if lane.channel not in channels:
                    continue
                owed.append((episode.first, False))
            if episode.close is not None:
                owed.append((episode.close, True))
        return owed

    def _settled(self, state: AlarmState) -> bool:
        episodes = state.episodes()
        for lane in self._lanes.values():
            if lane.waits(state) or self._owed(episodes, lane, taking_over=True):
                return False
        return True

    def ledger(self, which: str | EntryId) -> tuple[EntryId, ...]:
        """Entries of an alarm's story that are remembered: reports, acknowledgements, then notices
        each with its outcomes. `which` is a fingerprint, or a report's id."""
        if isinstance(which, EntryId):
            state = self._book.find_by_id(which)
        else:
            state = self._book.find(which)
        if state is None:
            return ()
        reports = [report.id for report in state.reports]
        seen = [EntryId(*order[1:]) for order, _ in state.acknowledgements]
        told = [id for each in state.tellings for id in (*each.notices, *each.outcomes)]
        return (*reports, *seen, *told)

    def alive_ids(self) -> Iterator[EntryId]:
        """Entries that retention must keep, however old; one may come more than once.

        Open alarms and what tells that they were told; alarms still to be told; unfinished notices.
        What ended an alarm must not go before what began it: that could fire again.
        """
        yield from self.silences.alive_ids()
        for state in self._book.remembered():
            told = self._settled(state) and all(each.final for each in state.tellings)
            if told and not state.firing and not state.disordered:
                continue
            yield from state.alive_ids()
            if not told or state.disordered:
                yield from (report.id for report in state.reports)
            for telling in state.tellings:
                yield from telling.notices
                yield from telling.outcomes
        for lane in self._lanes.values():
            for pending in lane.pending.values():
                yield from pending.telling.notices
                yield from pending.telling.outcomes

    def _lane(self, channel: str) -> Lane:
        """The channel's lane; also for one that is no longer configured but has notices."""
        return self._lanes.get(channel) or self._open_lane(channel, Limits(), wanted=False)

    def _open_lane(self, channel: str, limits: Limits, wanted: bool = True) -> Lane:
        shift = 2 * len(self._lanes)
        lane = self._lanes[channel] = Lane(channel, limits, (1 << shift, 2 << shift), wanted)
        return lane


def _seconds(stamp: int) -> float:
    return milliseconds(stamp) / 1000


def _key(channel: str, items: list[NoticeItem]) -> str:
    """The same for every master that decides on the same send."""
    parts = [channel]
    for item in items:
        parts.append(f"{item.alarm}{'-' if item.resolved else '+'}")
    return blake2b("\x1f".join(parts).encode(), digest_size=16).hexdigest()
