"""A cluster on a heap of future events: replicas, disks, wires, clocks, channels, from one seed.

Only the core is real. Disks lose what was not written, wires are cut in one or both directions,
words get lost, doubled and overtaken, links stall and break, processes stop and go on, clocks jump.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from random import Random

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import USUAL, Bounds
from alarminati.core.delivery.attempts import Attempt, Verdict
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.effects import Drop, Effect, Leading, LoadRest, Send, Store, Wake
from alarminati.core.election.election import Election
from alarminati.core.election.messages import NO_ANSWER, Ask, Follow, Unfollow, rank
from alarminati.core.election.timing import Timing
from alarminati.core.journal.acks import Ack, Reject
from alarminati.core.journal.extents import Journal
from alarminati.core.journal.replication import Frame
from alarminati.core.model.entries import Alarm, Body, Entry
from alarminati.core.model.hlc import HybridClock
from alarminati.core.replica import Replica
from tests.sim.channels import Channels
from tests.sim.disk import Disk, check_order
from tests.sim.pipe import Pipe
from tests.sim.promises import NOBODY, PLAINLY, How, Promises
from tests.sim.rivalry import Rivalry
from tests.sim.rules import Rules
from tests.sim.settings import PLAIN, Settings

WALL = 1_760_000_000_000
STALLED_LINK = 6.0  # seconds after which TCP gives up on a link that cannot deliver


class Node:
    """One machine: a disk that lasts, and a process that may not."""

    def __init__(self, world: World, number: int) -> None:
        self.world = world
        self.name = self.given = f"r{number}"
        self.address = f"10.0.0.{number}:7443"
        self.number = number
        self.disk = Disk()
        self.replica: Replica | None = None
        self.paused = False
        self.inbox: list[tuple[bool, Callable[[], None]]] = []
        self.generation = 0
        self.wall_offset = self.skew = world.dice.randint(-2000, 2000)  # milliseconds
        self.pipes: dict[int, Pipe] = {}  # link id -> our sending direction
        self.upstream_link: int | None = None
        self.tickets: dict[int, tuple[tuple[Alarm, ...], How]] = {}
        self.timer_at: float | None = None
        self.full = False
        self.leading_since: float | None = None

    @property
    def up(self) -> bool:
        return self.replica is not None

    def wall(self) -> int:
        return WALL + int(self.world.now * 1000) + self.wall_offset

    # Process life.

    def start(self) -> None:
        """Start a process on whatever the disk holds."""
        world, dice = self.world, self.world.dice
        self.generation += 1
        self.paused, self.inbox, self.pipes, self.upstream_link = False, [], {}, None
        self.timer_at, self.tickets, self.disk.hung = None, {}, None
        origin = f"{self.name}o{self.generation:05d}"[:8]
        book = AlarmBook(world.bounds)
        outbox = Outbox(
            book,
            world.settings.router(),
            world.settings.limits,
            Random(dice.random()),
            replica=self.name,
            project="sim",
            policy=world.settings.policy,
            bounds=world.bounds,
        )
        place, own = rank(str(world.seed), self.given), Random(dice.random())
        election = Election(
            self.given, place, world.timing, own, self.address, instance=origin, started=self.wall()
        )
        self.replica = Replica(
            project="sim",
            journal=Journal(origin, self.disk.extents()),
            clock=HybridClock(),
            election=election,
            book=book,
            outbox=outbox,
            timing=world.timing,
            reader=self.disk,
            encode=lambda body, request: b"",
            bounds=world.bounds,
        )
        whole = self.disk.load(self.replica, world.now, self.wall())
        world.started(self)
        self.do(self.replica.start(world.now, len(self.disk.rows)))
        self.do(self.replica.candidates(world.now, frozenset(n.address for n in world.nodes)))
        self.do(self.replica.loaded(world.now, self.wall(), whole))
        self.arm()

    def crash(self, wipe: bool = False) -> None:
        """kill -9; with `wipe` the disk is gone, too."""
        self.replica = None
        self.generation += 1
        self.leading_since = None
        for link in list(self.pipes):
            self.close(link, tell_self=False)
        if wipe:
            self.world.promises.wiped(self, self.world.nodes)
            self.disk = Disk()

    def run(self, action: Callable[[Replica], list[Effect]], ordered: bool = False) -> None:
        """Let the process act, unless it is gone; later, if it is paused.

        What is `ordered` comes on a stream: a pause does not change its order.
        """
        if self.replica is None:
            return
        if self.paused:
            generation = self.generation

            def later() -> None:
                if generation == self.generation:
                    self.run(action)

            self.inbox.append((ordered, later))
            return
        self.do(action(self.replica))
        self.arm()

    def resume(self) -> None:
        """SIGCONT: everything that came meanwhile is handled now, timers among it."""
        self.paused = False
        inbox, self.inbox = self.inbox, []
        streams = [action for ordered, action in inbox if ordered]
        others = [action for ordered, action in inbox if not ordered]
        while streams or others:  # ready sockets and timers come in no promised order
            first = self.world.dice.random() * (len(streams) + len(others)) < len(streams)
            (streams if first else others).pop(0)()
        self.timer_at = None
        self.arm()

    def arm(self) -> None:
        """Call `timer` when the core wants it."""
        if self.replica is None or self.paused:
            return
        at = max(self.replica.next_timer(self.world.now), self.world.now + 0.001)
        if self.timer_at is not None and self.timer_at <= at:
            return
        self.timer_at = at
        generation = self.generation

        def fire() -> None:
            if generation != self.generation or self.timer_at != at:
                return
            self.timer_at = None
            self.run(lambda r: r.timer(self.world.now, self.wall()))

        self.world.at(at, fire)

    # Effects.

    def do(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            self.perform(effect)
        if self.replica is not None and self.replica.leading != (self.leading_since is not None):
            self.leading_since = self.world.now if self.replica.leading else None
            self.world.leadership_changed()

    def perform(self, effect: Effect) -> None:
        world = self.world
        match effect:
            case Store(entries):
                self.store(list(entries))
            case Wake(link):
                self.pump(link)
            case Drop(link, _):
                self.close(link, tell_self=False)
            case Send(attempt):
                self.send(attempt)
            case Ask():
                world.ask(self, effect)
            case Follow(address, _):
                self.follow(address)
            case Unfollow():
                self.upstream_link = None
            case Ack(ticket, receipt):
                alarms, how = self.tickets.pop(ticket, NOBODY)
                how.heard.append(effect)
                if alarms:
                    world.promises.keep(world.nodes, alarms, receipt.ids, receipt.replicas)
            case Reject(ticket, _):
                world.promises.refused(*self.tickets.pop(ticket, NOBODY), effect)
            case LoadRest():
                self.load_rest()
            case Leading():
                pass

    def load_rest(self) -> None:
        world, replica = self.world, self.replica

        def load(now: Replica) -> list[Effect]:
            return self.disk.load_rest(now, world.now, self.wall()) if now is replica else []

        world.after(world.dice.uniform(0.1, 9.0), lambda: self.run(load))

    def store(self, entries: list[Entry]) -> None:
        generation, world = self.generation, self.world
        world.rules.decided(self, entries, world.now, world.jumped)
        slow = world.dice.random() < 0.01
        delay = world.dice.uniform(0.02, 0.3) if slow else world.dice.uniform(0.0002, 0.002)

        def written() -> None:
            if generation != self.generation or self.disk.holds_up(written):
                return  # the process died first: nothing of this was promised to anybody
            if self.full:
                self.run(lambda r: r.store_failed(world.now, self.wall()))
                return
            excused = world.promises.excused
            check_order(self.name, self.disk, excused, entries, stamps=not world.jumped)
            position = self.disk.write(entries)
            world.promises.written(entries)
            world.rules.stored(self, entries, world.now)
            self.run(lambda r: r.stored(world.now, self.wall(), position))

        world.after(delay, written)

    def send(self, attempt: Attempt) -> None:
        self.world.rules.sending(self, attempt.notice, self.world.channel.told)

        def done(verdict: Verdict) -> None:
            self.run(lambda r: r.finished(self.world.now, self.wall(), attempt, verdict))

        self.world.channel.send(self, attempt, done)

    # Links.

    def follow(self, address: str) -> None:
        world = self.world
        target = world.node_at(address)
        generation = self.generation

        def failed() -> None:
            if generation == self.generation:
                self.run(lambda r: r.never_opened(world.now))

        self.upstream_link = None
        delay = world.delay() * 3
        if not world.connected(self, target) or not target.up or target.paused:
            world.after(delay if target.up is False else 0.5, failed)
            return
        mine, theirs = world.next_link(), world.next_link()
        here = Pipe(self, target, mine, theirs)
        there = Pipe(target, self, theirs, mine, other=here)
        here.other = there
        self.pipes[mine] = here
        self.upstream_link = mine
        target.pipes[theirs] = there
        target.run(lambda r: r.link_opened(world.now, theirs, upstream=False))
        assert self.replica is not None
        self.do(self.replica.link_opened(world.now, mine, upstream=True))

    def pump(self, link: int) -> None:
        """Send all there is to say on that link."""
        pipe = self.pipes.get(link)
        while pipe is not None and pipe.open and self.replica is not None:
            frame = self.replica.pull(self.world.now, link)
            if frame is None:
                return
            self.world.transmit(pipe, frame)

    def close(self, link: int, tell_self: bool) -> None:
        """Break a link; the other side notices if the wire is whole, or else in its own time."""
        pipe = self.pipes.pop(link, None)
        if pipe is None or pipe.other is None:
            return
        pipe.open = pipe.other.open = False
        other, world, generation = pipe.target, self.world, pipe.target.generation

        def notice() -> None:
            if generation == other.generation and pipe.target_link in other.pipes:
                other.pipes.pop(pipe.target_link)
                other.run(lambda r: r.link_closed(world.now, pipe.target_link), ordered=True)

        whole = world.connected(self, other)
        world.after(world.delay(self, other) if whole else STALLED_LINK, notice)
        if tell_self:
            self.run(lambda r: r.link_closed(world.now, link))


class World:
    """Everything there is, and the rules that hold all along."""

    def __init__(
        self,
        seed: int,
        size: int,
        loss: float = 0.0,
        settings: Settings = PLAIN,
        bounds: Bounds = USUAL,
    ) -> None:
        self.seed, self.dice = seed, Random(seed)
        self.now, self.loss = 0.0, loss
        self.timing = Timing()
        self.settings, self.bounds = settings, bounds
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.count = self.links = self.disturbances = 0
        self.cuts: set[tuple[str, str]] = set()
        self.quiet = False
        self.far: dict[tuple[int, ...], float] = {}  # seconds from one node to another
        self.jumped = self.split = False  # some clock was off; two led, each by what it knew
        self.channel = Channels(self)
        self.promises, self.rules = Promises(), Rules()
        self.story: list[str] = []
        self.rivalry = Rivalry(self.connected, patience=2.0 + loss * 20)
        self.started: Callable[[Node], None] = lambda node: None
        self.nodes = [Node(self, n + 1) for n in range(size)]
        for node in self.nodes:
            node.start()
        self.after(self.timing.beat, self.beats)

    # Time.

    def at(self, when: float, action: Callable[[], None]) -> None:
        self.count += 1
        heapq.heappush(self.events, (when, self.count, action))

    def after(self, delay: float, action: Callable[[], None]) -> None:
        self.at(self.now + delay, action)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end = self.now + seconds
        while self.events and self.events[0][0] <= end:
            when, _, action = heapq.heappop(self.events)
            self.now = max(self.now, when)
            action()
            self.rivalry.watch(self.now, self.nodes)
        self.now = end

    def run_until(self, condition: Callable[[], bool], limit: float) -> bool:
        """Let time pass until `condition` holds."""
        end = self.now + limit
        while self.now < end:
            if condition():
                return True
            self.run(0.05)
        return condition()

    def tell(self, text: str) -> None:
        self.story.append(f"{self.now:9.3f} {text}")

    # Wires.

    def delay(self, *ends: Node) -> float:
        far = self.far.get(tuple(node.number for node in ends), 0.0)
        return far + (self.dice.uniform(0.0002, 0.004) if self.dice.random() < 0.98 else 0.2)

    def next_link(self) -> int:
        self.links += 1
        return self.links

    def node_at(self, address: str) -> Node:
        return next(node for node in self.nodes if node.address == address)

    def reaches(self, a: Node, b: Node) -> bool:
        return (a.name, b.name) not in self.cuts

    def connected(self, a: Node, b: Node) -> bool:
        return self.reaches(a, b) and self.reaches(b, a)

    def cut(self, a: Node, b: Node, both: bool = True) -> None:
        self.cuts.add((a.name, b.name))
        if both:
            self.cuts.add((b.name, a.name))
        self.tell(f"cut {a.name} {'<>' if both else '>'} {b.name}")

    def heal(self) -> None:
        self.cuts.clear()
        self.rivalry.spoke.clear()
        self.tell("heal")
        for node in self.nodes:
            for link in sorted(node.pipes):
                self.flush(node.pipes[link])

    def ask(self, node: Node, ask: Ask) -> None:
        """A word and its answer; either may be lost, doubled or late."""
        target = next((n for n in self.nodes if n.address == ask.address), None)
        generation, done = node.generation, [False]

        def no_answer() -> None:
            if not done[0] and generation == node.generation:
                done[0] = True
                node.run(lambda r: r.unreachable(self.now, node.wall(), ask, NO_ANSWER))

        if target is None or (not target.up and self.connected(node, target)):
            self.after(self.delay(*(node, target) if target else ()), no_answer)
            return
        self.after(self.timing.answer, no_answer)
        copies = 2 if self.dice.random() < self.loss / 4 else 1
        for _ in range(copies):
            if self.connected(node, target) and self.dice.random() >= self.loss:
                delay = self.delay(node, target)
                self.after(delay, lambda: self.deliver(node, generation, target, ask, done))

    def deliver(
        self, node: Node, generation: int, target: Node, ask: Ask, done: list[bool]
    ) -> None:
        def handle(replica: Replica) -> list[Effect]:
            self.rivalry.heard(self.now, node.name, target.name)
            reply, effects = replica.heard(self.now, target.wall(), ask.word)

            def answer() -> None:
                if done[0] or generation != node.generation:
                    return
                if self.dice.random() < self.loss or not self.connected(node, target):
                    return
                done[0] = True
                node.run(lambda r: r.answered(self.now, node.wall(), ask, reply))

            self.after(self.delay(target, node), answer)
            return effects

        if self.connected(node, target):
            target.run(handle)

    def transmit(self, pipe: Pipe, frame: Frame) -> None:
        """A frame on an ordered stream; a cut holds it, and breaks the stream when it lasts."""
        if pipe.held or not self.connected(pipe.source, pipe.target):
            pipe.held.append(frame)
            if pipe.stalled_since is None:
                pipe.stalled_since = self.now
                self.after(STALLED_LINK, lambda: self.give_up(pipe))
            return
        pipe.ready_at = max(pipe.ready_at, self.now + self.delay(pipe.source, pipe.target))
        self.at(pipe.ready_at, lambda: self.arrive(pipe, frame))

    def arrive(self, pipe: Pipe, frame: Frame) -> None:
        target = pipe.target
        if pipe.open and pipe.target_link in target.pipes:
            link = pipe.target_link
            target.run(lambda r: r.frame(self.now, target.wall(), link, frame), ordered=True)

    def flush(self, pipe: Pipe) -> None:
        held, pipe.held, pipe.stalled_since = pipe.held, [], None
        if not self.connected(pipe.source, pipe.target):
            pipe.held = held
            return
        for frame in held:
            self.transmit(pipe, frame)

    def give_up(self, pipe: Pipe) -> None:
        if not pipe.open or pipe.stalled_since is None:
            return
        if self.now - pipe.stalled_since >= STALLED_LINK - 0.01:
            pipe.source.close(pipe.source_link, tell_self=True)

    def beats(self) -> None:
        """What the shell does on silent links: the upstream side says an empty frame."""
        for node in self.nodes:
            if node.up and not node.paused:
                for link, pipe in sorted(node.pipes.items()):
                    if link != node.upstream_link:
                        self.transmit(pipe, Frame())
        self.after(self.timing.beat, self.beats)

    # What people do.

    def report(
        self, node: Node, message: str, resolved: bool = False, group: str = "", how: How = PLAINLY
    ) -> None:
        labels = (("group", group),) if group else ()
        alarm = Alarm(message, how.severity, node.wall(), resolved, labels)
        self.rules.reported(alarm, self.now)

        def accept(replica: Replica) -> list[Effect]:
            key = how.key(message)
            ticket, effects = replica.accept(self.now, node.wall(), [alarm], key, how.copies)
            node.tickets[ticket] = ((alarm,), how)
            return effects

        node.run(accept)

    def write(self, node: Node, *bodies: Body) -> None:
        """An operator's facts."""
        node.run(lambda replica: replica.write(self.now, node.wall(), bodies)[1])

    def leadership_changed(self) -> None:
        leaders = [node.name for node in self.nodes if node.leading_since is not None]
        self.split = self.split or len(leaders) > 1
        self.tell(f"leading: {leaders}")
