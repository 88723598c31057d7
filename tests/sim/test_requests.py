"""Requests that are sent again: each is taken once, by whichever replica, and nothing else is."""

from __future__ import annotations

from collections import deque

import pytest

from alarminati.core.journal.acks import Ack, Reject
from alarminati.core.journal.ingest import RequestIdReused, TooFewReplicas
from alarminati.core.model.entries import EntryId
from tests.sim.days import settled_world, states
from tests.sim.promises import How
from tests.sim.world import Node, World

SEEDS = range(20)


def ids(heard: deque[Ack | Reject]) -> set[tuple[EntryId, ...]]:
    assert all(isinstance(each, Ack) for each in heard), heard
    return {each.receipt.ids for each in heard if isinstance(each, Ack)}


def refused(world: World, node: Node, message: str, request: str) -> bool:
    heard: deque[Ack | Reject] = deque()
    world.report(node, message, how=How(request, heard=heard))
    world.run(2.0)
    return [type(each.error) for each in heard if isinstance(each, Reject)] == [RequestIdReused]


@pytest.mark.parametrize("seed", SEEDS)
def test_g1_a_request_sent_again_is_known_in_the_middle_elsewhere_and_after_a_restart(
    seed: int,
) -> None:
    world, master, standbys = settled_world(seed)
    heard: deque[Ack | Reject] = deque()
    for _ in range(3):  # the first is still being written
        world.report(standbys[0], "paid twice", how=How("one", heard=heard))
    world.run(2.0)
    for node in world.nodes:
        world.report(node, "paid twice", how=How("one", heard=heard))
    world.run(2.0)
    standbys[0].crash()
    world.run(5.0)
    standbys[0].start()
    world.run(20.0)
    world.report(standbys[0], "paid twice", how=How("one", heard=heard))
    world.run(2.0)
    assert len(heard) == 7
    assert len(ids(heard)) == 1
    assert [count for _, _, count, _ in states(master)] == [1]


@pytest.mark.parametrize("seed", SEEDS)
def test_g1_another_content_under_a_used_id_is_refused_aloud(seed: int) -> None:
    world, _, standbys = settled_world(seed)
    world.report(standbys[0], "first", how=How("one"))
    assert refused(world, standbys[0], "at once", "one")  # the first is still being written
    for node in world.nodes:
        assert refused(world, node, "second", "one")
    standbys[0].crash()
    standbys[0].start()
    assert refused(world, standbys[0], "after a restart", "one")
    heard: deque[Ack | Reject] = deque()
    world.report(standbys[0], "second", how=How("two", heard=heard))
    world.run(2.0)
    assert ids(heard)


@pytest.mark.parametrize("seed", SEEDS)
def test_g1_who_sends_again_gets_as_many_copies_as_it_asks_for(seed: int) -> None:
    """By the first, by those that come while it waits, and out of memory."""
    world, master, standbys = settled_world(seed)
    for standby in standbys:
        standby.crash()
    world.run(20.0)
    heard: deque[Ack | Reject] = deque()
    world.report(master, "alone", how=How("one", heard=heard))
    world.report(master, "alone", how=How("one", 2, heard))
    world.run(2.0)
    world.report(master, "alone", how=How("one", 2, heard))
    world.run(2.0)
    first, *others = heard
    assert isinstance(first, Ack) and first.receipt.replicas == 1
    assert [type(each.error) for each in others if isinstance(each, Reject)] == [TooFewReplicas] * 2
    standbys[0].start()
    world.run(30.0)
    world.report(master, "alone", how=How("one", 2, heard))
    world.run(2.0)
    last = heard[-1]
    assert isinstance(last, Ack) and last.receipt.replicas >= 2
