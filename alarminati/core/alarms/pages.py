"""Pages: scan all alarms a slice at a time.

A scan of 200,000 alarms is a second of work. These generators yield every few milliseconds, so
that their driver can let others run.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import nlargest

from alarminati.core.alarms.book import AlarmBook, AlarmState
from alarminati.core.model.entries import EntryId

SLICE = 250  # alarms looked at in one go

Place = tuple[int, str]


def page(
    book: AlarmBook,
    fits: Callable[[AlarmState], bool],
    size: int,
    *,
    resolved: bool,
    before: Place | None,
    slice: int = SLICE,
) -> Generator[None, None, list[tuple[Place, AlarmState]]]:
    """Return the `size` newest changes that fit, each with its `AlarmState.position`.

    `before`: only what comes after that place. An alarm that changes during the scan is shown as
    it is when the scan reaches it.
    """
    states = book.states(resolved=resolved)
    best: list[tuple[Place, AlarmState]] = []
    for start in range(0, len(states), slice):
        found = [
            (state.position, state)
            for state in states[start : start + slice]
            if state.first is not None
        ]
        if before is not None:
            found = [each for each in found if each[0] < before]
        if len(best) == size and best:
            found = [each for each in found if each[0] > best[-1][0]]
        found = [each for each in found if fits(each[1])]
        best = nlargest(size, best + found, key=lambda each: each[0])
        yield
    return best


def search(
    book: AlarmBook, id: EntryId, slice: int = SLICE
) -> Generator[None, None, AlarmState | None]:
    """Return the alarm that has this report; an entry that was never seen here is not searched."""
    if not book.knows(id):
        return None
    states = book.states(resolved=True)
    for start in range(0, len(states), slice):
        for state in states[start : start + slice]:
            if state.first is not None and state.has(id):
                return state
        yield
    return None
