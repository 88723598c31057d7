"""Rules of the alarm's life that hold all along: checked whenever a replica decides to tell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeAlias

from alarminati.core.model.entries import (
    Action,
    Alarm,
    Entry,
    EntryId,
    Notification,
    NotificationItem,
    NotificationReason,
    Silence,
)
from alarminati.core.model.matchers import labels_of
from alarminati.core.replica import Replica
from tests.sim.settings import ESCALATED_AFTER, REPEATED_AFTER

SLACK = 45.0  # seconds a full disk, a pause or a clock may put between a decision and its entry
SKEW = 5.0  # seconds by which clocks differ


Told: TypeAlias = Mapping[tuple[str, str, bool], Sequence[EntryId]]
"""Reports by channel, fingerprint and whether it is over."""


class Teller(Protocol):
    """The part of a node that counts here."""

    name: str
    replica: Replica | None

    def wall(self) -> int: ...


class Rules:
    """Knows who learned what when, and what was reported first when."""

    def __init__(self) -> None:
        self._learned: dict[tuple[str, Silence | Action], float] = {}
        self._first: dict[str, float] = {}
        self._repeated: dict[tuple[str, str, EntryId], tuple[int, float]] = {}
        self.begins: dict[tuple[str, EntryId], list[int]] = {}
        """By channel and end: when the episode began, for who decided to tell its end; stamps."""
        self._newest: dict[tuple[str, str, str], tuple[NotificationItem, float, float]] = {}

    def reported(self, alarm: Alarm, now: float) -> None:
        """Somebody reports this."""
        self._first.setdefault(alarm.fingerprint(), now)

    def stored(self, node: Teller, entries: Sequence[Entry], now: float) -> None:
        """These are on the disk of that node."""
        for entry in entries:
            if isinstance(entry.body, (Silence, Action)):
                self._learned.setdefault((node.name, entry.body), now)
            elif isinstance(entry.body, Notification) and node.replica is not None:
                own = node.replica.journal.own
                for item in entry.body.items if entry.origin != own else ():
                    self._newest.pop((own, entry.body.channel, item.fingerprint), None)

    def sending(self, node: Teller, notice: Notification, told: Told) -> None:
        """That node begins to send this: it can tell only what it knows, or was told before."""
        assert node.replica is not None
        for item in notice.items:
            before = told.get((notice.channel, item.fingerprint, item.resolved), ())
            known = node.replica.book.find(item.fingerprint) is not None or item.alarm in before
            assert known, f"G1: {node.name} is to tell {item}, and has forgotten it"

    def decided(self, node: Teller, entries: Sequence[Entry], now: float, jumped: bool) -> None:
        """That node is about to write these; `jumped`: no clock is to be believed."""
        replica = node.replica
        assert replica is not None
        for entry in entries:
            notice = entry.body
            if isinstance(notice, Notification) and entry.origin == replica.journal.own:
                for item in notice.items if not notice.dead_letter else ():
                    self._note_begin(replica, notice.channel, item)
                    self._check_haste(node, replica, notice.channel, item, now)
                for item in notice.items if not (jumped or notice.dead_letter) else ():
                    self._check_silences(node, replica, item, now)
                    self._check_reminders(node, replica, notice, item, now)

    def _check_silences(
        self, node: Teller, replica: Replica, item: NotificationItem, now: float
    ) -> None:
        state, wall = replica.book.find(item.fingerprint), node.wall()
        if state is None:
            return
        labels = labels_of(state.alarm, "sim")
        told = [each for each in state.episodes() if each.first.id == item.alarm and each.close]
        for silence in replica.outbox.silences.all():
            known = now - self._learned.get((node.name, silence), now)
            if known < SLACK or not replica.outbox.silences.fits(silence, labels):
                continue
            in_force = silence.start_time + SLACK * 1000 < wall < silence.end_time
            assert not in_force, f"{node.name} tells {item} though {silence}"
            for episode in told:
                began, over = (
                    episode.first.stamp >> 16,
                    (episode.close or episode.first).stamp >> 16,
                )
                within = silence.start_time <= began and over < silence.end_time
                assert not within, f"{node.name} tells {item}, which was all under {silence}"

    def _check_reminders(
        self,
        node: Teller,
        replica: Replica,
        notice: Notification,
        item: NotificationItem,
        now: float,
    ) -> None:
        state = replica.book.find(item.fingerprint)
        escalated = notice.channel == "boss" and item.reason is NotificationReason.STATE_CHANGED
        if state is None or item.resolved or not (escalated or item.reminder_number):
            return
        if item.reminder_number:
            self._check_pace(node, notice.channel, item, now)
        else:
            fired = now - self._first[item.fingerprint]
            assert fired > ESCALATED_AFTER - SKEW, f"{node.name} escalates after {fired:.1f} s"
        seen = state.acknowledgement
        if seen is not None and state.firing:
            known = now - self._learned.get((node.name, seen), now)
            assert known < SLACK, f"{node.name} tells {item} though {seen}"

    def _note_begin(self, replica: Replica, channel: str, item: NotificationItem) -> None:
        state = replica.book.find(item.fingerprint) if item.resolved else None
        for episode in state.episodes() if state else ():
            if episode.close is not None and episode.close.id == item.alarm:
                self.begins.setdefault((channel, item.alarm), []).append(episode.first.stamp)

    def _check_haste(
        self, node: Teller, replica: Replica, channel: str, item: NotificationItem, now: float
    ) -> None:
        """Nothing is repeated early after own notices, whatever clocks showed before them."""
        place, ahead = (replica.journal.own, channel, item.fingerprint), node.wall() / 1000 - now
        state = replica.book.find(item.fingerprint)
        if state is None or not any(report.id == item.alarm for report in state.episode()):
            return  # a notice of an earlier episode does not put off the reminders of this one
        last, when, was = self._newest.get(place, (item, now, ahead))
        again = item.reminder_number and item.reminder_number != last.reminder_number
        if again and abs(ahead - was) < 1:
            early = now - when < REPEATED_AFTER - SKEW
            assert not early, f"{node.name} tells {item} {now - when:.1f} s after {last}"
        if last is item or item != last:
            self._newest[place] = (item, now, ahead)

    def _check_pace(self, node: Teller, channel: str, item: NotificationItem, now: float) -> None:
        place = (node.name, channel, item.alarm)
        reminder_number, last = self._repeated.get(place, (0, float("-inf")))
        if item.reminder_number != reminder_number:
            early = now - last < REPEATED_AFTER - SKEW
            assert not early, f"{node.name} tells {item} again after {now - last:.1f} s"
            self._repeated[place] = (item.reminder_number, now)
