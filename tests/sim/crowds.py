"""Crowded days: every bound is tiny, and far more comes and goes than may be remembered.

Channels are slow, fail and refuse meanwhile, and what died is told again. Whatever was taken in is
told on every channel in the end, and nothing is sent of which nothing is known any more.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.episodes import Report
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.model.entries import Alarm, EntryId
from tests.sim.channels import CHANNELS
from tests.sim.days import (
    MINUTE,
    agreed,
    channel_down,
    complaint,
    crash,
    disk_full,
    partition,
    pause,
    retries,
    trouble,
)
from tests.sim.life import configure, refuse, resend
from tests.sim.settings import CROWDED
from tests.sim.world import World

TINY = Bounds(
    firing=30,
    firing_bytes=2500,
    closed_bytes=1500,
    unsaid_bytes=10**6,  # dead letters would go before, and all is to be told here
    closed=6,
    unsaid=400,
    reports=8,
    spare=6,
    actions=1,
    notes=2,
    tellings=2,
    early=40,
    finished=20,
    outcomes=2,
    resent=20,
    lanes=1,
    ahead=2,
    looks=2,
)
FLAPPING = 4  # alarms that begin and end again and again

TROUBLE = [crash, pause, partition, disk_full, channel_down, channel_down, channel_down, refuse]


def crowds(world: World, every: float) -> None:
    """Alarms that begin and end at once or soon, many together; and a few that never rest."""

    def some() -> None:
        if world.quiet:
            return
        for _ in range(world.dice.choice((1, 1, 2, 10))):
            node = world.dice.choice(world.nodes)
            flapping = world.dice.random() < 0.2
            number = world.dice.randrange(FLAPPING) if flapping else world.count
            world.report(node, f"alarm {number}")
            soon = world.dice.choice((0.0, 0.05, 1.0, 10.0))
            world.after(soon, partial(world.report, node, f"alarm {number}", True))
        world.after(world.dice.expovariate(1 / every), some)

    world.after(world.dice.expovariate(1 / every), some)


def operator(world: World, every: float) -> None:
    """Has what died told again now and then."""

    def again() -> None:
        if not world.quiet:
            resend(world)
            world.after(every, again)

    world.after(every, again)


def day(seed: int) -> World:
    """Three minutes; every other day nothing breaks but channels."""
    world = World(seed, size=1 + seed % 3, settings=CROWDED[seed % 4 // 2], bounds=TINY)
    crowds(world, every=0.7)
    retries(world, every=15.0)
    operator(world, every=20.0)
    trouble(world, TROUBLE if seed % 2 else [channel_down, refuse], every=12.0)
    world.run(3 * MINUTE)
    evening(world)
    return world


def evening(world: World) -> None:
    """Everything is well again, and what died is told again."""
    world.quiet = True
    world.heal()
    for node in world.nodes:
        node.full = False
        if not node.up:
            node.start()
        elif node.paused:
            node.resume()
        configure(world, node)
    world.channel.down_until.clear()
    world.channel.refuses_until.clear()
    world.loss = 0.0
    for _ in range(30):
        world.run(10.0)
        if agreed(world) and nothing_waits(world):
            break
    wrong = untold(world)
    complaints = (f"{len(wrong)} untold", *wrong[:5], complaint(world), *world.story[-25:])
    assert not wrong and nothing_waits(world), "\n  ".join(complaints)


def nothing_waits(world: World) -> bool:
    """Nothing is under way, nothing dead, nothing to be planned."""
    resend(world)
    outboxes = [node.replica.outbox for node in world.nodes if node.replica]
    owed = [lane for outbox in outboxes for lane in outbox._lanes if any(lane.all_waiting())]
    return not any(outbox.pending or outbox.dead for outbox in outboxes) and not owed


def untold(world: World) -> list[str]:
    """How every alarm in the journal began and ended last, on every channel."""
    book = AlarmBook(Bounds(closed=10**6, spare=10**6, reports=10**6))
    for row in world.nodes[0].disk.rows:
        if isinstance(row.entry.body, Alarm):
            book.apply(row.entry)
    missing: list[str] = []
    for state in book.remembered():
        began = {report.id for report in _of_last(state.reports, state.opening.order)}
        ends = {report.id for report in state.reports if report.order >= state.opening.order}
        for channel in CHANNELS:
            told = world.channel.told.get((channel, state.fingerprint, False), [])
            over = world.channel.told.get((channel, state.fingerprint, True), [])
            if not began & set(told) and not told_as_one(world, channel, told, ends & set(over)):
                missing.append(f"{channel} does not know that {state.alarm.message} began")
            if state.close and not ends & set(over):
                missing.append(f"{channel} does not know that {state.alarm.message} is over")
    return missing


def told_as_one(
    world: World, channel: str, told: Iterable[EntryId], ends: Iterable[EntryId]
) -> bool:
    """Whether who told an end took it for the end of what the channel was told had begun.

    Episodes were joined for want of room, or a late report split an episode after it was told.
    """
    stamps = world.nodes[0].disk.held
    return any(
        begin <= stamps[report] <= stamps[end]
        for end in ends
        for begin in world.rules.begins.get((channel, end), ())
        for report in told
    )


def _of_last(reports: list[Report], since: tuple[int, str, int]) -> list[Report]:
    return [report for report in reports if not report.resolved and report.order >= since]
