"""Lists of alarms, read a page and a slice at a time."""

from __future__ import annotations

from collections.abc import Generator
from random import Random
from typing import TypeVar

import pytest

from alarminati.core.alarms import pages
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.index import WORST_FIRST, ListOrder, Place
from alarminati.core.alarms.pages import Listing, Page
from alarminati.core.alarms.state import AlarmState
from alarminati.core.bounded.bounds import Bounds
from alarminati.core.model.entries import Entry, Severity
from tests.core.stage import alarm

T = TypeVar("T")


def done(work: Generator[None, None, T]) -> tuple[T, int]:
    """What it comes to, and in how many slices."""
    slices = 0
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value, slices
        slices += 1


@pytest.fixture
def book() -> AlarmBook:
    """Alarms that fire, worsen, end and fire again; some reports come late, some are forgotten."""
    made, dice = AlarmBook(Bounds(closed=20)), Random(7)
    for n in range(1, 600):
        severity = dice.choice(list(Severity))
        body = alarm(f"a{dice.randrange(150)}", dice.random() < 0.3, severity=severity)
        stamp = n - dice.choice((0, 0, 0, 30))
        made.apply(Entry("aaaa", n, max(1, stamp) << 16, body))
        made.shed(lambda state: True, looks=2)
    return made


def changed(state: AlarmState) -> tuple[int, str]:
    return (state.close or state.peak).stamp, state.fingerprint


def sorted_by(book: AlarmBook, order: ListOrder, resolved: bool) -> list[AlarmState]:
    states = sorted(book.states(resolved=resolved), key=changed, reverse=True)
    if order is ListOrder.SEVERITY:
        states.sort(key=lambda state: WORST_FIRST.index(state.peak.severity))
    return states


def read(book: AlarmBook, listing: Listing, size: int, slice: int) -> list[AlarmState]:
    """All pages, one after the other."""
    seen: list[AlarmState] = []
    before: Place | None = None
    while True:
        found, _ = done(pages.page(book, listing, size, before, slice))
        seen += [state for _, state in found.alarms]
        if not found.more:
            return seen
        before = found.alarms[-1][0]


@pytest.mark.parametrize("resolved", [True, False])
@pytest.mark.parametrize("order", ListOrder)
@pytest.mark.parametrize("slice", [1, 7, 1000])
def test_pages_show_every_alarm_in_order_whatever_the_slices(
    book: AlarmBook, resolved: bool, order: ListOrder, slice: int
) -> None:
    wanted = sorted_by(book, order, resolved)
    assert len(wanted) > 30
    assert read(book, Listing(None, resolved, order), 9, slice) == wanted

    def odd(state: AlarmState) -> bool:
        return state.alarm.key[-1] in "13579"

    assert read(book, Listing(odd, resolved, order), 9, slice) == list(filter(odd, wanted))
    worst = [x for x in wanted if x.peak.severity in (Severity.CRITICAL, Severity.ERROR)]
    assert read(book, Listing(None, resolved, order, Severity.ERROR), 9, slice) == worst


@pytest.mark.parametrize("order", ListOrder)
def test_pages_follow_each_other_though_the_list_changes(book: AlarmBook, order: ListOrder) -> None:
    listing = Listing(order=order)
    first, _ = done(pages.page(book, listing, 9))
    book.apply(Entry("bbbb", 1, 10**6 << 16, alarm("new", severity=Severity.CRITICAL)))
    rest = [state for _, state in first.alarms]
    place = first.alarms[-1][0]
    while True:
        found, _ = done(pages.page(book, listing, 9, place))
        rest += [state for _, state in found.alarms]
        if not found.more:
            break
        place = found.alarms[-1][0]
    assert len(rest) == len(set(map(id, rest))) == book.firing_count - 1


def test_the_total_is_that_of_all_pages(book: AlarmBook) -> None:
    def total(listing: Listing, before: Place | None = None) -> int:
        return done(pages.page(book, listing, 3, before))[0].total

    first, _ = done(pages.page(book, Listing(), 3))
    assert first.total == total(Listing(), first.alarms[-1][0]) == book.firing_count
    assert total(Listing(resolved=True)) == len(book.states())
    worst = sum(state.peak.severity is Severity.CRITICAL for state in book.states(resolved=False))
    assert total(Listing(lambda state: state.peak.severity is Severity.CRITICAL)) == worst > 3
    assert total(Listing(least=Severity.CRITICAL)) == worst


def crowd(count: int) -> AlarmBook:
    made = AlarmBook()
    for n in range(count):
        made.apply(Entry("aaaa", n + 1, n << 16, alarm(f"a{n}", severity=list(Severity)[n % 4])))
    return made


@pytest.mark.parametrize("order", ListOrder)
def test_g8_a_page_looks_at_little_more_than_it_shows(order: ListOrder) -> None:
    book, looks = crowd(6000), list[AlarmState]()

    def every_other(state: AlarmState) -> bool:
        looks.append(state)
        return int(state.alarm.key[1:]) // 4 % 2 == 0

    found, slices = done(pages.page(book, Listing(None, order=order), 100))
    assert (len(found.alarms), found.more, found.total, slices) == (100, True, 6000, 1)
    first, _ = done(pages.page(book, Listing(every_other, order=order), 100))
    assert (len(first.alarms), first.total) == (100, 0)  # too many to count
    assert len(looks) <= pages.COUNTED + 2 * pages.SLICE
    looks.clear()
    second: Page
    second, _ = done(pages.page(book, Listing(every_other, order=order), 100, first.alarms[-1][0]))
    assert len(second.alarms) == 100
    assert len(looks) <= 2 * pages.SLICE


def test_g8_a_filter_that_fits_nothing_is_asked_in_slices() -> None:
    asked = list[AlarmState]()

    def nothing(state: AlarmState) -> bool:
        asked.append(state)
        return False

    work = pages.page(crowd(300), Listing(nothing), 9, slice=10)
    next(work)
    assert len(asked) <= 10
    found, _ = done(work)
    assert (found.alarms, found.more, len(asked)) == ([], False, 300)


@pytest.mark.parametrize(
    ("start", "end", "wanted"),
    [(0, 0, "abc"), (25, 0, "bc"), (0, 15, "a"), (0, 20, "a"), (12, 18, "a"), (21, 26, "b"),
     (31, 39, "bc")],
)  # fmt: skip
def test_alarms_of_a_time_fired_in_it(start: int, end: int, wanted: str) -> None:
    book = AlarmBook()
    spans = {"a": (10, 20), "b": (20, 0), "c": (30, 40)}
    for n, (name, (began, over)) in enumerate(spans.items()):
        book.apply(Entry("aaaa", 2 * n + 1, began << 16, alarm(name)))
        if over:
            book.apply(Entry("aaaa", 2 * n + 2, over << 16, alarm(name, resolved=True)))
    found = [x.alarm.key for x in book.states() if pages.fired_within(x, start, end)]
    assert "".join(sorted(found)) == wanted
