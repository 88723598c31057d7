"""Ledger of a spool: which segments there are, what is acknowledged, what there is room for."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from alarminati.core.spool.frames import HEAD_SIZE

FULL_RATIO: Final = 0.95
"""Part of the bound at which no further message is taken; the rest is for what is under way."""


class SpoolFull(Exception):
    """The bound on the bytes of a spool is reached: one sentence."""


class MessageTooLarge(Exception):
    """A message is larger than the spool takes: one sentence."""


class UnknownSequence(ValueError):
    """A sequence that was never given out was acknowledged."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Bounds of a spool in bytes: in all, of one segment, of one message."""

    total: int = 1 << 30
    segment: int = 4 << 20
    message: int = 4 << 20


@dataclass(slots=True)
class Segment:
    """A file of messages. `last` is `first - 1` while it is empty."""

    first: int
    last: int
    size: int


@dataclass(slots=True)
class Ledger:
    """State of one spool.

    A message is given out until it is acknowledged. `acknowledged` is the highest sequence up to
    which every message is. The newest segment always stays, so that sequences never start again.
    """

    bounds: Bounds
    segments: list[Segment] = field(default_factory=list)
    acknowledged: int = 0

    @property
    def last(self) -> int:
        """Sequence of the newest message; what is acknowledged when there is none."""
        return max(self.segments[-1].last if self.segments else 0, self.acknowledged)

    @property
    def pending(self) -> int:
        """Number of messages that are not acknowledged."""
        return self.last - self.acknowledged

    @property
    def bytes(self) -> int:
        """Bytes of all segments."""
        return sum(segment.size for segment in self.segments)

    @property
    def used_ratio(self) -> float:
        """Part of the bound that is in use; acknowledged bytes of the oldest segment count."""
        return self.bytes / self.bounds.total

    def admit(self, size: int, queued: int = 0) -> None:
        """Check that a message of `size` bytes fits behind `queued` bytes that wait.

        Raises SpoolFull, MessageTooLarge.
        """
        if size > self.bounds.message:
            raise MessageTooLarge(
                f"a message has {size} bytes; at most {self.bounds.message} are taken"
            )
        if self.bytes + queued + HEAD_SIZE + size > self.bounds.total * FULL_RATIO:
            raise SpoolFull(
                f"the spool is full: {self.pending} messages wait in {self.bytes} bytes of"
                f" {self.bounds.total}"
            )

    def must_rotate(self) -> bool:
        """Return whether the next message belongs in a new segment."""
        return not self.segments or self.segments[-1].size >= self.bounds.segment

    def rotate(self) -> Segment:
        """Begin a new segment and return it."""
        segment = Segment(self.last + 1, self.last, 0)
        self.segments.append(segment)
        return segment

    def appended(self, count: int, size: int) -> None:
        """Note that `count` messages in `size` bytes are durable in the newest segment."""
        self.segments[-1].last += count
        self.segments[-1].size += size

    def acknowledge(self, sequence: int) -> bool:
        """Acknowledge all messages up to `sequence`; return whether that was news.

        Raises UnknownSequence.
        """
        if sequence > self.last:
            raise UnknownSequence(f"sequence {sequence} was never given out; {self.last} is newest")
        if sequence <= self.acknowledged:
            return False
        self.acknowledged = sequence
        return True

    def removable(self) -> list[Segment]:
        """Take the segments off the ledger whose messages are all acknowledged, and return them."""
        gone: list[Segment] = []
        while len(self.segments) > 1 and self.segments[0].last <= self.acknowledged:
            gone.append(self.segments.pop(0))
        return gone

    def segment_of(self, sequence: int) -> Segment | None:
        """Return the segment that holds a message, or the next one behind it; None: no such."""
        for segment in self.segments:
            if sequence <= segment.last:
                return segment
        return None


class InFlight:
    """Messages that were given out: the highest one up to which all are done.

    Sequences may have holes, since damage can lose messages; so the order of giving out counts.
    """

    def __init__(self) -> None:
        self._open: deque[int] = deque()
        self._done: set[int] = set()

    def give(self, sequences: Iterable[int]) -> None:
        """Note messages that are given out now, in their order."""
        self._open.extend(sequences)

    def finish(self, sequences: Iterable[int]) -> int:
        """Note messages that are done; return the sequence to acknowledge, 0 for none."""
        self._done.update(sequences)
        highest = 0
        while self._open and self._open[0] in self._done:
            highest = self._open.popleft()
            self._done.remove(highest)
        return highest

    def __len__(self) -> int:
        return len(self._open)
