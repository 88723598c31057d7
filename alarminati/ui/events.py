"""Events for the pages that are open: numbered, kept for those who reconnect, and bounded."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Final

import msgspec

from alarminati.ui.schema.events import Hello, Reset

KEPT: Final = 500
WAITING: Final = 100
LISTENERS: Final = 12
KEEPALIVE: Final = 15.0


class TooManyListeners(Exception):
    """More pages follow the events than any person has open."""


class Hub:
    """Sends events to all listeners. Numbers begin at the clock and never go back."""

    def __init__(self, build: str, now: Callable[[], int]) -> None:
        self.seq = now()
        self._build = build
        self._now = now
        self._first = self.seq
        self._kept: deque[tuple[int, bytes]] = deque(maxlen=KEPT)
        self._listeners: set[asyncio.Queue[bytes | None]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._listeners)

    def next(self) -> int:
        """Return the number of the event to come."""
        self.seq += 1
        return self.seq

    def send(self, name: str, event: msgspec.Struct) -> None:
        """Send an event that was made with `next`."""
        told = _event(name, self.seq, event)
        self._kept.append((self.seq, told))
        for queue in list(self._listeners):
            if queue.full():
                self._listeners.discard(queue)  # too slow: it ends, and asks again
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(told)

    def close(self) -> None:
        """End all streams."""
        self._closed = True
        for queue in self._listeners:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(None)

    async def follow(self, after: int) -> AsyncIterator[bytes]:
        """Yield the events after a number, from now on without end. Raises TooManyListeners."""
        if len(self._listeners) >= LISTENERS:
            raise TooManyListeners
        queue: asyncio.Queue[bytes | None] = asyncio.Queue(WAITING)
        self._listeners.add(queue)
        try:
            yield _event("hello", self.seq, Hello(self.seq, self._build, self._now()))
            for told in self._since(after):
                yield told
            while not self._closed:
                try:
                    async with asyncio.timeout(KEEPALIVE):
                        told_or_end = await queue.get()
                except TimeoutError:
                    yield b": keepalive\n\n"
                    continue
                if told_or_end is None:
                    return
                yield told_or_end
        finally:
            self._listeners.discard(queue)

    def _since(self, after: int) -> list[bytes]:
        if not after or after >= self.seq:
            return []
        oldest = self._kept[0][0] if self._kept else self.seq + 1
        if after < self._first or after < oldest - 1:
            reason = "restart" if after < self._first else "behind"
            return [_event("reset", self.seq, Reset(self.seq, reason))]  # type: ignore[arg-type]
        return [told for number, told in self._kept if number > after]


def _event(name: str, seq: int, event: msgspec.Struct) -> bytes:
    return b"id: %d\nevent: %s\ndata: %s\n\n" % (seq, name.encode(), msgspec.json.encode(event))
