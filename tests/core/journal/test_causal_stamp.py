"""Words on the same thing sort in the order in which they were said, whatever a clock once said."""

from __future__ import annotations

import pytest

from alarminati.core.access.sealed import SealedSecrets
from alarminati.core.access.trust import Trust
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.causal_stamp import CausalStamper
from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    Entry,
    Invitation,
    Notification,
    Revocation,
    Sealed,
    Severity,
    Silence,
)
from alarminati.core.model.hlc import HybridClock
from alarminati.core.routing.silences import Silences

NOW = 1_790_000_000_000
YEARS = NOW + 10 * 365 * 86_400_000
FIRES = Alarm("disk is full", Severity.ERROR, NOW)
OVER = Alarm("disk is full", Severity.ERROR, NOW, resolved=True)
OTHER = Alarm("another", Severity.ERROR, NOW)

PAIRS: list[tuple[Body, Body]] = [
    (OVER, FIRES),
    (FIRES, Action.acknowledge(FIRES.fingerprint(), "kim")),
    (Action.acknowledge(FIRES.fingerprint(), "kim"), OVER),
    (Silence("s", ("a=b",), 0, 9, "kim"), Silence("s", ("a=b",), 0, 1, "kim")),
    (Sealed("channel/ops", b"1", "kim"), Sealed("channel/ops", b"", "kim")),
    (Revocation("viewer", "lee", "kim"), Revocation("viewer", "lee", "kim", undone=True)),
    (
        Invitation("i", "viewer", "lee", 1, 1, "kim"),
        Invitation("i", "viewer", "lee", 1, 1, "", True),
    ),
]


class Folded:
    """Everything a replica folds, with the stamps it would give."""

    def __init__(self) -> None:
        self.book = AlarmBook()
        self.others = (Silences(), SealedSecrets(), Trust())
        self.clock = HybridClock()
        behind = [self.book.behind, *(fold.behind for fold in self.others)]
        self.succession = CausalStamper(self.clock, behind)

    def hears(self, body: Body, wall: int) -> int:
        """A replica whose clock says `wall` said this."""
        entry = Entry("theirs00", 1, wall << 16, body)
        self.clock.witness(entry.stamp, NOW)
        self.book.apply(entry)
        for fold in self.others:
            fold.apply(entry)
        return entry.stamp


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=lambda body: type(body).__name__)
def test_g1_who_knows_the_last_word_stamps_behind_it(first: Body, second: Body) -> None:
    folded = Folded()
    last = folded.hears(first, YEARS)
    assert folded.succession.stamp(second, NOW) == last + 1
    assert folded.succession.stamp(second, NOW) == last + 2, "both wait for the same commit"


def test_nothing_else_is_dragged_along() -> None:
    folded = Folded()
    last = folded.hears(OVER, YEARS)
    folded.succession.stamp(FIRES, NOW)
    for body in (OTHER, Sealed("token/ops", b"1", "a1"), Notification("ops", (), "key")):
        assert folded.succession.stamp(body, NOW) < last


def test_an_ordinary_day_goes_by_the_clock() -> None:
    folded = Folded()
    folded.hears(OVER, NOW - 1000)
    assert folded.succession.stamp(FIRES, NOW) == NOW << 16
