"""What survives a crash."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from alarminati.core.journal.extents import Extent, Stored
from alarminati.core.model.entries import Body, DeliveryAttempt, Entry, EntryId, Notification


@dataclass
class Disk:
    """What survives a crash."""

    rows: list[Stored] = field(default_factory=list)
    by_origin: dict[str, list[Stored]] = field(default_factory=lambda: defaultdict(list))
    held: dict[EntryId, int] = field(default_factory=dict)  # and their stamps
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
