"""Bounded memories."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.bounded.bounded_map import BoundedMap, SequenceSet


@given(st.lists(st.tuples(st.integers(0, 7), st.booleans()), max_size=60), st.integers(1, 5))
def test_recent_keeps_the_newest_and_never_twice_its_size(
    steps: list[tuple[int, bool]], size: int
) -> None:
    recent: BoundedMap[int, str] = BoundedMap(size)
    order: list[int] = []
    for key, put in steps:
        order = [each for each in order if each != key]
        if put:
            recent.put(key, f"v{key}")
            order.append(key)
        else:
            recent.pop(key)
        assert len(recent) <= 2 * size
    for key in range(8):
        assert recent.get(key) in (f"v{key}" if key in order else None, None)
    for key in order[-size + 1 :] if size > 1 else []:
        assert recent.get(key) == f"v{key}"


def test_recent_refuses_no_size() -> None:
    with pytest.raises(ValueError, match="size"):
        BoundedMap(0)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(1, 25)), max_size=120))
def test_seen_is_a_set_of_places(places: list[tuple[str, int]]) -> None:
    seen, known = SequenceSet(), set()
    for origin, sequence in places:
        assert seen.add(origin, sequence) is ((origin, sequence) not in known)
        known.add((origin, sequence))
    for origin in "abc":
        for sequence in range(27):
            assert ((origin, sequence) in seen) is ((origin, sequence) in known)


def test_seen_stays_small_for_what_comes_in_order() -> None:
    seen = SequenceSet()
    for sequence in [*range(1, 1000), *range(2000, 3000), *range(1000, 2000)]:
        assert seen.add("a", sequence)
    assert seen._ranges == {"a": ([1], [2999])}
