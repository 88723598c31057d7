"""Pages: lists of alarms, read a slice at a time.

The index gives the alarms in order, so a page looks at little more than what it shows. With a
filter it looks further, and a filter that fits nothing passes all alarms: some 0.3 s of work for
200,000. The generator yields every few milliseconds, so that its driver can let others run.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.index import RANKS, WORST_FIRST, ListOrder, Place
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.entries import Severity
from alarminati.core.model.hlc import milliseconds

SLICE = 250  # alarms looked at in one go
COUNTED = 2000  # alarms looked at behind a page to count how many fit


@dataclass(frozen=True, slots=True)
class Listing:
    """Alarms to list."""

    fits: Callable[[AlarmState], bool] | None = None  # None: every alarm fits
    resolved: bool = False  # with resolved alarms
    order: ListOrder = ListOrder.CHANGED
    least: Severity | None = None  # least severity of an episode; None: every severity

    @property
    def ranks(self) -> int:
        """Return how many severities are listed, from the worst on."""
        return WORST_FIRST.index(self.least) + 1 if self.least else RANKS


@dataclass(frozen=True, slots=True)
class Page:
    """Alarms of a page, and whether the list goes on."""

    alarms: list[tuple[Place, AlarmState]]
    more: bool
    total: int  # alarms that fit in all; 0 on a page with alarms: too many to count


def page(
    book: AlarmBook, listing: Listing, size: int, before: Place | None = None, slice: int = SLICE
) -> Generator[None, None, Page]:
    """Return the next `size` alarms of a list, behind the place `before`.

    An alarm that changes during the scan is shown as it is when the scan reaches it. The total is
    counted on the first page only, unless every alarm fits.
    """
    found: list[tuple[Place, AlarmState]] = []
    fits, further, place = listing.fits, 0, before
    ended = False
    while not ended and len(found) <= size:
        step = min(slice, size + 1 - len(found)) if fits is None else slice
        ahead, ended = _ahead(book, listing, place, step)
        found += [each for each in ahead if fits is None or fits(each[1])]
        place = ahead[-1][0] if ahead else place
        yield
    total = book.index.count(resolved=listing.resolved, ranks=listing.ranks) if fits is None else 0
    count = len(found)
    while fits is not None and before is None and not ended and further < COUNTED:
        ahead, ended = _ahead(book, listing, place, slice)
        count += sum(fits(state) for _, state in ahead)
        place = ahead[-1][0] if ahead else place
        further += slice
        yield
    if fits is not None and before is None and ended:
        total = count
    return Page(found[:size], len(found) > size, total)


def _ahead(
    book: AlarmBook, listing: Listing, place: Place | None, count: int
) -> tuple[list[tuple[Place, AlarmState]], bool]:
    """Return the next alarms of the list, whether they fit or not, and whether it ends there."""
    ahead = book.index.before(
        place, count, order=listing.order, resolved=listing.resolved, ranks=listing.ranks
    )
    return ahead, len(ahead) < count


def fired_within(state: AlarmState, start: int, end: int) -> bool:
    """Return whether the last episode overlaps a time: milliseconds, 0 for an open side."""
    began, over = milliseconds(state.since), milliseconds(state.resolved)
    return (not end or began < end) and (not start or not over or over >= start)
