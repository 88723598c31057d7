"""Loading: how much of the journal is folded, and whether that is enough to lead."""

from __future__ import annotations

from alarminati.core.delivery.outbox import Outbox
from alarminati.core.effects import LoadRest
from alarminati.core.journal.checkpoint import Checkpoint
from alarminati.core.model.hlc import HybridClock


class Loading:
    """State of the fold at and behind the start of one replica."""

    def __init__(self, outbox: Outbox, clock: HybridClock) -> None:
        self.done = False  # the start is over
        self._outbox = outbox
        self._clock = clock
        self._left_out = 0  # stamp; entries up to there may be left out
        self._configured: frozenset[str] = frozenset()  # those owed nothing that was left out
        self._late = self._asked = False  # what was left out is needed; the shell knows that

    @property
    def enough(self) -> bool:
        """Return whether the replica may send."""
        return self.done and not self._late

    @property
    def lacking(self) -> bool:
        """Return whether entries that were left out must be folded before anything is sent."""
        self.require()
        return self._late

    def resume(self, checkpoint: Checkpoint, wall: int) -> None:
        """Begin to load with the checkpoint's `alive` entries; call `leave_out` behind these."""
        self._outbox.recent.resume(checkpoint.used)
        self._clock.witness(checkpoint.stamp, wall)

    def leave_out(self, checkpoint: Checkpoint) -> None:
        """Go on to load with what lies behind the checkpoint; then all, if that is `lacking`."""
        self._left_out = checkpoint.stamp
        self._configured = frozenset(checkpoint.configured)

    def folding(self, stamp: int) -> None:
        """Take note of an entry: one stamped among those left out may belong between them."""
        if stamp <= self._left_out:
            self._late = True

    def require(self) -> None:
        """Compare the settings with those of the checkpoint: a longer horizon, or a channel that
        was not configured then, needs what was left out."""
        if self._left_out:
            added = not self._configured.issuperset(self._outbox.recent.configured)
            self._late = self._late or added or self._outbox.horizon <= self._left_out

    def ask(self) -> list[LoadRest]:
        """Return the effect that has the rest loaded, once."""
        if self._asked or not (self.done and self._late):
            return []
        self._asked = True
        return [LoadRest()]

    def end(self, whole: bool) -> None:
        """Take note that enough is folded, or (`whole`) everything."""
        self.done = True
        if whole:
            self._left_out, self._late, self._asked = 0, False, False
