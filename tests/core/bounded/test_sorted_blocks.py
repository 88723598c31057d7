"""Sorted blocks against a sorted list."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.bounded.sorted_blocks import SortedBlocks


@dataclass(frozen=True)
class Thing:
    name: str


def key(each: tuple[int, Thing]) -> tuple[int, str]:
    return each[0], each[1].name


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40))), st.integers(2, 5))
def test_blocks_hold_what_a_sorted_list_holds(steps: list[tuple[int, int]], block: int) -> None:
    blocks: SortedBlocks[Thing] = SortedBlocks(lambda each: each.name, block)
    held: dict[str, tuple[int, Thing]] = {}
    for number, name in steps:
        thing = held.pop(f"{name:02}", None)
        if thing is not None:
            blocks.remove(*thing)
        else:
            held[f"{name:02}"] = (number, Thing(f"{name:02}"))
            blocks.add(*held[f"{name:02}"])
        wanted = sorted(held.values(), key=key, reverse=True)
        assert len(blocks) == len(held)
        assert blocks.before(None, 1000) == wanted
        assert blocks.before(None, 2) == wanted[:2]
        for place in [key(each) for each in wanted] + [(3, "05"), (99, "")]:
            assert blocks.before(place, 3) == [each for each in wanted if key(each) < place][:3]


def test_what_is_not_there_cannot_be_removed() -> None:
    blocks: SortedBlocks[Thing] = SortedBlocks(lambda each: each.name)
    blocks.add(1, Thing("a"))
    for number, name in ((1, "b"), (2, "a"), (0, "a")):
        with pytest.raises(KeyError):
            blocks.remove(number, Thing(name))
