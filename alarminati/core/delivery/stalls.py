"""What stands still though something waits for it: the disk, or a send that never ends.

Elections need neither, so a replica that stands still would go on looking well and being master.
After `PATIENCE` it is not able: it hands over, and says so to whoever asks how it is.
"""

from __future__ import annotations

from typing import Final

from alarminati.core.delivery.attempts import Attempt

PATIENCE: Final = 5.0
"""Seconds for one commit, and for a send beyond its own timeout."""


class Stalls:
    """What one replica waits for. `now` is monotonic seconds."""

    def __init__(self) -> None:
        self._storing: float | None = None
        self._sending: dict[tuple[str, int], float] = {}  # key and number of an attempt: until when

    def storing(self, now: float) -> None:
        """A batch is on its way to the disk."""
        self._storing = now

    def stored(self) -> None:
        """It is there, or will never be."""
        self._storing = None

    def sending(self, now: float, attempt: Attempt) -> None:
        """An attempt begins."""
        self._sending[attempt.notice.key, attempt.number] = now + attempt.timeout + PATIENCE

    def sent(self, attempt: Attempt) -> None:
        """It has ended."""
        self._sending.pop((attempt.notice.key, attempt.number), None)

    def disk_stands(self, now: float) -> bool:
        """A commit takes too long."""
        return self._storing is not None and now >= self._storing + PATIENCE

    def trouble(self, now: float) -> str:
        """What stands still, one sentence; empty: nothing."""
        if self.disk_stands(now):
            return "the journal's disk does not answer; what is reported here waits"
        if any(now >= until for until in self._sending.values()):
            return "a delivery does not end; another replica delivers, if there is one"
        return ""

    def next_due(self, now: float) -> float | None:
        """When something will have stood still for too long; None: nothing will, or does."""
        times = list(self._sending.values())
        if self._storing is not None:
            times.append(self._storing + PATIENCE)
        return min((each for each in times if each > now), default=None)
