"""Restarts that leave out what is settled: checkpoints of tiny horizons, written again and again.

Whatever a start leaves out, it must come to the same as a start that folds everything: what fires,
what is still to be notified, what is under way, and what died.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from random import Random
from typing import Any

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import USUAL
from alarminati.core.delivery.outbox import Outbox
from alarminati.core.model.entries import Entry
from tests.sim.settings import PLAIN, Settings
from tests.sim.world import Node, World

BOUNDS = replace(USUAL, fresh=4, fresh_seconds=20, tellings=8)


class Restarts:
    """What writes checkpoints in a world, and checks what starts make of them."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.dice = Random(world.seed)  # its own, so that the days are those of other campaigns
        self.lean = self.whole = self.left_out = 0
        world.started = self.check
        self.write()

    def write(self) -> None:
        """Every replica writes one now and then."""
        for node in self.world.nodes:
            if node.replica is not None and not node.paused and self.dice.random() < 0.5:
                last = len(node.disk.rows) - self.world.bounds.fresh
                node.disk.write_checkpoint(node.replica, last)
        self.world.after(self.dice.uniform(0.5, 20.0), self.write)

    def check(self, node: Node) -> None:
        """Compare a start with one that leaves out nothing."""
        checkpoint = node.disk.checkpoint
        assert node.replica is not None
        if checkpoint is None:
            return
        if node.replica.load_state.lacking:
            self.whole += 1
            return
        self.lean += 1
        self.left_out += checkpoint.position - len(checkpoint.alive)
        rows = node.disk.rows
        alive = [rows[place - 1].entry for place in checkpoint.alive]
        newer = (row.entry for row in rows[checkpoint.position :])
        lean = self.made(node, (*alive, *newer), checkpoint.used)
        full = self.made(node, (row.entry for row in rows))
        for name, found in lean.items():
            more, less = found - full[name], full[name] - found
            assert not more and not less, (
                f"seed {self.world.seed}: {name} after a start of {node.name} at"
                f" {self.world.now:.1f}: too much {more}, too little {less}"
            )

    def made(
        self, node: Node, entries: Iterable[Entry], used: tuple[str, ...] = ()
    ) -> dict[str, set[Any]]:
        """What a master makes of these entries."""
        settings, now = self.world.settings, self.world.now
        book = AlarmBook(self.world.bounds)
        outbox = Outbox(
            book,
            settings.router(),
            settings.limits,
            Random(0),
            replica=node.name,
            project="sim",
            policy=settings.policy,
            bounds=self.world.bounds,
        )
        outbox.recent.resume(used)
        for entry in entries:
            book.apply(entry)
            outbox.apply(entry, now)
        outbox.lead(now, node.wall())
        lanes = list(outbox._lanes)
        return {
            "firing": {
                (s.fingerprint, s.id, s.count, s.peak.severity, s.acknowledgement)
                for s in book.firing()
            },
            "owed": {
                (lane.channel, due.report.id, due.resolved, due.reason)
                for state in book.remembered()
                for lane in lanes
                for due in outbox._claims.owed(state, [lane])
            },
            "pending": {
                (lane.channel, key, each.attempts)
                for lane in lanes
                for key, each in lane.pending.items()
            },
            "dead letters": {letter.id for letter in outbox.queries.dead_letters()},
            "silences": {each.id for each in outbox.silences.active(node.wall())},
        }


def world(seed: int, size: int, loss: float = 0.0, settings: Settings = PLAIN) -> World:
    """A world whose replicas start from checkpoints."""
    made = World(seed, size, loss, settings=settings, bounds=BOUNDS)
    made.restarts = Restarts(made)  # type: ignore[attr-defined]
    return made
