"""Who has to go when a door has no room left."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.bounded.connection_admission import ConnectionAdmission


def test_there_is_room() -> None:
    crowd: ConnectionAdmission[str] = ConnectionAdmission(2, 2)
    assert crowd.enter("a", "x") is None
    assert crowd.enter("b", "x") is None
    assert len(crowd) == 2


def test_the_silent_go_first_then_the_resting_and_never_who_waits() -> None:
    """G8: a place is held by asking, not by being there."""
    crowd: ConnectionAdmission[str] = ConnectionAdmission(4, 4)
    for who in ("rested", "waits", "silent", "rests"):
        crowd.enter(who, "x")
    for who in ("rested", "rests"):
        crowd.ask(who)
        crowd.rest(who)
    crowd.ask("waits")
    for number, leaves in enumerate(("silent", "rested", "rests", "newcomer")):
        newcomer = "newcomer" if leaves == "newcomer" else f"new{number}"
        assert crowd.enter(newcomer, "x") == leaves
        crowd.ask(newcomer)
    assert len(crowd) == 4


def test_a_place_pushes_out_its_own() -> None:
    """G8: one address cannot crowd out the others."""
    crowd: ConnectionAdmission[str] = ConnectionAdmission(4, 2)
    crowd.enter("other", "y")
    assert [crowd.enter(who, "x") for who in "abcd"] == [None, None, "a", "b"]
    assert len(crowd) == 3


def test_home_has_no_share() -> None:
    crowd: ConnectionAdmission[int] = ConnectionAdmission(10, 1, "home")
    assert [crowd.enter(number, "home") for number in range(10)] == [None] * 10
    assert crowd.enter(10, "home") == 0


def test_who_left_may_be_spoken_of() -> None:
    crowd: ConnectionAdmission[str] = ConnectionAdmission(1, 1)
    crowd.enter("a", "x")
    crowd.leave("a")
    crowd.leave("a")
    crowd.ask("a")
    crowd.rest("a")
    assert crowd.enter("b", "x") is None
    assert crowd.enter("c", "x") == "b"


def test_nonsense_is_refused() -> None:
    with pytest.raises(ValueError, match=r"share \(3\) must be at least 1 and not exceed room"):
        ConnectionAdmission(2, 3)


@given(st.lists(st.tuples(st.sampled_from("eeearl"), st.integers(0, 9), st.sampled_from("xyz"))))
def test_g8_never_more_than_room_and_share(steps: list[tuple[str, int, str]]) -> None:
    crowd: ConnectionAdmission[int] = ConnectionAdmission(5, 2, "z")
    here: dict[int, str] = {}
    waiting: set[int] = set()
    for what, who, place in steps:
        if what == "e" and who not in here:
            leaves = crowd.enter(who, place)
            assert leaves not in waiting
            if leaves is not None:
                here.pop(leaves, None)
            if leaves != who:
                here[who] = place
        elif what == "a" and who in here:
            crowd.ask(who)
            waiting.add(who)
        elif what == "r" and who in here:
            crowd.rest(who)
            waiting.discard(who)
        elif what == "l":
            crowd.leave(who)
            here.pop(who, None)
            waiting.discard(who)
        assert len(crowd) == len(here) <= 5
        for limited in "xy":
            assert list(here.values()).count(limited) <= 2
