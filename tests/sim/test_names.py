"""Two replicas that were given one name: one master, each alarm told once, told apart."""

from __future__ import annotations

import pytest

from alarminati.core.election.messages import Role
from alarminati.core.election.namesakes import GONE
from tests.sim.days import agreed, complaint, tellings
from tests.sim.world import Node, World

SEEDS = range(20)


def twins(seed: int, size: int = 3) -> tuple[World, Node, Node]:
    """The first two have one name, and everybody has just started."""
    world = World(seed, size=size)
    one, other = world.nodes[:2]
    for node in world.nodes:
        node.crash()
    other.given = one.given
    for node in world.nodes:
        node.start()
    return world, one, other


def names(world: World) -> list[str]:
    return [node.replica.election.name for node in world.nodes if node.replica is not None]


def masters(world: World) -> list[Node]:
    roles = [(node, node.replica.election.role) for node in world.nodes if node.replica]
    return [node for node, role in roles if role is Role.MASTER]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("size", [2, 3])
def test_g4_two_of_one_name_are_told_apart_and_have_one_master(seed: int, size: int) -> None:
    world, one, other = twins(seed, size)
    world.run(10.0)
    assert len(set(names(world))) == size
    assert one.given in names(world)  # the one that is older keeps it
    assert len(masters(world)) == 1
    world.report(one, "seen by both")
    world.report(other, "seen by both")
    world.run(10.0)
    assert tellings(world, "seen by both") == [1, 1]
    assert agreed(world), complaint(world)


@pytest.mark.parametrize("seed", SEEDS)
def test_g4_two_of_one_name_that_meet_late_have_one_master(seed: int) -> None:
    world = World(seed, size=3)
    one, other, third = world.nodes
    for node in world.nodes:
        node.crash()
    other.given = one.given
    world.cut(one, other)
    world.cut(other, third)
    for node in world.nodes:
        node.start()
    world.run(20.0)
    assert len(masters(world)) == 2
    world.heal()
    world.run(30.0)
    assert len(masters(world)) == 1
    assert len(set(names(world))) == 3
    world.report(one, "after they met")
    world.run(10.0)
    assert tellings(world, "after they met") == [1, 1]
    assert agreed(world), complaint(world)


@pytest.mark.parametrize("seed", SEEDS)
def test_g4_a_whole_copied_file_makes_no_second_master(seed: int) -> None:
    world, one, other = twins(seed)
    assert other.replica is not None and one.replica is not None
    other.replica.election.address = one.replica.election.address  # `advertise` was copied, too
    assert world.run_until(lambda: len(masters(world)) == 1 and len(set(names(world))) == 3, 40.0)
    world.run(20.0)
    world.report(other, "reported to the copy")
    world.run(10.0)
    assert tellings(world, "reported to the copy") == [1, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_name_is_given_back_when_its_other_bearer_is_gone(seed: int) -> None:
    world, one, other = twins(seed)
    world.run(5.0)
    renamed = next(n for n in (one, other) if n.replica and n.replica.election.name != one.given)
    keeper = other if renamed is one else one
    keeper.crash()
    world.run(GONE + 70.0)
    assert renamed.replica is not None and renamed.replica.election.name == one.given
    assert len(masters(world)) == 1
    world.report(renamed, "under the name it was given")
    world.run(10.0)
    assert tellings(world, "under the name it was given") == [1, 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_restart_is_no_namesake(seed: int) -> None:
    world = World(seed, size=3)
    world.run(5.0)
    for node in world.nodes:
        node.crash()
        world.run(world.dice.uniform(0.0, 3.0))
        node.start()
        world.run(world.dice.uniform(0.0, 3.0))
    world.run(10.0)
    assert names(world) == [node.given for node in world.nodes]
    assert all(node.replica and not node.replica.election.names.known() for node in world.nodes)
