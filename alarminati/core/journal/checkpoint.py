"""Checkpoint: what of a long journal has to be folded before a replica may lead.

A checkpoint leaves out old entries without any effect on what is still to be notified: entries
that retention could remove. They count as one side, all others as the other: an alarm that was
heard of since, or that fires, is kept with all its entries. An entry that arrives later and is
stamped before the checkpoint may belong between those left out; then these have to be folded
first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from alarminati.core.model.entries import EntryId


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Entries up to `position` are left out, except those at the positions `alive`."""

    position: int
    stamp: int  # no entry that is left out is stamped later
    used: tuple[str, ...] = ()  # channels with any notice so far
    configured: tuple[str, ...] = ()  # channels whose notices are sent; others may be owed some
    alive: Sequence[int] = ()  # in order


class CheckpointMaker:
    """Collects the positions of a checkpoint, a few headers at a time."""

    def __init__(
        self,
        horizon: int,
        last: int,
        used: tuple[str, ...],
        configured: tuple[str, ...],
        alive: Callable[[EntryId], bool],
    ) -> None:
        """Leave out only what is stamped before `horizon` and lies up to position `last`."""
        self._horizon = horizon
        self._last = last
        self._channels = used, configured
        self._alive = alive
        self._position = self._stamp = 0
        self._places: list[int] = []

    def look(self, headers: Iterable[tuple[int, EntryId, int]]) -> bool:
        """Take position, id and stamp of the next entries; return False when it is complete."""
        for place, id, stamp in headers:
            if stamp >= self._horizon or place > self._last:
                return False
            self._position, self._stamp = place, max(stamp, self._stamp)
            if self._alive(id):
                self._places.append(place)
        return True

    def made(self) -> Checkpoint | None:
        """Return the checkpoint; None when it would leave out nothing."""
        if not self._position:
            return None
        return Checkpoint(self._position, self._stamp, *self._channels, tuple(self._places))
