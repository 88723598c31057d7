"""Looking through all alarms, a slice at a time."""

from __future__ import annotations

from collections.abc import Generator
from typing import TypeVar

import pytest

from alarminati.core.alarms import pages
from alarminati.core.alarms.book import AlarmBook, AlarmState
from alarminati.core.model.entries import Entry, EntryId
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
    made = AlarmBook()
    for n in range(1, 301):
        body = alarm(f"a{n * 7 % 100}", resolved=n % 5 == 0)
        made.apply(Entry("aaaa", n, n << 16, body))
    return made


def everything(state: AlarmState) -> bool:
    return True


@pytest.mark.parametrize("resolved", [True, False])
@pytest.mark.parametrize("slice", [1, 7, 1000])
def test_pages_are_what_is_newest_whatever_the_slices(
    book: AlarmBook, resolved: bool, slice: int
) -> None:
    wanted = list(book.newest(resolved=resolved))
    before, seen = None, list[AlarmState]()
    while True:
        work = pages.page(book, everything, 9, resolved=resolved, before=before, slice=slice)
        found, _ = done(work)
        if not found:
            break
        seen += [state for _, state in found]
        before = found[-1][0]
    assert seen == wanted


def test_g8_a_filter_that_fits_nothing_is_asked_in_slices(book: AlarmBook) -> None:
    asked = list[AlarmState]()

    def nothing(state: AlarmState) -> bool:
        asked.append(state)
        return False

    work = pages.page(book, nothing, 9, resolved=False, before=None, slice=10)
    next(work)
    assert len(asked) <= 10
    assert done(work)[0] == []


def test_an_id_is_found_and_one_that_was_never_seen_is_not_looked_for(book: AlarmBook) -> None:
    state = book.find(alarm("a7").fingerprint())
    assert state is not None
    assert done(pages.search(book, state.reports[-1].id, slice=10))[0] is state
    assert done(pages.search(book, EntryId("aaaa", 999), slice=10)) == (None, 0)
    assert done(pages.search(book, EntryId("made-up", 1), slice=10)) == (None, 0)
