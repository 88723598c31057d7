"""Send queue of one channel: backlog, notices in flight, backoff and rate limit.

Everything here concerns one channel. What channels of one vendor account share is their
`SharedLimit`. A channel can delay another only by what the vendor allows both together.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import ceil

from alarminati.core.alarms.episodes import DeliveryState
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.attempts import Attempt, Limits
from alarminati.core.delivery.channel_health import AttemptRecord, ChannelStatus, quota_of
from alarminati.core.delivery.early import unwritten
from alarminati.core.delivery.groups import Groups
from alarminati.core.delivery.mentions import Mentions
from alarminati.core.delivery.shared_limit import RetryAfter, SharedLimit
from alarminati.core.model.entries import EntryId, Notification, Order, Severity

SPARE = 2  # finished notices in the heaps before a sweep: notices may be large
DRAIN = 60.0  # seconds in which the backlog should be sent, where digests may grow


@dataclass(slots=True, eq=False)
class Pending:
    """A notice that is written and has no final outcome yet."""

    id: EntryId
    notice: Notification
    telling: DeliveryState
    known: float  # when this replica received it
    attempts: int = 0
    over: bool = False  # finished here; its outcome is being written
    fell: bool = False  # late or impossible: the fallback sends it, too


@dataclass(slots=True, eq=False)
class ChannelQueue:
    """Queue of one channel. `bits` are its marks on reports: named firing, resolved,
    acknowledged, and that the episode was over before the channel was added."""

    channel: str
    limits: Limits
    bits: tuple[int, int, int, int]
    wanted: bool = True  # the channel is configured; otherwise notices for it remain
    mentions: Mentions = field(default_factory=Mentions)  # shared by all queues
    ahead: int = 64  # notices written but not sent; beyond that, alarms wait for a digest
    health: AttemptRecord = field(default_factory=AttemptRecord)
    # shared with channels of the same vendor account
    place: SharedLimit[ChannelQueue] = field(init=False)
    waiting: deque[AlarmState | tuple[AlarmState, ...]] = field(default_factory=deque)
    """Alarms for single notices or a digest; one alone has no tuple around it, to save memory."""
    planned: dict[str, Notification] = field(
        default_factory=dict
    )  # handed out, not yet back as entries
    pending: dict[str, Pending] = field(default_factory=dict)  # by key
    in_flight: Attempt | None = None
    settling: int = 0  # number of `pending` that are finished here
    failures: int = 0  # failures in a row; more than 0: the channel counts as down
    used: bool = False  # some replica wrote a notice for the channel
    reached: int = 0  # arrival of the last report named by a notice
    behind: bool = False  # the channel was down: its backlog goes into a digest
    fresh: bool = False  # the channel is new: one notice names all that fires
    paused_until: float = float("-inf")
    peace: RetryAfter = field(
        default_factory=RetryAfter
    )  # the part of it that the channel asked for
    out: int = 0  # number of `pending` that the fallback sends
    stands_in_for: tuple[ChannelQueue, ...] = ()  # channels whose fallback this is
    rescued: dict[str, set[tuple[EntryId, bool]]] = field(default_factory=dict)  # by fingerprint
    _urgent: bool | None = False  # a critical alarm waits; None: unknown
    groups: Groups = field(default_factory=Groups)  # alarms that wait for others of their group
    _worries: list[tuple[float, Order, Pending]] = field(default_factory=list)
    _due: list[tuple[Order, Pending]] = field(default_factory=list)
    _later: list[tuple[float, Order, Pending]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.place = SharedLimit((self,))

    def reconfigure(self, limits: Limits, wanted: bool) -> None:
        """Use other limits from now on; `ChannelQueues` sets the shared limit."""
        self.limits, self.wanted, self._urgent = limits, wanted, None

    def wait(self, state: AlarmState) -> None:
        """Queue an alarm behind what waits already."""
        if not self.waits(state):
            state.queued |= self.bits[0]
            self.waiting.append(state)
            self._note_urgent((state,))

    def waits(self, state: AlarmState) -> bool:
        """Return whether the alarm waits alone."""
        return bool(state.queued & self.bits[0])

    def take(self) -> tuple[AlarmState, ...]:
        """Take what has waited longest."""
        first = self.waiting.popleft()
        self._urgent = None if self._urgent else False
        if isinstance(first, tuple):
            return first
        first.queued &= ~self.bits[0]
        return (first,)

    def put_back(self, states: tuple[AlarmState, ...]) -> None:
        """Queue these again in front: they were taken and could not be sent yet."""
        self.waiting.appendleft(states)
        self._note_urgent(states)

    def release(self, now: float) -> None:
        """Move groups that have waited long enough to the backlog."""
        for states in self.groups.ready(now):
            self.waiting.append(states)
            self._note_urgent(states)

    def all_waiting(self) -> Iterator[AlarmState]:
        """Yield all that wait for a token or for their group."""
        for each in self.waiting:
            yield from each if isinstance(each, tuple) else (each,)
        yield from self.groups.all()

    def stop_waiting(self, reload: bool = False) -> None:
        """Forget the backlog; the next evaluation fills it again."""
        if reload:
            together = (each for each in self.waiting if isinstance(each, tuple))
            self.groups.reload(state for states in together for state in states)
        else:
            self.groups.stop()
        for each in self.waiting:
            if isinstance(each, AlarmState):
                each.queued &= ~self.bits[0]
        self.waiting.clear()
        self._urgent = False

    def worry(self, pending: Pending, order: Order, when: float) -> None:
        """Watch the deadline of a notice."""
        heappush(self._worries, (when, order, pending))

    def worrying(self, now: float) -> list[Pending]:
        """Yield the notices that are past their deadline."""
        found: list[Pending] = []
        while self._worries and (self._worries[0][0] <= now or self._gone(self._worries[0][2])):
            pending = heappop(self._worries)[2]
            if not self._gone(pending) and not pending.fell:
                found.append(pending)
        return found

    def next_worry(self) -> float:
        """Return the next deadline; infinite: none."""
        return self._worries[0][0] if self._worries else float("inf")

    def fall(self, pending: Pending) -> None:
        """Hand the notice to the fallback."""
        if not pending.fell and self.pending.get(pending.notice.key) is pending:
            pending.fell = True
            self.out += 1

    def stop_worrying(self) -> None:
        """Forget the state of the fallback; the next evaluation computes it again."""
        self._worries.clear()
        self.rescued.clear()
        self.out = 0
        for pending in self.pending.values():
            pending.fell = False

    def plan(self, notice: Notification) -> None:
        """Note a notice that is handed out, to be written."""
        self.planned[notice.key] = notice
        self.mentions.add(notice)

    def unplan(self, key: str) -> Notification | None:
        """Remove a planned notice that is written, or could not be."""
        notice = self.planned.pop(key, None)
        if notice is not None:
            self.mentions.remove(notice)
        return notice

    def add(self, order: Order, pending: Pending, ready: float) -> None:
        """Add a notice that is on disk, to be sent from `ready` on."""
        self.pending[pending.notice.key] = pending
        self.mentions.add(pending.notice)
        heappush(self._later, (ready, order, pending))

    def release_notices(self, now: float) -> None:
        """Make the notices ready that were to wait until now."""
        while self._later and self._later[0][0] <= now:
            heappush(self._due, heappop(self._later)[1:])

    def give_up(self, now: float) -> list[Pending]:
        """Finish all notices of a removed channel, except those in flight."""
        self.release_notices(now)
        ended: list[Pending] = []
        while self.in_flight is None and (head := self.head()):
            self.settle(head)
            ended.append(head)
        return ended

    def alarms_under_way(self) -> int:
        """Return the number of alarms in notices that are planned or have no final outcome."""
        notices = [*self.planned.values(), *(each.notice for each in self.pending.values())]
        return len({item.fingerprint for notice in notices for item in notice.items})

    def alarms_waiting(self) -> int:
        """Return that number, with the alarms that wait for a token or for their group."""
        singles = sum(len(each) if isinstance(each, tuple) else 1 for each in self.waiting)
        return self.alarms_under_way() + singles + len(self.groups)

    def head(self) -> Pending | None:
        """Return the oldest notice that is to be sent."""
        while self._due and self._gone(self._due[0][1]):
            heappop(self._due)
        return self._due[0][1] if self._due else None

    def _gone(self, pending: Pending) -> bool:
        return pending.over or self.pending.get(pending.notice.key) is not pending

    def unsent(self) -> int:
        """Return how many notices will need a token: planned or pending, without the one in
        flight."""
        return self._begun() - (self.in_flight is not None)

    def _begun(self) -> int:
        return len(self.planned) + len(self.pending) - self.settling

    def settle(self, pending: Pending) -> None:
        """Finish a notice: it is not sent again, even before its outcome is on disk."""
        pending.over = True
        self.settling += 1

    def remove(self, key: str) -> Pending | None:
        """Remove a notice whose final outcome is on disk."""
        pending = self.pending.pop(key, None)
        if pending is not None:
            self.mentions.remove(pending.notice)
        self.settling -= pending is not None and pending.over
        self.out -= pending is not None and pending.fell
        if len(self._due) + len(self._later) > 2 * len(self.pending) + SPARE:
            self._sweep()
        return pending

    def _sweep(self) -> None:
        """Remove finished notices from the heaps: a standby never takes them off the top."""
        self._due = [each for each in self._due if not self._gone(each[1])]
        self._later = [each for each in self._later if not self._gone(each[2])]
        heapify(self._due)
        heapify(self._later)

    def digest_size(self) -> int:
        """Return how many alarms the next digest takes.

        The backlog is to be sent within `DRAIN` seconds, if the channel can count alarms that it
        does not list; the backlog of a new channel at once.
        """
        drained = 1.0 if self.fresh else self.place.bucket.rate * DRAIN
        needed = ceil(len(self.waiting) / drained)
        return max(self.limits.max_items, min(needed, self.limits.most_items))

    @property
    def quiet_until(self) -> float:
        """Return when the channel, or all with the same limit, may be used again."""
        return max(self.paused_until, self.place.peace.until)

    def room(self, now: float) -> int:
        """Return how many more notices may be written now."""
        count = self.place.bucket.count(now)
        if not self.failures:
            return min(count - self._claimed(now), self.ahead) - self.unsent() - self._kept_back()
        if self._begun() or now < self.quiet_until:
            return 0
        return min(count, 1)  # one, to test whether the channel is up

    def _claimed(self, now: float) -> int:
        """Return the tokens that are for other channels of the same limit.

        Those are tokens of written notices, and one for each channel whose turn comes first. Where
        written notices wait for tokens, as after a failure, they take turns with notices written
        now.
        """
        if len(self.place.lanes) == 1:
            return 0
        others = [each for each in self.place.lanes if each is not self and each._up(now)]
        written = sum(each.unsent() for each in others)
        first = [each for each in self.place.before(self) if each._up(now)]
        if written > self.place.bucket.count(now):
            written = sum(each.unsent() > 0 for each in first)
        return written + sum(each._wants_more_than(self) for each in first)

    def _up(self, now: float) -> bool:
        return not self.failures and now >= self.quiet_until

    def _wants_more_than(self, other: ChannelQueue) -> bool:
        """Return whether this one has no written notice and may use any token of the other."""
        waits = bool(self.waiting) and not self._begun()
        return waits and self._kept_back() <= other._kept_back()

    def _note_urgent(self, states: tuple[AlarmState, ...]) -> None:
        if self.limits.reserve and self._urgent is False:
            self._urgent = any(map(_is_urgent, states))

    def _kept_back(self) -> int:
        """Return the tokens for critical alarms only; none while a critical alarm waits."""
        if not self.limits.reserve:
            return 0
        if self._urgent is None:
            self._urgent = any(map(_is_urgent, self.all_waiting()))
        return 0 if self._urgent else min(self.limits.reserve, self.place.bucket.burst - 1)

    def next_plan(self, now: float) -> float:
        """Return when there may be something to plan without an event; infinite: never."""
        ready = self.groups.next
        return min(ready, self._next_room(now)) if self.waiting else ready

    def _next_room(self, now: float) -> float:
        bucket = self.place.bucket
        if self.failures:
            return float("inf") if self._begun() else max(self.quiet_until, bucket.when(1))
        unsent = self.unsent()
        if unsent >= self.ahead:
            return float("inf")
        return bucket.when(unsent + 1 + self._kept_back() + self._claimed(now))

    def next_send(self, now: float) -> float:
        """Return when the head may be sent; infinite: not before an event."""
        while self._later and self._gone(self._later[0][2]):
            heappop(self._later)
        if self.in_flight is not None or not (self._later or self.head()):
            return float("inf")
        ready = float("-inf") if self.head() else self._later[0][0]
        if not self.wanted:  # the notice ends without an attempt
            return ready
        return max(ready, self.quiet_until, self.place.bucket.when(1 + self._ahead(now)))

    def _ahead(self, now: float) -> int:
        """Yield the channels of the limit whose turn comes first and that could send now."""
        return sum(each._could_send(now) for each in self.place.before(self))

    def _could_send(self, now: float) -> bool:
        self.release_notices(now)
        return self.in_flight is None and now >= self.quiet_until and self.head() is not None

    def start(self, now: float) -> Attempt | None:
        """Return the attempt to make now, or None."""
        head = self.head() if self._could_send(now) else None
        if head is None or self.place.bucket.count(now) < 1 + self._ahead(now):
            return None
        self.place.take(self, now)
        self.in_flight = Attempt(
            head.id, head.notice, head.attempts + 1, self.limits.timeout, started=now
        )
        return self.in_flight

    def start_early(self, notice: Notification, now: float) -> Attempt | None:
        """Return the attempt to make now of a planned notice that is not written yet, or None.

        The notice must be the only one, and about one alarm: the key of a digest depends on what
        else waits.
        """
        alone = len(self.planned) == 1 and len(self.pending) == self.settling
        if not (self.wanted and alone and len(notice.items) == 1) or notice.dead_letter:
            return None
        if self.in_flight is not None or self.failures or self.behind or now < self.quiet_until:
            return None
        if self.place.bucket.count(now) < 1 + self._ahead(now):
            return None
        self.place.take(self, now)
        self.in_flight = Attempt(unwritten(notice), notice, 1, self.limits.timeout, started=now)
        return self.in_flight

    def back_off(
        self, now: float, after: float | None, dice: random.Random, shared: bool = False
    ) -> None:
        """Pause for Retry-After, or an exponential backoff with full jitter."""
        self.failures += 1
        self.behind = True
        ceiling = self.limits.backoff_first * 2.0 ** min(self.failures - 1, 32)
        pause = dice.uniform(0.0, min(ceiling, self.limits.backoff_max))
        if after is not None and after > 0:  # 0 and NaN are no hints
            self.leave_alone(now, after, shared)
        else:
            self.paused_until = max(self.paused_until, now + pause)

    def leave_alone(self, now: float, after: float, shared: bool) -> None:
        """Pause for so many seconds; `shared`: all channels of the limit pause."""
        until = now + min(after, self.limits.give_up_after)
        (self.place.peace if shared else self.peace).ask(until)
        self.paused_until = max(self.paused_until, self.peace.until)

    def status(self, wall: int) -> ChannelStatus:
        """Return the status by the journal at that time, milliseconds since 1970."""
        resume = max(self.peace.stamp, self.place.peace.stamp)
        together = (lane.health for lane in self.place.lanes)
        quota = quota_of(self.limits, together, wall)
        return ChannelStatus(self.health, resume if resume > wall else 0, quota)

    def asked(self, moment: int, length: int, shared: bool) -> None:
        """Take note of a pause that a vendor asked some replica for; milliseconds."""
        (self.place.peace if shared else self.peace).note(moment, length)

    def take_over(self, failures: int, now: float, wall: int) -> None:
        """Begin to send. After earlier failures, one attempt tests the channel."""
        self.peace.keep(now, wall)
        self.place.peace.keep(now, wall)
        self.recovered()
        self.release_notices(float("inf"))
        self.failures = failures
        self.behind = failures > 0 or self.fresh

    def begin_anew(self) -> None:
        """Mark the channel as new: configured just now and never used."""
        self.behind = self.fresh = True

    def recovered(self) -> None:
        """Reset the failures: the channel is up, or may be. Keep the pause it asked for."""
        self.failures = 0
        self.paused_until = self.peace.until


def _is_urgent(state: AlarmState) -> bool:
    return state.firing and state.peak.severity is Severity.CRITICAL
