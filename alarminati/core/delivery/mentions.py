"""Mentions: which alarms are named by a notice that is not done with.

Planned, written and not delivered, or dead and kept: each may be told, or told again, and cannot be
once its alarms are forgotten.
"""

from __future__ import annotations

from collections import Counter

from alarminati.core.model.entries import Notice


class Mentions:
    """Fingerprints, each as often as it is named."""

    def __init__(self) -> None:
        self._named: Counter[str] = Counter()

    def __contains__(self, fingerprint: str) -> bool:
        return fingerprint in self._named

    def __len__(self) -> int:
        return len(self._named)

    def add(self, notice: Notice) -> None:
        """It is to be told, or may be told again."""
        self._named.update(item.fingerprint for item in notice.items)

    def remove(self, notice: Notice) -> None:
        """It is done with."""
        named = self._named
        for item in notice.items:
            left = named[item.fingerprint] - 1
            if left > 0:
                named[item.fingerprint] = left
            else:
                del named[item.fingerprint]
