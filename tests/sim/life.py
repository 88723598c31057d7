"""Days in which alarms live: people silence and acknowledge, settings change, channels fall out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.entries import Action, ActionKind, EntryId, Order, Severity, Silence
from tests.sim.channels import CHANNELS
from tests.sim.days import (
    MINUTE,
    agreed,
    channel_down,
    clock_jump,
    complaint,
    crash,
    disk_full,
    lose_disk,
    one_way,
    partition,
    pause,
    trouble,
)
from tests.sim.promises import How
from tests.sim.settings import GROUPS, LAST_GROUP, LIFE
from tests.sim.world import Node, World

ALARMS = 40  # different ones: they begin and end again and again, get worse and better
KINDS = (
    ActionKind.ACKNOWLEDGE,
    ActionKind.ACKNOWLEDGE,
    ActionKind.UNACKNOWLEDGE,
    ActionKind.NOTE,
    ActionKind.ASSIGN,
)
LAST: Order = (2**64, "", 0)
SEVERITIES = (Severity.INFO, Severity.WARNING, Severity.ERROR, Severity.CRITICAL)

TROUBLE = [crash, lose_disk, pause, partition, one_way, clock_jump, channel_down, disk_full]


def reports(world: World, every: float) -> None:
    """The same few alarms begin and end, reported anywhere."""

    def one() -> None:
        if world.quiet:
            return
        number = world.dice.randrange(ALARMS)
        resolved = world.dice.random() < 0.4
        node = world.dice.choice(world.nodes)
        how = How(severity=world.dice.choice(SEVERITIES))
        world.report(node, f"alarm {number}", resolved, group=f"g{number % GROUPS}", how=how)
        world.after(world.dice.expovariate(1 / every), one)

    world.after(world.dice.expovariate(1 / every), one)


def people(world: World, every: float) -> None:
    """They silence, end silences early, acknowledge, and change the configuration."""

    def one() -> None:
        if world.quiet:
            return
        world.dice.choice((silence, silence, act, act, act, reload, refuse))(world)
        world.after(world.dice.expovariate(1 / every), one)

    world.after(world.dice.expovariate(1 / every), one)


def silence(world: World) -> None:
    """Somebody silences a group for a while, or ends that."""
    group = world.dice.randrange(GROUPS - 1)
    node = world.dice.choice(world.nodes)
    wall, seconds = node.wall(), world.dice.choice((0, 60, 120))
    matchers = (f'group="g{group}"',)
    world.write(node, Silence(f"s{group}", matchers, wall, wall + seconds * 1000, "kim"))


def act(world: World) -> None:
    """Somebody acknowledges some alarms, takes that back, notes something or names somebody."""
    known = sorted(world.promises.made)
    if known:
        node = world.dice.choice(world.nodes)
        kind = world.dice.choice(KINDS)
        some = tuple(world.dice.sample(known, min(len(known), world.dice.choice((1, 1, 3)))))
        name = world.dice.choice(("", "lee")) if kind is ActionKind.ASSIGN else ""
        world.write(node, Action(kind, some, f"kim {world.count}", assignee=name))


def reload(world: World) -> None:
    """The configuration is another one, everywhere, if not at the same moment."""
    world.settings = world.dice.choice(LIFE)
    for node in world.nodes:
        world.after(world.dice.uniform(0.0, 2.0), partial(configure, world, node))


def configure(world: World, node: Node) -> None:
    """That node reads its configuration."""
    settings = world.settings
    node.run(lambda replica: replica.reconfigure(
        world.now, node.wall(), settings.router(), settings.policy, settings.limits))  # fmt: skip


def refuse(world: World) -> None:
    """A channel refuses every message for a moment."""
    channel = world.dice.choice(CHANNELS)
    world.channel.refuses_until[channel] = world.now + world.dice.uniform(0.1, 2.0)


def day(seed: int, make: Callable[..., World] = World) -> World:
    """Ten minutes; every third day nothing breaks but channels."""
    world = make(seed, size=3 + seed % 3, loss=(seed % 2) * 0.05, settings=LIFE[0])
    kinds = TROUBLE if seed % 3 else [channel_down]
    reports(world, every=2.0)
    people(world, every=10.0)
    trouble(world, kinds, every=25.0)
    world.run(10 * MINUTE)
    evening(world)
    return world


def evening(world: World) -> None:
    """Everything is well again; what died is told again; then everybody must know all."""
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
    settled = world.run_until(lambda: agreed(world) and all_known(world), 300.0)
    wrong = "\n  ".join(unknown(world)[:5])
    assert settled, f"{wrong}\n{complaint(world)}\n" + "\n".join(world.story[-25:])
    assert not (misunderstood := misread(world)), "\n  ".join(misunderstood[:5])


def misread(world: World) -> list[str]:
    """Where a replica does not take the actions in its journal for what they say."""
    wrong: list[str] = []
    for node in world.nodes:
        assert node.replica is not None
        acts = [(row.entry.order, row.entry.body) for row in node.disk.rows]
        done = sorted((order, body) for order, body in acts if isinstance(body, Action))
        for state in node.replica.book.remembered():
            mine = [(order, body) for order, body in done if state.fingerprint in body.fingerprints]
            wanted = (is_seen(state, mine), whose(state, mine), notes(state, mine))
            found = (state.acknowledgement is not None, state.assignee, state.note_count)
            if found != wanted:
                said = f"{node.name} takes {state.alarm.message} for {found}, it is {wanted}"
                wrong.append(said)
    return wrong


def is_seen(state: AlarmState, done: Sequence[tuple[Order, Action]]) -> bool:
    """Whether the last word on it, since it was at its worst and until its end, is that."""
    end = state.close.order if state.close else LAST
    kinds = (ActionKind.ACKNOWLEDGE, ActionKind.UNACKNOWLEDGE)
    said = [x.kind for order, x in done if state.peak.order < order <= end and x.kind in kinds]
    return said[-1:] == [ActionKind.ACKNOWLEDGE]


def whose(state: AlarmState, done: Sequence[tuple[Order, Action]]) -> str:
    """Whom it was assigned to last, from its begin to its end."""
    end = state.close.order if state.close else LAST
    kind = ActionKind.ASSIGN
    said = [x.assignee for o, x in done if state.opening.order < o <= end and x.kind is kind]
    return said[-1] if said else ""


def notes(state: AlarmState, done: Sequence[tuple[Order, Action]]) -> int:
    """How many notes there are since its begin."""
    return sum(o > state.opening.order and x.kind is ActionKind.NOTE for o, x in done)


def all_known(world: World) -> bool:
    """Nothing waits, no letter is dead, every channel knows how every alarm stands."""
    resend(world)
    outboxes = [node.replica.outbox for node in world.nodes if node.replica]
    dead = (letter.channel for outbox in outboxes for letter in outbox.queries.dead_letters())
    waits = any(outbox.pending for outbox in outboxes)
    waits = waits or any(channel in world.settings.limits for channel in dead)
    return not waits and not unknown(world)


def resend(world: World) -> None:
    """Somebody has dead letters told again, once; those of channels that there are."""
    for node in world.nodes:
        if node.replica is not None and node.replica.leading:
            outbox = node.replica.outbox
            letters = [
                letter.again()
                for letter in outbox.queries.dead_letters()
                if letter.channel in world.settings.limits
            ]
            if letters and not outbox.pending:
                world.write(node, *letters)


def unknown(world: World) -> list[str]:
    """Where a channel's last news of an alarm is not how it stands, or it was owed and never came.

    What came and went under a silence need not be told; of the last group nothing was silenced.
    """
    node = next(node for node in world.nodes if node.replica)
    assert node.replica is not None
    wrong = [*belittled(world, node, node.replica.book), *misled(world, node.replica.book)]
    for state in node.replica.book.remembered():
        group = dict(state.alarm.labels)["group"]
        for channel in listening(state.peak.severity, group):
            began = world.channel.learned.get((channel, state.fingerprint), [])
            over = world.channel.told.get((channel, state.fingerprint, True), [])
            if state.firing and not told_since(state.opening.stamp, began, node):
                wrong.append(f"{channel} does not know that {state.alarm.message} fires")
            elif state.close and told_since(state.opening.stamp, began, node):
                if not told_since(state.close.stamp, over, node):
                    wrong.append(f"{channel} does not know that {state.alarm.message} is over")
            elif state.close and group == LAST_GROUP:
                wrong.append(f"{channel} never heard of {state.alarm.message}")
    return wrong


def listening(severity: Severity, group: str) -> Iterator[str]:
    """Channels that must know of such an alarm, by whatever settings the day had."""
    yield from CHANNELS
    if group == LAST_GROUP:
        yield "web"
    if severity is Severity.CRITICAL:
        yield "worst"


def misled(world: World, book: AlarmBook) -> list[str]:
    """Where the last message of a channel about an alarm says the contrary of how it stands.

    What people sent again may be out of date: they asked for it. Of two masters, the one that
    knows less may speak last.
    """
    wrong: list[str] = []
    for state in book.remembered() if not world.split else ():
        for channel in world.settings.limits:
            said = world.channel.said.get((channel, state.fingerprint), ())
            told = [over for over, again in said if not again or over is not state.firing]
            if told and told[-1] is state.firing and (channel in CHANNELS or not told[-1]):
                stands = "is over" if told[-1] else "fires"
                wrong.append(f"{channel} was last told that {state.alarm.message} {stands}")
    return wrong


def belittled(world: World, node: Node, book: AlarmBook) -> list[str]:
    """Where a channel that was told of an alarm does not know how bad it was at its worst.

    It may learn that with the end, in the name of a report that fired.
    """
    wrong: list[str] = []
    for state in book.remembered():
        group = dict(state.alarm.labels)["group"]
        if not state.firing and group != LAST_GROUP:
            continue  # it may have got worse and ended under a silence
        since, until = state.opening.stamp, state.close.stamp if state.close else float("inf")
        for channel in world.settings.limits:
            told = world.channel.learned.get((channel, state.fingerprint), [])
            over = world.channel.told.get((channel, state.fingerprint, True), [])
            said = [
                world.promises.severity[report]
                for report in (*told, *over)
                if report in world.promises.severity
                and since <= node.disk.held.get(report, 0) <= until
            ]
            if said and max(said) is not state.peak.severity:
                worst = state.peak.severity.name
                wrong.append(f"{channel} does not know that {state.alarm.message} got {worst}")
    return wrong


def told_since(stamp: int, reports: Sequence[EntryId], node: Node) -> bool:
    """Whether one of the reports is of the episode that began then."""
    return any(node.disk.held.get(report, 0) >= stamp for report in reports)
