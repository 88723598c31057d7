"""Marks: a fold with a bound, the same in whatever order entries come."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.alarms.marks import Marks, Place
from alarminati.core.model.entries import Entry, EntryId, Mark, Silence
from alarminati.core.model.validation import Invalid, check_mark

NOW = 1_758_166_920_000
DAY = 86_400_000


def entry(sequence: int, start: int) -> Entry:
    return Entry("origin01", sequence, sequence << 16, Mark(f"m{sequence}", start))


def test_the_latest_start_comes_first_and_pages_go_on_behind_it() -> None:
    marks = Marks()
    for each in (entry(1, 30), entry(2, 10), entry(3, 20), entry(2, 10)):
        marks.apply(each)
    marks.apply(Entry("origin01", 4, 4 << 16, Silence("s", ("a=b",), 1, 2, "kim")))
    assert [mark.message for _, mark in marks.newest()] == ["m1", "m3", "m2"]
    assert [place.start for place, _ in marks.newest(Place(20, "origin01", 3))] == [10]
    assert set(marks.alive_ids()) == {EntryId("origin01", number) for number in (1, 2, 3)}


@given(st.permutations(range(1, 9)))
def test_what_began_first_is_forgotten_first_in_whatever_order_it_comes(order: list[int]) -> None:
    marks = Marks(most=3)
    for number in order:
        marks.apply(entry(number, number * 10))
    assert [place.start for place, _ in marks.newest()] == [80, 70, 60]
    assert len(list(marks.alive_ids())) == 3


@pytest.mark.parametrize(
    ("mark", "field"),
    [
        (Mark(" ", 0), "message"),
        (Mark("x" * 1025, 0), "message"),
        (Mark("x", NOW + 2 * DAY), "start_time"),
        (Mark("x", 1), "start_time"),
        (Mark("x", NOW, NOW - 1), "end_time"),
        (Mark("x", NOW, NOW + 367 * DAY), "end_time"),
        (Mark("x", 0, link="ftp://a"), "link"),
        (Mark("x", 0, project="a\nb"), "project"),
        (Mark("x", 0, labels=(("a", "x" * 1025),)), "labels.a"),
    ],
)
def test_what_makes_no_sense_names_the_field(mark: Mark, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        check_mark(mark, NOW)
    assert caught.value.field == field


def test_a_mark_is_now_unless_it_says_when() -> None:
    found = check_mark(Mark("a\x1b[31mb\r\n", 0, labels=(("b", "2"), ("a", "1"))), NOW)
    assert found == Mark("ab\n", NOW, labels=(("a", "1"), ("b", "2")))
