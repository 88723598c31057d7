"""G8: a replica's memory has a bound, and who goes beyond it is told when to come back."""

from __future__ import annotations

import pytest

from alarminati.core import admission as module
from alarminati.core.receipts import Answer, Refuse
from alarminati.core.reception import Overloaded
from alarminati.core.replica import Replica
from tests.core.stage import alarm
from tests.sim.days import settled_world


def accept(replica: Replica, now: float, name: str, resolved: bool) -> list[object]:
    _, effects = replica.accept(now, 10**12, [alarm(name, resolved)], None, 0)
    return [effect for effect in effects if isinstance(effect, Answer | Refuse)]


def test_g8_too_many_firing_alarms_are_refused_but_their_ends_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_FIRING", 3)
    world, master, _ = settled_world(1)
    for number in range(3):
        world.report(master, f"alarm {number}")
        world.run(1.0)
    assert master.replica is not None
    (refusal,) = accept(master.replica, world.now, "one more", resolved=False)
    assert isinstance(refusal, Refuse)
    assert isinstance(refusal.error, Overloaded)
    assert accept(master.replica, world.now, "alarm 0", resolved=True) == []
