"""Folding four times as many entries is four times the work, not sixteen times."""

from __future__ import annotations

import sys
from collections.abc import Callable
from random import Random
from types import FrameType
from typing import Any

import pytest

from alarminati.core.access.sealed import SealedSecrets
from alarminati.core.access.trust import Trust
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.delivery.attempts import Limits
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import (
    Action,
    ActionKind,
    Body,
    Entry,
    Invitation,
    Redemption,
    Revocation,
    Sealed,
    Severity,
    Silence,
)
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import Route, Router
from alarminati.core.routing.silences import MOST, Silences
from tests.core.stage import WALL, alarm

FEW = 100
WARM = 350
MANY = 1500
Apply = Callable[[Entry], object]


class Delivering:
    """A book and an outbox that leads nobody."""

    def __init__(self) -> None:
        self.book = AlarmBook()
        limits = {"ops": Limits()}
        self.outbox = Outbox(
            self.book, Router(Route(("ops",))), limits, Random(1), "r0", "p", Policy()
        )

    def apply(self, entry: Entry) -> None:
        self.book.apply(entry)
        self.outbox.apply(entry, 0.0)


FOLDS: dict[str, tuple[Callable[[], Any], Callable[[int], Body]]] = {
    "silences": (
        Silences,
        lambda n: Silence(f"{n:016x}", ("a=b",), WALL, WALL + n * 7919 % 10_000, "kim"),
    ),
    "silences that are changed": (
        Silences,
        lambda n: Silence(f"{n % 40:016x}", ("a=b",), WALL, WALL + n * 7919 % 10_000, "kim"),
    ),
    "revocations": (Trust, lambda n: Revocation("viewer", f"v{n}", "kim")),
    "invitations": (Trust, lambda n: Invitation(f"{n:016x}", "viewer", f"v{n}", WALL, 90, "kim")),
    "redemptions": (
        Trust,
        lambda n: (
            Redemption(f"{n // 3:016x}", bytes([n % 3]))
            if n % 3
            else Invitation(f"{n // 3:016x}", "viewer", f"v{n // 3}", WALL, 90, "kim")
        ),
    ),
    "what is sealed": (SealedSecrets, lambda n: Sealed(f"channel/{n}", b"x", "kim")),
    "alarms": (Delivering, lambda n: alarm(f"a{n}")),
    "one alarm": (Delivering, lambda n: alarm("a", severity=list(Severity)[n % 4])),
    "one alarm that comes and goes": (Delivering, lambda n: alarm("a", resolved=n % 2 == 1)),
    "alarms that come and go": (Delivering, lambda n: alarm(f"a{n // 2}", resolved=n % 2 == 1)),
    "acknowledgements": (
        Delivering,
        lambda n: Action.acknowledge(alarm("a").fingerprint(), "kim") if n else alarm("a"),
    ),
    "notes": (
        Delivering,
        lambda n: Action(ActionKind.NOTE, (alarm("a").fingerprint(),), "kim") if n else alarm("a"),
    ),
    "silences beside alarms": (
        Delivering,
        lambda n: (
            alarm(f"a{n}")
            if n % 2
            else Silence(f"{n:016x}", ("a=b",), WALL, WALL + n * 7919 % 10_000, "kim")
        ),
    ),
}


def steps(apply: Apply, bodies: list[Body], start: int) -> int:
    """How many instructions it takes to fold them."""
    entries = [Entry("aaaa", n, n << 16, body) for n, body in enumerate(bodies, start)]
    count = 0

    def trace(frame: FrameType, event: str, arg: object) -> Any:
        nonlocal count
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        count += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for entry in entries:
            apply(entry)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("kind", FOLDS)
def test_g8_the_thousandth_entry_costs_no_more_than_the_hundredth(kind: str) -> None:
    make, body = FOLDS[kind]
    fold = make()
    for n in range(WARM):  # what is bounded has reached its bound by then
        fold.apply(Entry("aaaa", n + 1, n + 1 << 16, body(n)))
    few = steps(fold.apply, [body(n) for n in range(WARM, WARM + FEW)], WARM + 1)
    for n in range(WARM + FEW, MANY):
        fold.apply(Entry("aaaa", n + 1, n + 1 << 16, body(n)))
    last = steps(fold.apply, [body(n) for n in range(MANY, MANY + FEW)], MANY + 1)
    assert last < 1.7 * few, f"{few} steps for the first, {last} for the last"


def test_silences_are_in_order_of_their_end_whatever_the_order_they_came_in() -> None:
    silences, dice, stands = Silences(), Random(3), dict[str, Silence]()
    for n in range(1, 400):
        id = f"{dice.randrange(60):016x}"
        one = Silence(id, ("a=b",), WALL, WALL + dice.randrange(500), "kim")
        stands[id] = one
        silences.apply(Entry("aaaa", n, n << 16, one))
    kept = sorted(stands.values(), key=lambda each: (each.end_time, each.id))
    assert silences.active(WALL) == [each for each in kept if each.end_time > WALL]
    assert silences._ends == [each.end_time for each in kept]


def test_silences_beyond_the_most_are_forgotten_with_their_ends() -> None:
    silences = Silences()
    for n in range(1, MOST + 2):
        silences.apply(
            Entry("aaaa", n, n << 16, Silence(f"{n:016x}", ("a=b",), WALL, WALL + n, "kim"))
        )
    assert len(silences) == len(silences._ends) == len(silences._by_end) <= MOST
    assert silences.active(WALL)[-1].end_time == WALL + MOST + 1
