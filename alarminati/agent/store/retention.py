"""Retention: forget old entries, a few at a time, and never one whose effect is alive.

What is alive is the core's word (`alive`). What is forgotten raises its origin's floor, so that
whoever comes with an older cursor is told what is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from alarminati.agent.store import Store
from alarminati.core.model.entries import EntryId

STEP = 500  # entries looked at without a pause: about half a millisecond


async def truncate(
    store: Store, *, keep_after: int, max_entries: int, alive: Callable[[EntryId], bool]
) -> int:
    """Forget entries stamped before `keep_after`, then the oldest above `max_entries`.

    `alive` knows the entries there are now; what is stored meanwhile is left alone.
    Entries that are `alive` stay whatever their age and number, and so does the newest one, whose
    position must not be used again. Returns how many were forgotten. Raises what `Store.append`
    raises; what was forgotten until then stays forgotten.
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
