"""How elections go, as recorded text: `tests/sim/transcripts/*.txt`, one seed each.

ALARMINATI_RECORD=1 writes them anew; the difference then shows what a change did to elections.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.sim.days import agreed, settled_world
from tests.sim.transcript import Recorder
from tests.sim.world import World

FOLDER = Path(__file__).with_name("transcripts")
SEED = 7


def start() -> Recorder:
    """Three replicas start at once."""
    world = World(SEED, 3)
    for node in world.nodes:
        node.crash()
    recorder = Recorder(world)
    for node in world.nodes:
        world.tell(f"start {node.name}")
        node.start()
    assert world.run_until(lambda: agreed(world), 30.0)
    return recorder


def failover() -> Recorder:
    """The master is killed; an alarm comes at once."""
    world, master, standbys = settled_world(SEED)
    recorder = Recorder(world)
    world.tell(f"kill -9 {master.name}")
    master.crash()
    world.report(standbys[0], "after the crash")
    world.run(5.0)
    return recorder


def frozen_master() -> Recorder:
    """The master is stopped (SIGSTOP); an alarm finds it out; it goes on ten seconds later."""
    world, master, standbys = settled_world(SEED)
    recorder = Recorder(world)
    world.tell(f"pause {master.name}")
    master.paused = True
    world.report(standbys[0], "while it is frozen")
    world.run(10.0)
    world.tell(f"resume {master.name}")
    master.resume()
    world.run(20.0)
    return recorder


def partition() -> Recorder:
    """The master is cut off for 40 s."""
    world, master, standbys = settled_world(SEED)
    recorder = Recorder(world)
    for standby in standbys:
        world.cut(master, standby)
    world.report(standbys[0], "on the other side")
    world.run(40.0)
    world.heal()
    world.run(20.0)
    return recorder


@pytest.mark.parametrize("scene", [start, failover, frozen_master, partition])
def test_the_election_goes_as_recorded(scene: Callable[[], Recorder]) -> None:
    path = FOLDER / f"{scene.__name__}.txt"
    text = f"{scene.__doc__}\n\n{scene().text()}"
    if os.environ.get("ALARMINATI_RECORD") == "1":
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")
