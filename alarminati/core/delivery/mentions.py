"""Mentions: the alarms that unfinished notices and dead letters name.

Each of these may be sent, or sent again, and needs its alarms for that.
"""

from __future__ import annotations

from collections import Counter

from alarminati.core.model.entries import Notification


class Mentions:
    """Fingerprints, each with its number of mentions."""

    def __init__(self) -> None:
        self._named: Counter[str] = Counter()

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self._named

    def __len__(self) -> int:
        return len(self._named)

    def add(self, notice: Notification) -> None:
        """Add the alarms of a notice."""
        self._named.update(item.fingerprint for item in notice.items)

    def remove(self, notice: Notification) -> None:
        """Remove the alarms of a finished notice."""
        named = self._named
        for item in notice.items:
            left = named[item.fingerprint] - 1
            if left > 0:
                named[item.fingerprint] = left
            else:
                del named[item.fingerprint]
