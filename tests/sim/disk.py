"""What survives a crash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from alarminati.core.effects import Effect
from alarminati.core.journal.checkpoint import Checkpoint, CheckpointMaker
from alarminati.core.journal.extents import Extent, Stored
from alarminati.core.model.entries import Body, DeliveryAttempt, Entry, EntryId, Notification
from alarminati.core.replica import Replica


@dataclass
class Disk:
    """What survives a crash."""

    rows: list[Stored] = field(default_factory=list)
    by_origin: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    held: dict[EntryId, int] = field(default_factory=dict)  # and their stamps
    checkpoint: Checkpoint | None = None
    hung: list[Callable[[], None]] | None = None  # what waits while it answers nothing

    def holds_up(self, write: Callable[[], None]) -> bool:
        """Whether `write` has to wait: the disk stands still."""
        if self.hung is not None:
            self.hung.append(write)
        return self.hung is not None

    def go_on(self) -> None:
        """Do what it was asked to meanwhile."""
        waiting, self.hung = self.hung or [], None
        for write in waiting:
            write()

    def write(self, entries: Sequence[Entry]) -> int:
        """One commit."""
        for entry in entries:
            row = Stored(len(self.rows) + 1, entry)
            self.rows.append(row)
            self.by_origin[entry.origin].append(row)
            assert entry.id not in self.held, f"{entry.id} stored twice"
            self.held[entry.id] = entry.stamp
        return len(self.rows)

    def write_checkpoint(self, replica: Replica, last: int) -> None:
        """What the shell does at times, here at once; nothing behind `last` is left out."""
        horizon = replica.outbox.horizon
        alive = replica.alive(horizon)
        while alive.gather():
            pass
        recent = replica.outbox.recent
        maker = CheckpointMaker(horizon, last, recent.used, recent.configured, alive.__contains__)
        maker.look((row.position, row.entry.id, row.entry.stamp) for row in self.rows)
        self.checkpoint = maker.made() or self.checkpoint

    def load(self, replica: Replica, now: float, wall: int) -> bool:
        """What the shell does at the start; whether that was everything."""
        begin = 0
        if self.checkpoint is not None:
            replica.load_state.resume(self.checkpoint, wall)
            alive = [self.rows[place - 1].entry for place in self.checkpoint.alive]
            replica.load(alive, now, wall)
            replica.load_state.leave_out(self.checkpoint)
            begin = self.checkpoint.position
        replica.load((row.entry for row in self.rows[begin:]), now, wall)
        lacking = replica.load_state.lacking
        if lacking:
            replica.load((row.entry for row in self.rows), now, wall)
        return lacking or not begin

    def load_rest(self, replica: Replica, now: float, wall: int) -> list[Effect]:
        """Everything, whatever was folded already."""
        replica.load((row.entry for row in self.rows), now, wall)
        return replica.loaded(now, wall, whole=True)

    def since(self, have: Mapping[str, int], after: int, limit: int) -> tuple[list[Stored], int]:
        """See core.journal.Reader."""
        rows: list[Stored] = []
        upto = after
        for row in self.rows[after:]:
            if len(rows) == limit:
                break
            upto = row.position
            if row.entry.sequence > have.get(row.entry.origin, 0):
                rows.append(row)
        return rows, upto

    def extents(self) -> dict[str, Extent]:
        """How far it goes, by origin."""
        return {o: Extent(rows[-1].entry.sequence) for o, rows in self.by_origin.items()}


def check_order(
    name: str, disk: Disk, excused: set[EntryId], entries: Sequence[Entry], stamps: bool
) -> None:
    """G5: nothing is stored, or (`stamps`) stamped, before its cause; no origin has a hole."""
    new: dict[EntryId, int] = {}
    last = {origin: rows[-1].entry.sequence for origin, rows in disk.by_origin.items() if rows}
    for entry in entries:
        expected = last.get(entry.origin, 0) + 1
        assert entry.sequence == expected, f"{name}: hole before {entry.id}"
        last[entry.origin] = entry.sequence
        for cause in causes(entry.body):
            earlier = disk.held.get(cause, new.get(cause, 0))
            assert earlier or cause in excused, f"G5: {name} stores {entry.id} before {cause}"
            if stamps:
                assert earlier < entry.stamp, f"G5: {entry.id} is stamped before {cause}"
        new[entry.id] = entry.stamp


def causes(body: Body | None) -> list[EntryId]:
    """What an entry speaks of."""
    if isinstance(body, Notification):
        return [item.alarm for item in body.items]
    return [body.notification] if isinstance(body, DeliveryAttempt) else []
