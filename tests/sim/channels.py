"""Two channels that record what they are sent, and fail when told to."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from random import Random
from typing import Protocol

from alarminati.core.delivery.attempts import Attempt, Verdict
from alarminati.core.model.entries import EntryId, Notification, NotificationReason

CHANNELS = ("ops", "team")  # told at once; others are told later, or in their stead


class Time(Protocol):
    """The part of a world that channels need."""

    now: float
    dice: Random

    def after(self, delay: float, action: Callable[[], None]) -> None: ...
    def delay(self) -> float: ...


class Sender(Protocol):
    """The process that sends."""

    name: str
    generation: int
    paused: bool


class Channels:
    """What people would see on all channels."""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.down_until: dict[str, float] = defaultdict(float)
        self.refuses_until: dict[str, float] = defaultdict(float)
        self.swallows: Sender | None = None  # whose sends come to no end
        self.told: dict[tuple[str, str, bool], list[EntryId]] = defaultdict(list)
        self.learned: dict[tuple[str, str], list[EntryId]] = defaultdict(list)  # reports that fire
        self.said: dict[tuple[str, str], list[tuple[bool, bool]]] = defaultdict(list)
        """Whether each change told is its end, and whether people sent a dead letter again."""
        self.reminded: Counter[tuple[str, EntryId, NotificationReason, int]] = Counter()

    def send(self, sender: Sender, attempt: Attempt, done: Callable[[Verdict], None]) -> None:
        """One attempt; `done` is called with the verdict unless the sender dies before."""
        time, generation, notice = self.time, sender.generation, attempt.notice

        def arrive() -> None:
            if generation != sender.generation or sender is self.swallows:
                return
            reset = sender.paused and time.dice.random() < 0.5
            if reset or time.now < self.down_until[notice.channel]:
                verdict = Verdict.retry("answered 500")
            elif time.now < self.refuses_until[notice.channel]:
                verdict = Verdict.dead("answered 400")
            else:
                verdict = Verdict.delivered()
                self.receive(notice)
            time.after(time.delay(), lambda: answer(verdict))

        def answer(verdict: Verdict) -> None:
            if generation == sender.generation:
                done(verdict)

        time.after(time.dice.uniform(0.002, 0.05), arrive)

    def receive(self, notice: Notification) -> None:
        """People see it."""
        for item in notice.items:
            if item.reason not in (NotificationReason.REMINDER, NotificationReason.ACKNOWLEDGED):
                told = (item.resolved, notice.dead_letter is not None)
                self.said[notice.channel, item.fingerprint].append(told)
            if not item.resolved and item.reason in (
                NotificationReason.STATE_CHANGED,
                NotificationReason.SEVERITY_RAISED,
            ):
                self.learned[notice.channel, item.fingerprint].append(item.alarm)
            if item.reason is NotificationReason.STATE_CHANGED:
                self.told[notice.channel, item.fingerprint, item.resolved].append(item.alarm)
            else:
                self.reminded[notice.channel, item.alarm, item.reason, item.reminder_number] += 1
