"""Days in the life of a simulated cluster, and what must be true in the evening."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from alarminati.core.model.entries import Alarm, Severity
from tests.sim.channels import CHANNELS
from tests.sim.promises import How
from tests.sim.world import Node, World

MINUTE = 60.0


def reports(world: World, every: float) -> None:
    """People report new alarms to replicas at random, for ever."""

    def one() -> None:
        node = world.dice.choice(world.nodes)
        number = world.count
        world.report(node, f"alarm {number}")
        if world.dice.random() < 0.3:
            world.after(
                world.dice.uniform(0.5, 30.0),
                lambda: world.report(world.dice.choice(world.nodes), f"alarm {number}", True),
            )
        if world.dice.random() < 0.2:
            world.after(
                world.dice.uniform(0.0, 20.0),
                lambda: world.report(world.dice.choice(world.nodes), f"alarm {number}"),
            )
        if not world.quiet:
            world.after(world.dice.expovariate(1 / every), one)

    world.after(world.dice.expovariate(1 / every), one)


def retries(world: World, every: float) -> None:
    """Reporters send again, to any replica, and some use an id for more than one thing."""

    def one() -> None:
        number = world.count
        message = f"sent again {number}"
        for _ in range(world.dice.randint(1, 4)):
            world.after(
                world.dice.choice([0.0, 0.001, 0.5, 30.0]),
                lambda: world.report(
                    world.dice.choice(world.nodes), message, how=How(f"run {number}")
                ),
            )
        world.after(
            world.dice.uniform(0.0, 20.0),
            lambda: world.report(
                world.dice.choice(world.nodes), f"another {number}", how=How(f"run {number}")
            ),
        )
        if not world.quiet:
            world.after(world.dice.expovariate(1 / every), one)

    world.after(world.dice.expovariate(1 / every), one)


def trouble(world: World, kinds: Sequence[Callable[[World], None]], every: float) -> None:
    """Something happens now and then, until it is told to be quiet."""

    def one() -> None:
        if world.quiet:
            return
        world.disturbances += 1
        world.dice.choice(kinds)(world)
        world.after(world.dice.expovariate(1 / every), one)

    world.after(world.dice.expovariate(1 / every), one)


def crash(world: World) -> None:
    """kill -9, and a restart somewhat later."""
    _crash(world, wipe=False)


def lose_disk(world: World) -> None:
    """A machine dies with its disk and comes back empty; never two at once."""
    if all(node.up for node in world.nodes):
        _crash(world, wipe=True)


def _crash(world: World, wipe: bool) -> None:
    up = [node for node in world.nodes if node.up]
    if not up:
        return
    node = world.dice.choice(up)
    world.tell(f"crash {node.name}{' with its disk' if wipe else ''}")
    node.crash(wipe)

    def again() -> None:
        if not node.up:
            world.tell(f"start {node.name}")
            node.start()

    world.after(world.dice.uniform(0.2, 40.0), again)


def pause(world: World) -> None:
    """SIGSTOP, SIGCONT."""
    awake = [node for node in world.nodes if node.up and not node.paused]
    if not awake:
        return
    node = world.dice.choice(awake)
    world.tell(f"pause {node.name}")
    node.paused = True
    generation = node.generation

    def resume() -> None:
        if generation == node.generation:
            world.tell(f"resume {node.name}")
            node.resume()

    world.after(world.dice.uniform(0.3, 30.0), resume)


def partition(world: World) -> None:
    """The cluster falls in two, and grows together again."""
    side = [node for node in world.nodes if world.dice.random() < 0.5]
    for a in side:
        for b in world.nodes:
            if b not in side:
                world.cut(a, b)
    world.after(world.dice.uniform(1.0, 60.0), world.heal)


def one_way(world: World) -> None:
    """One direction of one wire is cut."""
    a, b = world.dice.sample(world.nodes, 2)
    world.cut(a, b, both=False)
    world.after(world.dice.uniform(1.0, 60.0), world.heal)


def clock_jump(world: World) -> None:
    """One machine's clock is years off, then right again."""
    node = world.dice.choice(world.nodes)
    world.jumped = True
    node.wall_offset = world.dice.choice([-1, 1]) * world.dice.randint(1_000, 10**11)
    world.tell(f"clock of {node.name} jumps by {node.wall_offset / 1000:.0f} s")

    def right() -> None:
        node.wall_offset = node.skew

    world.after(world.dice.uniform(1.0, 60.0), right)


def channel_down(world: World) -> None:
    """A channel answers 500 for a while."""
    channel = world.dice.choice(CHANNELS)
    world.channel.down_until[channel] = world.now + world.dice.uniform(1.0, 60.0)


def disk_full(world: World) -> None:
    """A disk is full for a while."""
    node = world.dice.choice(world.nodes)
    node.full = True

    def room() -> None:
        node.full = False

    world.after(world.dice.uniform(0.5, 30.0), room)


EVERYTHING = [
    crash,
    lose_disk,
    pause,
    partition,
    one_way,
    clock_jump,
    channel_down,
    disk_full,
]


def disk_hangs(world: World) -> None:
    """A disk that answers nothing for a while, or whose first error ends the process."""
    up = [node for node in world.nodes if node.up and node.disk.hung is None]
    if not up:
        return
    node = world.dice.choice(up)
    world.tell(f"the disk of {node.name} stands")
    node.disk.hung, generation = [], node.generation

    def over() -> None:
        if node.generation != generation or node.disk.hung is None:
            return
        if world.dice.random() < 0.5:
            world.tell(f"the disk of {node.name} goes on")
            node.disk.go_on()
        else:  # the shell ends for what it did not foresee, and is started again
            world.tell(f"the disk of {node.name} failed")
            node.crash()
            node.start()

    world.after(world.dice.uniform(0.5, 20.0), over)


def evening(world: World) -> None:
    """All wires whole, all machines up, all channels well; then time to agree."""
    world.quiet = True
    world.heal()
    for node in world.nodes:
        node.full, node.wall_offset = False, node.skew
        if not node.up:
            node.start()
        elif node.paused:
            node.resume()
    world.channel.down_until.clear()
    world.channel.refuses_until.clear()
    world.loss = 0.0
    settled = world.run_until(lambda: agreed(world) and all_told(world), 600.0)
    assert settled, f"not settled after 600 s: {complaint(world)}\n" + "\n".join(world.story[-25:])


def agreed(world: World) -> bool:
    """One master, everybody linked to it, all journals alike."""
    masters = {node.replica.election.master for node in world.nodes if node.replica}
    leaders = [node for node in world.nodes if node.replica and node.replica.leading]
    held = [node.disk.held.keys() for node in world.nodes]
    return len(masters) == 1 and len(leaders) == 1 and all(h == held[0] for h in held)


def untold(world: World) -> list[str]:
    """Promised alarms that a channel never got, but for those lost with their only disk."""
    missing = []
    for fingerprint, (entry, _) in sorted(world.promises.made.items()):
        if entry in world.promises.excused:
            continue
        for channel in CHANNELS:
            if not world.channel.told.get((channel, fingerprint, False)):
                missing.append(f"{entry} on {channel}")
    return missing


def all_told(world: World) -> bool:
    """G1: everything promised reached every channel, and nothing waits."""
    pending = sum(node.replica.outbox.pending for node in world.nodes if node.replica)
    return not pending and not untold(world)


def complaint(world: World) -> str:
    """What is still wrong, for the message of a failed test."""
    parts = [f"untold {untold(world)[:5]}"]
    for node in world.nodes:
        if node.replica is not None:
            e = node.replica.election
            parts.append(
                f"{node.name}: {e.role.value} master={e.master} epoch={e.epoch} hops={e.hops}"
                f" linked={e.linked} followers={sorted(e.followers)} leading={node.replica.leading}"
                f" entries={len(node.disk.held)} pending={node.replica.outbox.pending}"
            )
    return "\n  ".join(parts)


def settled_world(seed: int, size: int = 3) -> tuple[World, Node, list[Node]]:
    """A calm cluster, its master and its standbys."""
    world = World(seed, size)
    assert world.run_until(lambda: agreed(world), 30.0), complaint(world)
    master = next(node for node in world.nodes if node.leading_since is not None)
    return world, master, [node for node in world.nodes if node is not master]


def tellings(world: World, message: str) -> list[int]:
    """How often that alarm was told firing, by channel."""
    fingerprint = Alarm(message, Severity.CRITICAL, 0).fingerprint()
    return [len(world.channel.told.get((name, fingerprint, False), ())) for name in CHANNELS]


def states(node: Node) -> list[tuple[str, bool, int, Severity]]:
    """What a replica makes of its journal."""
    assert node.replica is not None
    firing = node.replica.book.firing()
    return sorted((s.fingerprint, s.firing, s.count, s.peak.severity) for s in firing)


def most_tellings(world: World) -> int:
    """How often the most often told transition was told on one channel.

    An alarm that fires again after it was over is another transition, of another report.
    """
    often = (max(Counter(reports).values()) for reports in world.channel.told.values())
    return max(*often, *world.channel.reminded.values(), 0, 0)
