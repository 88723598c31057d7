"""One channel's way out: what waits for it, what is under way, and when it may be used.

Everything here is about one destination; nothing one channel does can delay another.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import ceil

from alarminati.core.alarms import AlarmState
from alarminati.core.bucket import Bucket
from alarminati.core.entries import EntryId, Notice, Severity
from alarminati.core.history import Order, Telling
from alarminati.core.sending import Attempt, Limits

SPARE = 2  # places in the heaps that may be empty before they are swept: notices may be large
GROUPS = 1000  # groups remembered for their interval before they are swept
AHEAD = 64  # notices written but not sent; beyond that, alarms wait and go out together
DRAIN = 60.0  # seconds in which all that waits should be told, where digests may grow


@dataclass(slots=True, eq=False)
class Pending:
    """A notice that is written and has no final outcome yet."""

    id: EntryId
    notice: Notice
    telling: Telling
    known: float  # when this replica heard of it
    attempts: int = 0
    over: bool = False  # finished here; the outcome is being written
    fell: bool = False  # it takes too long, or cannot be: the fallback is told, too


@dataclass(slots=True, eq=False)
class Lane:
    """One channel. `bits` are its marks in `Report.told`: named firing, resolved, acknowledged."""

    channel: str
    limits: Limits
    bits: tuple[int, int, int]
    wanted: bool = True  # it is configured; else there are notices for it all the same
    bucket: Bucket = field(init=False)
    spent: Bucket = field(init=False)  # the same by the stamps of outcomes, whoever sent
    waiting: deque[AlarmState | tuple[AlarmState, ...]] = field(default_factory=deque)
    """Told one by one, or together; alone without a tuple around it, for there may be many."""
    planned: dict[str, Notice] = field(default_factory=dict)  # handed out, not back as entries
    pending: dict[str, Pending] = field(default_factory=dict)  # by key
    in_flight: Attempt | None = None
    settling: int = 0  # of `pending`, finished here
    failures: int = 0  # in a row; more than 0: the channel is taken for down
    used: bool = False  # some replica wrote a notice for it
    reached: int = 0  # arrival of the last report that a notice named
    behind: bool = False  # it was down: what waited meanwhile goes out together
    paused_until: float = float("-inf")
    asked_until: float = float("-inf")  # the part of that which the channel asked for
    asked_stamp: int = 0  # the same by stamps, whoever was asked, milliseconds
    asked_for: int = 0  # how long it had asked for, milliseconds
    out: int = 0  # of `pending`, those that fell
    stands_in_for: tuple[Lane, ...] = ()  # channels whose fallback this is
    rescued: dict[str, set[tuple[EntryId, bool]]] = field(default_factory=dict)  # by fingerprint
    _urgent: bool | None = False  # something critical waits; None: to be looked for
    _held: dict[tuple[str, ...], dict[str, AlarmState]] = field(default_factory=dict)
    _ready: list[tuple[float, tuple[str, ...]]] = field(default_factory=list)
    _free_at: dict[tuple[str, ...], float] = field(default_factory=dict)  # by group
    _worries: list[tuple[float, Order, Pending]] = field(default_factory=list)
    _due: list[tuple[Order, Pending]] = field(default_factory=list)
    _later: list[tuple[float, Order, Pending]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.bucket = Bucket(self.limits.rate, self.limits.burst)
        self.spent = Bucket(self.limits.rate, self.limits.burst)

    def reconfigure(self, limits: Limits, wanted: bool, now: float, today: float) -> None:
        """Other limits from now on; as many tokens as were spent stay spent.

        `now` is monotonic seconds, `today` the same moment by stamps.
        """
        self.limits, self.wanted, self._urgent = limits, wanted, None
        self.bucket = self.bucket.converted(limits.rate, limits.burst, now)
        self.spent = self.spent.converted(limits.rate, limits.burst, today)

    def wait(self, state: AlarmState) -> None:
        """Something about this alarm is to be told, behind what waits already."""
        if not self.waits(state):
            state.queued |= self.bits[0]
            self.waiting.append(state)
            self._note_urgent((state,))

    def waits(self, state: AlarmState) -> bool:
        """Whether it waits, alone."""
        return bool(state.queued & self.bits[0])

    def take(self) -> tuple[AlarmState, ...]:
        """What waited longest."""
        first = self.waiting.popleft()
        self._urgent = None if self._urgent else False
        if isinstance(first, tuple):
            return first
        first.queued &= ~self.bits[0]
        return (first,)

    def put_back(self, states: tuple[AlarmState, ...]) -> None:
        """These were taken and could not be told yet: they go first."""
        self.waiting.appendleft(states)
        self._note_urgent(states)

    def hold(
        self, group: tuple[str, ...], state: AlarmState, now: float, wait: float, interval: float
    ) -> None:
        """Let it wait for more of its group; the first of a group says how long.

        `interval` is the pause after what was told of the group last.
        """
        held = self._held.get(group)
        if held is None:
            held = self._held[group] = {}
            ready = max(now + wait, self._free_at.get(group, now))
            heappush(self._ready, (ready, group))
            if interval:
                self._free_at[group] = ready + interval
        held[state.fingerprint] = state

    def release(self, now: float) -> None:
        """Move groups that have waited long enough to what waits for a token."""
        while self._ready and self._ready[0][0] <= now:
            group = heappop(self._ready)[1]
            states = tuple(self._held.pop(group).values())
            self.waiting.append(states)
            self._note_urgent(states)
        if len(self._free_at) > 2 * len(self._held) + GROUPS:
            self._free_at = {group: at for group, at in self._free_at.items() if at > now}

    def all_waiting(self) -> Iterator[AlarmState]:
        """All that wait for a token or for their group."""
        for each in self.waiting:
            yield from each if isinstance(each, tuple) else (each,)
        for held in self._held.values():
            yield from held.values()

    def stop_waiting(self) -> None:
        """Forget what waits; another master works it out anew."""
        for each in self.waiting:
            if isinstance(each, AlarmState):
                each.queued &= ~self.bits[0]
        self.waiting.clear()
        self._urgent = False
        self._held.clear()
        self._ready.clear()
        self._free_at.clear()

    def worry(self, pending: Pending, order: Order, when: float) -> None:
        """Look at this notice then: it ought to be delivered."""
        heappush(self._worries, (when, order, pending))

    def worrying(self, now: float) -> list[Pending]:
        """Notices that ought to be delivered by now and are not."""
        found: list[Pending] = []
        while self._worries and (self._worries[0][0] <= now or self._gone(self._worries[0][2])):
            pending = heappop(self._worries)[2]
            if not self._gone(pending) and not pending.fell:
                found.append(pending)
        return found

    def next_worry(self) -> float:
        """When `worrying` has more; infinite: never."""
        return self._worries[0][0] if self._worries else float("inf")

    def fall(self, pending: Pending) -> None:
        """The fallback is told what this tells."""
        if not pending.fell and self.pending.get(pending.notice.key) is pending:
            pending.fell = True
            self.out += 1

    def stop_worrying(self) -> None:
        """Forget what fell; another master works it out anew."""
        self._worries.clear()
        self.rescued.clear()
        self.out = 0
        for pending in self.pending.values():
            pending.fell = False

    def add(self, order: Order, pending: Pending, ready: float) -> None:
        """A notice is on disk and wants to be sent from `ready` on."""
        self.pending[pending.notice.key] = pending
        heappush(self._later, (ready, order, pending))

    def release_notices(self, now: float) -> None:
        """Let those be sent that were to wait until now."""
        while self._later and self._later[0][0] <= now:
            heappush(self._due, heappop(self._later)[1:])

    def head(self) -> Pending | None:
        """The oldest notice that is to be sent."""
        while self._due and self._gone(self._due[0][1]):
            heappop(self._due)
        return self._due[0][1] if self._due else None

    def _gone(self, pending: Pending) -> bool:
        return pending.over or self.pending.get(pending.notice.key) is not pending

    def unsent(self) -> int:
        """Notices that will want a token: planned or pending, less the one under way."""
        return self._begun() - (self.in_flight is not None)

    def _begun(self) -> int:
        return len(self.planned) + len(self.pending) - self.settling

    def settle(self, pending: Pending) -> None:
        """It is finished here: not to be sent again, even before the outcome is on disk."""
        pending.over = True
        self.settling += 1

    def remove(self, key: str) -> Pending | None:
        """Its final outcome is on disk."""
        pending = self.pending.pop(key, None)
        self.settling -= pending is not None and pending.over
        self.out -= pending is not None and pending.fell
        if len(self._due) + len(self._later) > 2 * len(self.pending) + SPARE:
            self._sweep()
        return pending

    def _sweep(self) -> None:
        """Drop what is gone from the heaps: a standby never gets to take it off the top."""
        self._due = [each for each in self._due if not self._gone(each[1])]
        self._later = [each for each in self._later if not self._gone(each[2])]
        heapify(self._due)
        heapify(self._later)

    def digest_size(self) -> int:
        """How many alarms the next digest takes: what waits is to be told within `DRAIN`, if the
        channel can tell that many by counting what it does not list."""
        needed = ceil(len(self.waiting) / (self.limits.rate * DRAIN))
        return max(self.limits.max_items, min(needed, self.limits.most_items))

    def room(self, now: float) -> int:
        """How many more notices may be written now."""
        if not self.failures:
            return min(self.bucket.count(now), AHEAD) - self.unsent() - self._kept_back()
        if self._begun() or now < self.paused_until:
            return 0
        return min(self.bucket.count(now), 1)  # one, to see if it is back

    def _note_urgent(self, states: tuple[AlarmState, ...]) -> None:
        if self.limits.reserve and self._urgent is False:
            self._urgent = any(map(_is_urgent, states))

    def _kept_back(self) -> int:
        """Tokens that are for critical alarms only: none while one waits, as it takes all along."""
        if not self.limits.reserve:
            return 0
        if self._urgent is None:
            self._urgent = any(map(_is_urgent, self.all_waiting()))
        return 0 if self._urgent else self.limits.reserve

    def next_plan(self) -> float:
        """When there may be something to plan without anything else happening; infinite: never."""
        ready = self._ready[0][0] if self._ready else float("inf")
        return min(ready, self._next_room()) if self.waiting else ready

    def _next_room(self) -> float:
        if self.failures:
            ready = max(self.paused_until, self.bucket.when(1))
            return float("inf") if self._begun() else ready
        unsent = self.unsent()
        return self.bucket.when(unsent + 1 + self._kept_back()) if unsent < AHEAD else float("inf")

    def next_send(self) -> float:
        """When the head may be sent; infinite: not before something else happens."""
        while self._later and self._gone(self._later[0][2]):
            heappop(self._later)
        if self.in_flight is not None or not (self._later or self.head()):
            return float("inf")
        ready = float("-inf") if self.head() else self._later[0][0]
        return max(ready, self.paused_until, self.bucket.when(1))

    def start(self, now: float) -> Attempt | None:
        """The attempt to make now, if there is one."""
        self.release_notices(now)
        head = self.head()
        if head is None or self.in_flight is not None:
            return None
        if now < self.paused_until or self.bucket.count(now) < 1:
            return None
        self.bucket.take(now)
        self.in_flight = Attempt(
            head.id, head.notice, head.attempts + 1, self.limits.timeout, started=now
        )
        return self.in_flight

    def back_off(self, now: float, after: float | None, dice: random.Random) -> None:
        """The channel failed: leave it in peace for as long as it asks, or a random while."""
        self.failures += 1
        self.behind = True
        ceiling = self.limits.backoff_first * 2.0 ** min(self.failures - 1, 32)
        pause = dice.uniform(0.0, min(ceiling, self.limits.backoff_max))
        if after is not None and after > 0:  # "at once" and "not a number" are no hints
            self.leave_alone(now, after)
        else:
            self.paused_until = max(self.paused_until, now + pause)

    def leave_alone(self, now: float, after: float) -> None:
        """The channel asked for so many seconds of peace."""
        self.asked_until = max(self.asked_until, now + min(after, self.limits.give_up_after))
        self.paused_until = max(self.paused_until, self.asked_until)

    def take_over(self, failures: int) -> None:
        """Begin to send. It failed that often before: one try tells whether it is back."""
        self.recovered()
        self.release_notices(float("inf"))
        self.failures = failures
        self.behind = failures > 0

    def recovered(self) -> None:
        """The channel is up, or may be: forget its failures, but not what it asked for."""
        self.failures = 0
        self.paused_until = self.asked_until


def _is_urgent(state: AlarmState) -> bool:
    return state.firing and state.severity is Severity.CRITICAL
