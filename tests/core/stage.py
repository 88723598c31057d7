"""A stage for the delivery core: replicas that share entries, channels that misbehave on cue.

Events lie on a heap; everything random comes from one seed.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import count
from random import Random

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import USUAL, Bounds
from alarminati.core.delivery.attempts import Attempt, Limits, Verdict
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import (
    Alarm,
    Body,
    DeliveryAttempt,
    Entry,
    EntryId,
    NotificationItem,
    NotificationReason,
    Result,
    Severity,
)
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import Route, Router

WALL = 1_760_000_000_000
Answer = Callable[[float, Attempt], tuple[float, Verdict]]
"""What a channel does with an attempt: seconds until it answers, and the verdict."""


def alarm(name: str, resolved: bool = False, **more: object) -> Alarm:
    """A small alarm; equal names are the same alarm."""
    fields: dict[str, object] = {"severity": Severity.ERROR, "timestamp": WALL, "key": name}
    return Alarm(message=f"{name} is in trouble", resolved=resolved, **{**fields, **more})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Telling:
    """One line that a channel received."""

    at: float
    by: str
    key: str
    item: NotificationItem


class Replica:
    """A book and an outbox with a disk that never fails."""

    def __init__(
        self,
        stage: Stage,
        name: str,
        route: Route,
        limits: Mapping[str, Limits],
        bounds: Bounds = USUAL,
    ) -> None:
        self.stage = stage
        self.name = name
        self.origin = f"{name}-origin"[:8]
        self.sequence = count(1)
        self.entries: list[Entry] = []
        self.held: set[EntryId] = set()
        self.friends: list[Replica] = []
        self.running = True
        self.leading = False
        self.generation = 0
        self.timer: float | None = None
        self.book = AlarmBook(bounds)
        self.outbox = Outbox(
            self.book,
            Router(route),
            limits,
            Random(stage.dice.random()),
            name,
            "p",
            stage.policy,
            bounds,
        )

    def put(self, *bodies: Body) -> list[Entry]:
        """Write own facts, all at once, then look what follows."""
        entries = [self.make(body) for body in bodies]
        for entry in entries:
            self.store(entry)
            for friend in self.friends:
                self.stage.carry(entry, friend)
        self.drive()
        return entries

    def make(self, body: Body) -> Entry:
        """A fact of this replica, not stored yet."""
        return Entry(self.origin, next(self.sequence), self.stage.stamp(), body)

    def store(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.held.add(entry.id)
        self.book.apply(entry)
        self.outbox.apply(entry, self.stage.now)

    def take(self, entry: Entry) -> None:
        """A fact of another replica; known ones are passed over, as the journal does."""
        if self.running and entry.id not in self.held:
            self.store(entry)
            self.drive()

    def lead(self) -> None:
        self.leading = True
        self.outbox.lead(self.stage.now, self.stage.wall)
        self.drive()

    def reconfigure(
        self, route: Route, limits: Mapping[str, Limits], policy: Policy | None = None
    ) -> None:
        """Other settings from now on."""
        now, wall = self.stage.now, self.stage.wall
        self.outbox.reconfigure(now, wall, Router(route), policy or Policy(), limits)
        self.drive()

    def rest(self) -> None:
        self.leading = False
        self.outbox.rest(self.stage.now)

    def crash(self) -> None:
        """Nothing it began comes to an end here."""
        self.running = self.leading = False
        self.generation += 1

    def drive(self) -> None:
        """Plan, write, send, until nothing more is due now."""
        now, idle = self.stage.now, 0
        while self.running and self.leading:
            notices = self.outbox.plan(now, self.stage.wall)
            for notice in notices:
                entry = self.make(notice)
                self.store(entry)
                for friend in self.friends:
                    self.stage.carry(entry, friend)
            given_up = self.outbox.give_up(now)
            if given_up:
                self.put(*given_up)
            attempts = self.outbox.attempts(now)
            for attempt in attempts:
                self.stage.send(self, attempt)
            due = self.outbox.next_due(now)
            if due is None:
                return
            if due > now:
                self.wake(due)
                return
            acted = notices or attempts or given_up
            idle = 0 if acted else idle + 1  # it looks at so many alarms at a time
            assert idle <= len(self.book), f"seed {self.stage.seed}: due, but nothing to do"

    def wake(self, due: float) -> None:
        if self.timer is not None and self.stage.now < self.timer <= due:
            return
        self.timer = due
        self.stage.at(due, self.drive)


class Stage:
    """Time, wires and channels."""

    def __init__(
        self,
        route: Route | None = None,
        limits: Mapping[str, Limits] | None = None,
        seed: int = 0,
        size: int = 1,
        policy: Policy | None = None,
        bounds: Bounds = USUAL,
    ) -> None:
        self.seed = seed
        self.policy = policy
        self.dice = Random(seed)
        self.now = 1000.0
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.number = count()
        self.last_stamp = self.ahead = 0  # `ahead`: milliseconds by which the clock is wrong
        self.answers: dict[str, Answer] = {}
        self.cut = False
        self.told: dict[str, list[Telling]] = defaultdict(list)
        self.sends: dict[str, list[float]] = defaultdict(list)
        self.asked: dict[str, float] = {}  # no send before this, says the channel
        limits = limits or {"ops": Limits(rate=1000.0, burst=1000)}
        route = route or Route(tuple(limits))
        self.route, self.limits, self.bounds = route, limits, bounds
        self.replicas = [Replica(self, f"r{n}", route, limits, bounds) for n in range(size)]
        for replica in self.replicas:
            replica.friends = [other for other in self.replicas if other is not replica]

    @property
    def one(self) -> Replica:
        """The only replica, or the first."""
        return self.replicas[0]

    @property
    def wall(self) -> int:
        """Milliseconds since 1970 UTC."""
        return WALL + int(self.now * 1000) + self.ahead

    def stamp(self) -> int:
        """Stamps follow this clock, and each is greater than those before."""
        self.last_stamp = max(self.last_stamp + 1, self.wall << 16)
        return self.last_stamp

    def at(self, when: float, action: Callable[[], None]) -> None:
        heapq.heappush(self.events, (when, next(self.number), action))

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.events and self.events[0][0] <= end:
            when, _, action = heapq.heappop(self.events)
            self.now = max(self.now, when)
            action()
        self.now = end

    def carry(self, entry: Entry, target: Replica) -> None:
        """Bring a fact to another replica, in order, unless the wire is cut."""
        if not self.cut:
            self.at(self.now + 0.001, lambda: target.take(entry))

    def heal(self) -> None:
        """The wire is whole: everybody learns what everybody knows."""
        self.cut = False
        for replica in self.replicas:
            for entry in list(replica.entries):
                for friend in replica.friends:
                    friend.take(entry)

    def send(self, replica: Replica, attempt: Attempt) -> None:
        channel = attempt.notice.channel
        for item in attempt.notice.items:
            kept = replica.book.find(item.fingerprint) is not None
            assert kept, f"seed {self.seed}: {item} is to be told and forgotten"
        asked = self.asked.get(channel, 0.0)
        assert self.now >= asked, f"seed {self.seed}: {channel} is sent to before {asked}"
        self.sends[channel].append(self.now)
        answer = self.answers.get(channel, _delivers)
        delay, verdict = answer(self.now, attempt)
        if verdict.result is Result.DELIVERED:
            self.told[channel] += [
                Telling(self.now, replica.name, attempt.notice.key, item)
                for item in attempt.notice.items
            ]
        generation = replica.generation

        def finish() -> None:
            if replica.running and replica.generation == generation:
                if verdict.after is not None and verdict.after > 0:
                    self.asked[channel] = self.now + verdict.after
                outcome = replica.outbox.finished(self.now, attempt, verdict)
                replica.put(outcome)

        self.at(self.now + delay, finish)

    def lines(self, channel: str = "ops") -> list[str]:
        """What a channel was told, one text a line: the alarm's key and a `sign`."""
        return [self.text(telling.item) for telling in self.told[channel]]

    def messages(self, channel: str = "ops") -> list[list[str]]:
        """The same, message by message."""
        found: dict[tuple[float, str], list[str]] = {}
        for telling in self.told[channel]:
            found.setdefault((telling.at, telling.key), []).append(self.text(telling.item))
        return list(found.values())

    def text(self, item: NotificationItem) -> str:
        for replica in self.replicas:
            for entry in replica.entries:
                if entry.id == item.alarm and isinstance(entry.body, Alarm):
                    return entry.body.key + sign(item)
        raise AssertionError(f"{item} names no report")


def sign(item: NotificationItem) -> str:
    """+ it fires, - it is over, *2 it still fires (for the second time), ! it is acknowledged."""
    if item.reason is NotificationReason.REMINDER:
        return f"*{item.reminder_number}"
    if item.reason is NotificationReason.ACKNOWLEDGED:
        return "!"
    if item.reason is NotificationReason.SEVERITY_RAISED:
        return "^"
    return "-" if item.resolved else "+"


def _delivers(now: float, attempt: Attempt) -> tuple[float, Verdict]:
    return 0.005, Verdict.delivered()


def always(verdict: Verdict, delay: float = 0.005) -> Answer:
    """A channel that knows one answer."""
    return lambda now, attempt: (delay, verdict)


def outcomes(replica: Replica) -> list[DeliveryAttempt]:
    """All that was written about attempts."""
    return [entry.body for entry in replica.entries if isinstance(entry.body, DeliveryAttempt)]
