"""The core, lived through: rules hold all along, and in the evening everybody agrees."""

from __future__ import annotations

import os

import pytest

from tests.sim.days import (
    EVERYTHING,
    MINUTE,
    channel_down,
    complaint,
    crash,
    evening,
    most_tellings,
    reports,
    states,
    trouble,
)
from tests.sim.world import World

SEEDS = int(os.environ.get("ALARMINATI_SEEDS", "200"))
CHUNK = 50


def same_everywhere(world: World) -> None:
    first = states(world.nodes[0])
    for node in world.nodes[1:]:
        assert states(node) == first, f"seed {world.seed}: {node.name} folds differently"


def stormy_day(seed: int) -> World:
    """Ten minutes in which everything that can happen does."""
    world = World(seed, size=3 + seed % 5, loss=(seed % 3) * 0.05)
    reports(world, every=5.0)
    trouble(world, EVERYTHING, every=20.0)
    world.run(10 * MINUTE)
    evening(world)
    return world


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_g1_g2_g4_g5_stormy_days(first: int) -> None:
    """Nothing promised is lost, two masters never last, order holds, duplicates stay bounded."""
    for seed in range(first, min(first + CHUNK, SEEDS)):
        world = stormy_day(seed)
        same_everywhere(world)
        assert most_tellings(world) <= 1 + world.disturbances, f"seed {seed}: {complaint(world)}"


@pytest.mark.parametrize("first", range(0, SEEDS // 4, CHUNK))
def test_g2_a_calm_day_tells_everything_once(first: int) -> None:
    """Outages of a channel cause no duplicate."""
    for seed in range(first, min(first + CHUNK, SEEDS // 4)):
        world = World(seed, size=3)
        reports(world, every=1.0)
        trouble(world, [channel_down], every=30.0)
        world.run(5 * MINUTE)
        evening(world)
        assert most_tellings(world) == 1, f"seed {seed}"
        assert world.promised, f"seed {seed}: nothing happened"


@pytest.mark.parametrize("first", range(0, SEEDS // 4, CHUNK))
def test_g2_one_failover_makes_at_most_one_duplicate(first: int) -> None:
    """One crash at a random moment of a busy minute."""
    for seed in range(first, min(first + CHUNK, SEEDS // 4)):
        world = World(seed, size=3)
        reports(world, every=0.2)
        world.run(world.dice.uniform(10.0, 20.0))
        crash(world)
        world.run(30.0)
        evening(world)
        assert most_tellings(world) <= 2, f"seed {seed}: {most_tellings(world)}"
