"""Folding: whatever the order of arrival, the same state (the ground under G2 and G5)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.attempts import Limits
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    DeliveryAttempt,
    Entry,
    Notification,
    NotificationItem,
    Result,
    Severity,
)
from alarminati.core.routing.routes import Route, Router
from tests.core.stage import WALL, alarm

CHANNELS = ("ops", "team")
NAMES = ("disk", "cpu")


def fold(entries: Sequence[Entry]) -> tuple[AlarmBook, Outbox]:
    book = AlarmBook()
    limits = dict.fromkeys(CHANNELS, Limits())
    outbox = Outbox(book, Router(Route(CHANNELS)), limits, Random(1), "r0", "p")
    for entry in entries:
        book.apply(entry)
        outbox.apply(entry, 0.0)
    return book, outbox


def as_stands(state: AlarmState) -> object:
    return (
        state.fingerprint,
        state.id,
        state.alarm,
        state.since,
        state.resolved,
        state.firing,
        state.count,
        state.severity,
        state.acknowledgement,
        [(report.id, report.told) for report in state.reports],
        sorted(state.alive_ids()),
    )


def snapshot(entries: Sequence[Entry]) -> object:
    book, outbox = fold(entries)
    outbox.lead(0.0, WALL)
    return (
        [as_stands(state) for state in book.firing()],
        [as_stands(state) for state in book.newest()],
        outbox.pending,
        outbox.dead,
        [sorted(set(outbox.ledger(alarm(name).fingerprint()))) for name in NAMES],
        sorted(set(outbox.alive_ids())),
        [(notice.key, notice.items) for notice in outbox.plan(0.0, WALL)],
    )


class Past:
    """Draws a past: entries of three origins that are about each other."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.entries: list[Entry] = []
        self.sequences = dict.fromkeys(("aaaa", "bbbb", "cccc"), 0)

    def live(self) -> list[Entry]:
        for moment in range(self.draw(st.integers(1, 14))):
            origin = self.draw(st.sampled_from(sorted(self.sequences)))
            self.sequences[origin] += 1
            self.entries.append(
                Entry(origin, self.sequences[origin], (moment // 2) << 16, self.fact())
            )
        return self.entries

    def fact(self) -> Body | None:
        kind = self.draw(st.sampled_from("aaaaaannnooox-"))
        name = self.draw(st.sampled_from(NAMES))
        if kind == "n":
            return self.notice()
        if kind == "o":
            return self.outcome()
        if kind == "x":
            return Action.acknowledge(alarm(name).fingerprint(), self.draw(st.sampled_from("xyz")))
        if kind == "-":
            return None
        resolved, severity = self.draw(st.booleans()), self.draw(st.sampled_from(Severity))
        return alarm(name, resolved, severity=severity)

    def notice(self) -> Body | None:
        ids = [
            (entry.id, entry.body.fingerprint())
            for entry in self.entries
            if isinstance(entry.body, Alarm)
        ]
        if not ids:
            return None
        chosen = self.draw(st.lists(st.sampled_from(ids), min_size=1, max_size=3, unique=True))
        items = tuple(NotificationItem(*each, self.draw(st.booleans())) for each in chosen)
        channel = self.draw(st.sampled_from(CHANNELS))
        return Notification(channel, items, key=repr((channel, items)))

    def outcome(self) -> Body | None:
        notices = [entry.id for entry in self.entries if isinstance(entry.body, Notification)]
        if not notices:
            return None
        result = self.draw(st.sampled_from(Result))
        return DeliveryAttempt(
            self.draw(st.sampled_from(notices)), result, len(self.entries), "r0", 1
        )


@st.composite
def pasts(draw: st.DrawFn) -> tuple[list[Entry], list[Entry]]:
    """A past as it was, and as it arrived: shuffled, with some of it twice."""
    entries = Past(draw).live()
    arrived = draw(st.permutations(entries))
    again = draw(st.lists(st.sampled_from(entries), max_size=4))
    for entry in again:
        arrived.insert(draw(st.integers(0, len(arrived))), entry)
    return entries, arrived


@given(pasts())
@settings(max_examples=400)
def test_g2_g5_any_order_and_repetition_folds_to_the_same_state(
    past: tuple[list[Entry], list[Entry]],
) -> None:
    entries, arrived = past
    assert snapshot(arrived) == snapshot(entries)
