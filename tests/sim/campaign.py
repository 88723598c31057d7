"""Kinds of days, and living many of them: `python -m tests.sim.campaign storm 0 2000 1`."""

from __future__ import annotations

import sys
from collections.abc import Callable

from tests.sim.crowds import day as crowded_day
from tests.sim.days import (
    EVERYTHING,
    MINUTE,
    channel_down,
    complaint,
    crash,
    disk_hangs,
    evening,
    most_tellings,
    partition,
    pause,
    reports,
    retries,
    states,
    trouble,
)
from tests.sim.life import day as living_day
from tests.sim.restarts import world as restarting_world
from tests.sim.world import World


def same_everywhere(world: World) -> None:
    first = states(world.nodes[0])
    for node in world.nodes[1:]:
        assert states(node) == first, f"seed {world.seed}: {node.name} folds differently"


def stormy_day(seed: int, make: Callable[..., World] = World) -> World:
    """Ten minutes in which everything that can happen does."""
    world = make(seed, size=3 + seed % 5, loss=(seed % 3) * 0.05)
    reports(world, every=5.0)
    retries(world, every=20.0)
    trouble(world, EVERYTHING, every=20.0)
    world.run(10 * MINUTE)
    evening(world)
    return world


def storm(seed: int) -> None:
    world = stormy_day(seed)
    same_everywhere(world)
    assert most_tellings(world) <= 1 + world.disturbances, complaint(world)


def standstill(seed: int) -> None:
    """Disks stand still now and then, among other trouble."""
    world = World(seed, size=3)
    reports(world, every=2.0)
    trouble(world, [disk_hangs, disk_hangs, crash, partition, pause], every=15.0)
    world.run(5 * MINUTE)
    evening(world)
    same_everywhere(world)


def calm(seed: int) -> None:
    world = World(seed, size=3)
    reports(world, every=1.0)
    trouble(world, [channel_down], every=30.0)
    world.run(5 * MINUTE)
    evening(world)
    assert most_tellings(world) == 1
    assert world.promises.made, "nothing happened"


def failover(seed: int) -> None:
    world = World(seed, size=3)
    reports(world, every=0.2)
    world.run(world.dice.uniform(10.0, 20.0))
    crash(world)
    world.run(30.0)
    evening(world)
    assert most_tellings(world) <= 2


def life(seed: int) -> None:
    world = living_day(seed)
    same_everywhere(world)
    assert most_tellings(world) <= 1 + world.disturbances, complaint(world)


def restarts(seed: int) -> None:
    """Starts leave out all but a few seconds, on stormy days and on days in which alarms live."""
    day = living_day if seed % 2 else stormy_day
    world = day(seed, restarting_world)
    same_everywhere(world)
    assert most_tellings(world) <= 1 + world.disturbances, complaint(world)


def crowd(seed: int) -> None:
    world = crowded_day(seed)
    assert most_tellings(world) <= 1 + world.disturbances, complaint(world)


def lived(day: Callable[[int], object], seed: int) -> str:
    """What was wrong with that day; empty when nothing was."""
    try:
        day(seed)
    except Exception as error:
        return f"{day.__name__} {seed}: {type(error).__name__}: {error}"
    return ""


DAYS = {
    "crowd": crowd,
    "life": life,
    "storm": storm,
    "calm": calm,
    "failover": failover,
    "standstill": standstill,
    "restarts": restarts,
}


def main(day: str, first: str, end: str, step: str) -> int:
    """Live the days of every `step`th seed; prints what went wrong."""
    seeds = range(int(first), int(end), int(step))
    wrong = [found for seed in seeds if (found := lived(DAYS[day], seed))]
    print("\n\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
