"""Which requests were taken: by caller and id, bounded, the same on every replica."""

from __future__ import annotations

from itertools import permutations

from alarminati.core.journal.requests import Requests
from alarminati.core.model.entries import Entry, EntryId, RequestKey, digest_of
from alarminati.wire.codec import decode, encode
from tests.core.stage import alarm


def key(id: str, caller: str = "source/web", content: bytes = b"x", count: int = 1) -> RequestKey:
    return RequestKey(caller, id, digest_of(content), count)


def entry(sequence: int, request: RequestKey | None, at: int = 1, origin: str = "aaaa") -> Entry:
    return Entry(origin, sequence, at << 16, alarm("x"), request=request)


def test_a_request_is_answered_with_the_ids_it_made() -> None:
    requests = Requests()
    requests.note(entry(2, key("one", count=3)))
    requests.note(entry(3, None))
    taken = requests.find(key("one"))
    assert taken is not None
    assert taken.ids == tuple(EntryId("aaaa", n) for n in (2, 3, 4))
    assert taken.digest == digest_of(b"x")
    assert requests.find(key("other")) is None
    assert requests.find(key("one", caller="source/billing")) is None


def test_what_two_replicas_took_apart_comes_to_the_same_in_any_order() -> None:
    entries = [
        entry(1, key("one", content=b"a"), at=3, origin="bbbb"),
        entry(7, key("one", content=b"b"), at=2, origin="cccc"),
        entry(9, key("one", content=b"c"), at=2, origin="aaaa"),
    ]
    for order in permutations(entries):
        requests = Requests()
        for each in (*order, *order):
            requests.note(each)
        taken = requests.find(key("one"))
        assert taken is not None and taken.ids == (EntryId("aaaa", 9),)


def test_g8_requests_are_bounded_and_the_newest_stay() -> None:
    requests = Requests(100)
    for n in range(1000):
        requests.note(entry(n + 1, key(f"r{n}")))
    known = [n for n in range(1000) if requests.find(key(f"r{n}"))]
    assert set(known) >= set(range(900, 1000))
    assert len(requests) == len(known) <= 200


def test_the_key_travels_with_the_first_entry_and_not_in_the_alarm() -> None:
    raw = encode(alarm("x"), key("one", count=5))
    back = decode("aaaa", 1, 1, raw)
    assert (back.body, back.request) == (alarm("x"), key("one", count=5))
    assert decode("aaaa", 2, 1, encode(alarm("x"))).request is None


def test_parts_of_a_content_do_not_run_into_one_another() -> None:
    assert digest_of(b"ab", b"c") != digest_of(b"a", b"bc")
