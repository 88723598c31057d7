"""G8: a replica's memory has a bound, and who goes beyond it is told when to come back."""

from __future__ import annotations

import pytest

from alarminati.core import admission as module
from alarminati.core.bounds import Bounds
from alarminati.core.entries import Alarm, Severity
from alarminati.core.receipts import Answer, Refuse
from alarminati.core.reception import Overloaded
from alarminati.core.replica import Replica
from tests.core.stage import alarm
from tests.sim.channels import CHANNELS
from tests.sim.days import settled_world
from tests.sim.world import Node, World


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


def test_g8_what_is_over_and_untold_is_kept_and_nothing_more_may_begin() -> None:
    """Where memory ends, who reports is told to come back; once it was told, he gets in."""
    world = World(1, size=1, bounds=Bounds(closed=2, unsaid=3))
    world.run(5.0)
    (node,) = world.nodes
    for channel in CHANNELS:
        world.channel.down_until[channel] = world.now + 60.0
    for number in range(6):
        world.report(node, f"alarm {number}")
    for number in range(6):
        world.report(node, f"alarm {number}", True)
    world.report(node, "it fires")
    world.run(1.0)
    (refused,) = refusals(node, "one more")
    assert isinstance(refused, Overloaded)
    for name, resolved in (("it fires", False), ("it fires", True), ("one more", True)):
        assert refusals(node, name, resolved) == []  # this adds nothing to remember
    world.run(120.0)
    assert [refusals(node, "one more") for _ in range(3)][-1] == []


def refusals(node: Node, name: str, resolved: bool = False) -> list[Exception]:
    """Hand one in, as `World.report` does."""
    assert node.replica is not None
    now, report = node.world.now, Alarm(name, Severity.CRITICAL, node.wall(), resolved)
    _, effects = node.replica.accept(now, node.wall(), [report], None, 0)
    node.do(effects)
    return [effect.error for effect in effects if isinstance(effect, Refuse)]
