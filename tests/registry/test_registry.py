"""The fold of what is shared sealed, and the channels that come of it."""

from __future__ import annotations

from itertools import permutations

from alarminati.core.access.sealed import GONE, SealedSecrets
from alarminati.core.model.entries import Entry, EntryId, Sealed


def entry(sequence: int, name: str, box: bytes, stamp: int = 0, origin: str = "a0000000") -> Entry:
    return Entry(origin, sequence, stamp or sequence, Sealed(name, box, "jane"))


def test_the_last_of_a_name_counts_in_whatever_order_they_come() -> None:
    entries = [
        entry(1, "channel/a", b"1", stamp=10),
        entry(1, "channel/a", b"2", stamp=30, origin="b0000000"),
        entry(2, "channel/a", b"3", stamp=20),
        entry(3, "channel/b", b"x"),
        entry(4, "channel/b", b""),
    ]
    for order in permutations(entries):
        registry = SealedSecrets()
        for each in order:
            registry.apply(each)
        found = registry.get("channel/a")
        assert found is not None
        assert found.ciphertext == b"2"
        assert registry.get("channel/b") is None
        assert [sealed.name for sealed in registry.under("channel/")] == ["channel/a"]
        assert set(registry.alive_ids()) == {EntryId("b0000000", 1), EntryId("a0000000", 4)}


def test_what_is_under_a_prefix_comes_by_name() -> None:
    registry = SealedSecrets()
    for number, name in enumerate(["token/a", "channel/b", "channel/a"], 1):
        registry.apply(entry(number, name, b"x"))
    assert [one.name for one in registry.under("channel/")] == ["channel/a", "channel/b"]


def test_g8_what_is_no_more_is_remembered_up_to_a_bound() -> None:
    registry = SealedSecrets()
    for number in range(1, GONE + 51):
        registry.apply(entry(number, f"channel/{number}", b""))
    kept = {id.sequence for id in registry.alive_ids()}
    assert kept == set(range(51, GONE + 51))
