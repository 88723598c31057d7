"""Index of alarms in the orders in which lists show them, kept while alarms change.

One sorted list for each severity and state serves both orders: by severity they are read one after
the other, and by change side by side. So a page costs the same however many alarms there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from typing import Generic, NamedTuple, Protocol, TypeVar

from alarminati.core.alarms.episodes import Report
from alarminati.core.bounded.sorted_blocks import SortedBlocks
from alarminati.core.model.entries import Severity

WORST_FIRST = tuple(sorted(Severity, reverse=True))
RANKS = len(WORST_FIRST)


class ListOrder(Enum):
    """Order of a list of alarms. The values are those of the proto enum."""

    CHANGED = 1  # newest change first
    SEVERITY = 2  # worst severity first, and of one severity the newest change first


class Place(NamedTuple):
    """Place of an alarm in a list, the same on every replica."""

    rank: int  # by severity: index in WORST_FIRST; otherwise 0
    stamp: int  # of the last change
    fingerprint: str


class Listed(Protocol):
    """An alarm, as far as its place in a list is concerned."""

    fingerprint: str
    worst: Report | None
    close: Report | None


L = TypeVar("L", bound=Listed)


class AlarmIndex(Generic[L]):
    """Alarms that ever fired, by their worst severity and last change."""

    def __init__(self) -> None:
        self._firing: list[SortedBlocks[L]] = [SortedBlocks(_name) for _ in WORST_FIRST]
        self._resolved: list[SortedBlocks[L]] = [SortedBlocks(_name) for _ in WORST_FIRST]

    def firing_counts(self) -> list[tuple[Severity, int]]:
        """Return how many alarms fire of each worst severity, the worst first; none is left out."""
        counts = zip(WORST_FIRST, map(len, self._firing), strict=True)
        return [(severity, count) for severity, count in counts if count]

    def move(self, state: L, worst: Report | None, close: Report | None) -> None:
        """Move an alarm that changed; `worst` and `close` are those from before the change."""
        if worst is not None:
            self._list(worst, close).remove((close or worst).stamp, state)
        if state.worst is not None:
            self._list(state.worst, state.close).add((state.close or state.worst).stamp, state)

    def remove(self, state: L) -> None:
        """Remove an alarm that is forgotten."""
        if state.worst is not None:
            self._list(state.worst, state.close).remove((state.close or state.worst).stamp, state)

    def count(self, *, resolved: bool, ranks: int = RANKS) -> int:
        """Return how many alarms of so many worst severities fire, or with `resolved` fired."""
        return sum(map(len, self._firing[:ranks] + self._resolved[: ranks * resolved]))

    def before(
        self,
        place: Place | None,
        count: int,
        *,
        order: ListOrder,
        resolved: bool,
        ranks: int = RANKS,
    ) -> list[tuple[Place, L]]:
        """Return up to `count` alarms of so many worst severities behind that place, or the
        first ones."""
        found: list[tuple[Place, L]] = []
        start = place.rank if place is not None else 0
        for rank, lists in self._ranks(order, start, resolved, ranks):
            least = place[1:] if place is not None and rank == place.rank else None
            side_by_side = [
                (Place(rank, stamp, state.fingerprint), state)
                for blocks in lists
                for stamp, state in blocks.before(least, count - len(found))
            ]
            side_by_side.sort(key=lambda each: each[0], reverse=True)
            found += side_by_side[: count - len(found)]
            if len(found) == count:
                break
        return found

    def _ranks(
        self, order: ListOrder, start: int, resolved: bool, ranks: int
    ) -> Iterator[tuple[int, Sequence[SortedBlocks[L]]]]:
        """Yield the lists that are read side by side, from a rank on."""
        if order is ListOrder.CHANGED:
            yield 0, [*self._firing[:ranks], *self._resolved[: ranks * resolved]]
            return
        for rank in range(start, ranks):
            yield rank, [self._firing[rank], *(self._resolved[rank : rank + 1] * resolved)]

    def _list(self, worst: Report, close: Report | None) -> SortedBlocks[L]:
        lists = self._resolved if close is not None else self._firing
        return lists[WORST_FIRST.index(worst.severity)]


def _name(state: Listed) -> str:
    return state.fingerprint
