"""Stalls: a commit or a send that does not end.

Elections need neither disk nor channels, so a stalled replica would look well and stay master.
After `PATIENCE` such a replica is unable to lead: it hands over, and its health says so.
"""

from __future__ import annotations

from typing import Final

from alarminati.core.delivery.attempts import Attempt

PATIENCE: Final = 5.0
"""Seconds for one commit, and for a send beyond its own timeout."""


class Stalls:
    """Operations that one replica waits for. `now` is monotonic seconds."""

    def __init__(self) -> None:
        self._storing: float | None = None
        self._sending: dict[tuple[str, int], float] = {}  # deadline by key and number of an attempt

    def storing(self, now: float) -> None:
        """Take note that a batch is on its way to the disk."""
        self._storing = now

    def stored(self) -> None:
        """Take note that the batch is on disk, or failed."""
        self._storing = None

    def sending(self, now: float, attempt: Attempt) -> None:
        """Take note that an attempt begins."""
        self._sending[attempt.notice.key, attempt.number] = now + attempt.timeout + PATIENCE

    def sent(self, attempt: Attempt) -> None:
        """Take note that the attempt has ended."""
        self._sending.pop((attempt.notice.key, attempt.number), None)

    def disk_stands(self, now: float) -> bool:
        """Return whether a commit takes too long."""
        return self._storing is not None and now >= self._storing + PATIENCE

    def trouble(self, now: float) -> str:
        """Return one sentence on what is stalled; empty: nothing."""
        if self.disk_stands(now):
            return "the journal's disk does not answer; what is reported here waits"
        if any(now >= until for until in self._sending.values()):
            return "a delivery does not end; another replica delivers, if there is one"
        return ""

    def next_due(self, now: float) -> float | None:
        """Return when an operation becomes a stall; None: there is none in flight."""
        times = list(self._sending.values())
        if self._storing is not None:
            times.append(self._storing + PATIENCE)
        return min((each for each in times if each > now), default=None)
