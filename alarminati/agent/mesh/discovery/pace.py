"""Pace of questions while a peer is missing: soon at first, then ever slower, at rest never."""

from __future__ import annotations

import asyncio
from random import Random
from typing import Final

FIRST: Final = 1.0  # seconds
MOST: Final = 15.0
CALM: Final = 60.0  # after so long without a wish to ask, the next one is served at once


class Pace:
    """Interval between questions, with jitter, because replicas miss the same peer together."""

    def __init__(self, dice: Random, first: float = FIRST) -> None:
        self._dice = dice
        self._first = self._gap = first
        self._next = 0.0
        self._last = -CALM

    def wait(self, now: float) -> float:
        """Return the seconds to wait before a question that is wanted now."""
        if now - self._last >= CALM:
            self._gap = self._first
        return max(0.0, self._next - now)

    def asked(self, now: float, good_for: float = 0.0) -> None:
        """Take note of a question; its answer is valid for `good_for` seconds (a DNS time to
        live)."""
        self._last = now
        self._next = now + max(self._gap * self._dice.uniform(0.75, 1.0), good_for)
        self._gap = min(self._gap * 2, MOST)


class Wish:
    """A pending question that waits for the pace."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._wanted = asyncio.Event()

    def ask(self) -> None:
        """Ask as soon as the pace allows; further calls until then change nothing."""
        self._wanted.set()

    async def granted(self) -> None:
        """Return when a question is wanted and the pace allows it. No timer runs before."""
        await self._wanted.wait()
        await asyncio.sleep(self._pace.wait(asyncio.get_running_loop().time()))
        self._wanted.clear()

    def asked(self, good_for: float = 0.0) -> None:
        """Take note of a question, see `Pace.asked`."""
        self._pace.asked(asyncio.get_running_loop().time(), good_for)
