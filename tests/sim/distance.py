"""Seven replicas in three zones: what distance costs an acknowledgement and an election.

`docs/scale.md` has the figures of `python -m tests.sim.distance`.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

from tests.sim.days import agreed
from tests.sim.promises import How
from tests.sim.world import Node, World

SIZE = 7
ZONES = 3


def zone(node: Node) -> int:
    """Return the zone of a node: three, two and two of the seven."""
    return node.number % ZONES


def far_world(seed: int, one_way: float) -> World:
    """Return a calm cluster whose zones are `one_way` seconds from each other."""
    world = World(seed, SIZE)
    world.far = {
        (a.number, b.number): one_way
        for a in world.nodes
        for b in world.nodes
        if zone(a) != zone(b)
    }
    assert world.run_until(lambda: agreed(world), 60.0), "no master that all agree on"
    world.run(5.0)
    return world


def waited(world: World, condition: Callable[[], bool], limit: float = 120.0) -> float:
    """Return the seconds until `condition` holds, by the millisecond."""
    begin = world.now
    while not condition():
        assert world.now < begin + limit, "it does not come true"
        world.run(0.001)
    return world.now - begin


def master(world: World) -> Node:
    """Return the master."""
    return next(node for node in world.nodes if node.leading_since is not None)


def acknowledged(world: World, node: Node, message: str) -> float:
    """Return how long a report to this node takes until it is on two disks."""
    how = How()
    world.report(node, message, how=how)
    return waited(world, lambda: bool(how.heard))


def at_master(seed: int, one_way: float) -> float:
    """Return the time of a report to the master."""
    world = far_world(seed, one_way)
    return acknowledged(world, master(world), "near")


def at_standby(seed: int, one_way: float) -> float:
    """Return the time of a report to a standby in another zone than the master."""
    world = far_world(seed, one_way)
    home = zone(master(world))
    away = next(node for node in world.nodes if zone(node) != home)
    return acknowledged(world, away, "far")


def elected(seed: int, one_way: float) -> float:
    """Return the time from the end of the master's process to the next master."""
    world = far_world(seed, one_way)
    master(world).crash()
    return waited(world, lambda: any(node.leading_since is not None for node in world.nodes))


def zone_lost(seed: int, one_way: float) -> float:
    """Return the time from an alarm to the next master, when the master's zone is cut off."""
    world = far_world(seed, one_way)
    home = zone(master(world))
    inside = [node for node in world.nodes if zone(node) == home]
    outside = [node for node in world.nodes if zone(node) != home]
    for a in inside:
        for b in outside:
            world.cut(a, b)
    world.report(outside[0], "the zone is gone")
    return waited(world, lambda: any(node.leading_since is not None for node in outside))


MEASURES = {
    "report to the master": at_master,
    "report to a standby in another zone": at_standby,
    "kill of the master to the next master": elected,
    "zone of the master cut off: alarm to the next master": zone_lost,
}


def main() -> None:
    """Print median and worst of 50 seeds for each measure and distance."""
    for name, measure in MEASURES.items():
        for one_way in (0.0, 0.05, 0.1, 0.2):
            times = sorted(measure(seed, one_way) for seed in range(50))
            print(
                f"{name}, {one_way * 1000:.0f} ms: {median(times):.3f} {times[-1]:.3f}", flush=True
            )


if __name__ == "__main__":
    main()
