"""Retention: remove old entries, a few at a time, and never one whose effect is alive.

The core decides which entries are alive (`alive`). A removal raises the floor of its origin, so
that a reader with an older cursor learns of the gap.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from alarminati.agent.store import Store
from alarminati.core.model.entries import Entry, EntryId

STEP = 500  # entries looked at without a pause: about half a millisecond
EVERY = 600.0  # seconds between two looks, at most
EXCESS = 1.1  # times as many entries as are wanted, at which it looks at once


async def truncate(
    store: Store, *, keep_after: int, max_entries: int, alive: Callable[[EntryId], bool]
) -> int:
    """Remove entries stamped before `keep_after`, then the oldest above `max_entries`.

    `alive` knows the entries there are now; entries stored meanwhile are left alone. Entries that
    are `alive` stay whatever their age and number, and so does the newest one, whose position must
    not be used again. Returns how many were removed. Raises what `Store.append` raises; entries
    that were removed before stay removed.
    """
    forgotten = 0
    position, until = 0, store.position
    while position < until and (headers := store.headers(position, STEP)):
        position = headers[-1][0]
        excess = store.count - max_entries
        positions: list[int] = []
        floors: dict[str, int] = {}
        for place, id, stamp in headers:
            unwanted = stamp < keep_after or len(positions) < excess
            if unwanted and place < until and not alive(id):
                positions.append(place)
                floors[id.origin] = id.sequence
        if positions:
            await store.remove(positions, floors)
            forgotten += len(positions)
        else:
            await asyncio.sleep(0)
    return forgotten


class RetentionTimer:
    """Says when to look again: after a while, or once there are too many entries.

    What is alive stays, however many that are; so after a look only what is added counts.
    """

    def __init__(
        self, store: Store, wanted: Callable[[], int], every: float = EVERY, grown: int = 0
    ) -> None:
        """`wanted`: how many entries there should be at most; `grown`: so many new ones suffice."""
        self._store = store
        self._wanted = wanted
        self._every = every
        self._grown = grown
        self._seen = store.position
        self._left = 0  # entries after the last look
        self._excess = asyncio.Event()
        store.watch(self._stored)

    async def wait(self) -> None:
        """Return when it is time."""
        self._left, self._seen = self._store.count, self._store.position
        self._excess.clear()
        try:
            async with asyncio.timeout(self._every):
                await self._excess.wait()
        except TimeoutError:
            pass

    def _stored(self, first: int, entries: Sequence[Entry]) -> None:
        grown = 0 < self._grown <= self._store.position - self._seen
        if grown or self._store.count > EXCESS * max(self._wanted(), self._left):
            self._excess.set()
