"""The parts that decide: whom to ask, when to probe, what a compact stream means."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.client.rotation import Rotation
from alarminati.client.unrolling import CompactDecoder, ProtocolViolation
from alarminati.client.vigil import KeepaliveTimer, StreamState, stream_state
from alarminati.core.model.entries import Action, EntryId
from alarminati.v1 import subscription_pb2 as service
from alarminati.v1.record_pb2 import Record
from alarminati.wire import cursor as cursors
from tests.client.agents import as_record, sample

# -- rotation


def test_every_address_has_its_turn_before_there_is_a_wait() -> None:
    rotation = Rotation(["a", "b", "c", "a"], Random(1))
    tried, waits = [], []
    for _ in range(3):
        tried.append(rotation.current)
        waits.append(rotation.failed(rotation.current))
    assert sorted(tried) == ["a", "b", "c"]
    assert waits[:2] == [0, 0]
    assert 0 < waits[2] <= 0.4


def test_waits_grow_stay_bounded_and_end_when_something_works() -> None:
    rotation = Rotation(["a"], Random(1), first=1.0, most=8.0)
    spans = [
        max(Rotation(["a"], Random(seed), first=1.0, most=8.0).failed("a") for seed in range(200))
    ]
    assert 1.9 < spans[0] <= 2.0
    waits = [rotation.failed("a") for _ in range(2000)]
    assert max(waits) <= 8.0
    assert min(waits[10:]) < 0.5, "full jitter reaches down to nothing"
    rotation.worked()
    assert rotation.failed("a") <= 2.0


def test_two_calls_that_fail_together_turn_once() -> None:
    rotation = Rotation(["a", "b", "c"], Random(1))
    lost = rotation.current
    rotation.failed(lost)
    second = rotation.current
    rotation.failed(lost)
    assert rotation.current == second


def test_clients_with_one_list_spread_out() -> None:
    first = {Rotation(["a", "b", "c"], Random(seed)).current for seed in range(20)}
    assert first == {"a", "b", "c"}


def test_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one address"):
        Rotation([], Random(1))


# -- vigil


def test_silence_makes_a_probe_due_and_words_put_it_off() -> None:
    vigil = KeepaliveTimer(now=100.0, wall=5000.0, interval=200.0)
    assert not vigil.due(299.0, 5199.0)
    vigil.heard(299.0)
    assert not vigil.due(498.0, 5398.0)
    assert vigil.due(499.0, 5399.0)


def test_a_machine_that_slept_probes_at_once() -> None:
    vigil = KeepaliveTimer(now=100.0, wall=5000.0)
    assert not vigil.due(105.0, 5005.0)
    assert vigil.due(110.0, 8610.0), "an hour passed that the monotonic clock did not see"
    assert vigil.due(111.0, 8611.0), "until something is heard"
    vigil.heard(112.0)
    assert not vigil.due(113.0, 8613.0)


# -- unrolling


def answer(*records: Record, origins: dict[int, str] | None = None) -> service.SubscribeResponse:
    named = [service.Origin(index=i, origin=name) for i, name in (origins or {}).items()]
    return service.SubscribeResponse(records=records, origins=named)


def entry(origin: int = 0, sequence: int = 0, number: int = 1) -> Record:
    made = as_record(sample(number))
    made.origin, made.sequence = origin, sequence
    return made


def test_what_is_left_out_is_counted() -> None:
    unrolling = CompactDecoder({})
    origins = {1: "aaaaaaaa", 4: "bbbbbbbb"}
    page = unrolling.read(answer(entry(1, 7), entry(), entry(4, 3), entry(1), origins=origins))
    page2 = unrolling.read(answer(entry(), entry(4), entry(1, 20), entry()))
    assert [str(one.id) for one in page.records] == [
        "aaaaaaaa-7",
        "aaaaaaaa-8",
        "bbbbbbbb-3",
        "aaaaaaaa-9",
    ]
    assert [str(one.id) for one in page2.records] == [
        "aaaaaaaa-10",
        "bbbbbbbb-4",
        "aaaaaaaa-20",
        "aaaaaaaa-21",
    ]
    assert page2.position == {"aaaaaaaa": 21, "bbbbbbbb": 4}


def test_what_is_held_is_not_told_again_but_counts() -> None:
    unrolling = CompactDecoder({"aaaaaaaa": 8})
    page = unrolling.read(answer(entry(1, 7), entry(), entry(), origins={1: "aaaaaaaa"}))
    assert [one.id.sequence for one in page.records] == [9]


def test_a_cursor_only_leads_forward() -> None:
    unrolling = CompactDecoder({"aaaaaaaa": 8})
    ahead = service.SubscribeResponse(cursor=cursors.encode({"aaaaaaaa": 12, "cccccccc": 3}))
    behind = service.SubscribeResponse(cursor=cursors.encode({"aaaaaaaa": 2}))
    assert unrolling.read(ahead).position == {"aaaaaaaa": 12, "cccccccc": 3}
    assert unrolling.read(behind).position == {}


def test_the_body_is_kept_as_the_origin_wrote_it() -> None:
    unknown = entry(1, 1)
    unknown.MergeFromString(bytes([0xF2, 0x01, 0x03]) + b"new")  # field 30, of a later version
    bare = Record.FromString(unknown.SerializeToString())
    for field in ("origin", "sequence"):
        bare.ClearField(field)
    (record,) = CompactDecoder({}).read(answer(unknown, origins={1: "aaaaaaaa"})).records
    assert record.raw == bare.SerializeToString()
    assert record.body == sample(1)


def test_an_entry_of_a_later_version_keeps_its_place() -> None:
    later = Record.FromString(bytes([0xF2, 0x01, 0x03]) + b"new")
    later.origin, later.sequence = 1, 1
    page = CompactDecoder({}).read(answer(later, entry(), origins={1: "aaaaaaaa"}))
    assert [(one.id.sequence, one.body) for one in page.records] == [(1, None), (2, sample(1))]


@pytest.mark.parametrize(
    "broken",
    [
        answer(entry(0, 1)),
        answer(entry(3, 1), origins={1: "aaaaaaaa"}),
        answer(entry(1), origins={1: "aaaaaaaa"}),
        service.SubscribeResponse(cursor=b"nonsense"),
    ],
)
def test_a_stream_that_breaks_its_rules_is_not_guessed_at(
    broken: service.SubscribeResponse,
) -> None:
    with pytest.raises(ProtocolViolation):
        CompactDecoder({}).read(broken)


@given(st.data())
def test_any_way_of_leaving_out_reads_the_same(data: st.DataObject) -> None:
    names = ["aaaaaaaa", "bbbbbbbb", "cccccccc"]
    last, sent = dict.fromkeys(names, 0), []
    streamed: list[Record] = []
    index, counted = 0, dict[str, int]()
    for _ in range(data.draw(st.integers(0, 30))):
        name = data.draw(st.sampled_from(names))
        last[name] += data.draw(st.integers(1, 3))
        sent.append(EntryId(name, last[name]))
        number = names.index(name) + 1
        may_omit = counted.get(name) == last[name] - 1
        omit = may_omit and data.draw(st.booleans())
        same = index == number and data.draw(st.booleans())
        streamed.append(entry(0 if same else number, 0 if omit else last[name]))
        index, counted[name] = number, last[name]
    unrolling, read = CompactDecoder({}), []
    first = {1: "aaaaaaaa", 2: "bbbbbbbb", 3: "cccccccc"}
    for start in range(0, len(streamed), 7):
        page = unrolling.read(answer(*streamed[start : start + 7], origins=first))
        read += [record.id for record in page.records]
    assert read == sent


def test_acknowledgements_come_through() -> None:
    ack = as_record(Action.acknowledge("0123456789abcdef", "jane", "on it"))
    ack.origin, ack.sequence = 1, 1
    (record,) = CompactDecoder({}).read(answer(ack, origins={1: "aaaaaaaa"})).records
    assert record.body == Action.acknowledge("0123456789abcdef", "jane", "on it")


def test_a_stream_is_late_after_two_intervals_and_silent_after_three() -> None:
    states = {
        (29, 15): StreamState.LIVE,
        (30, 15): StreamState.LATE,
        (44.9, 15): StreamState.LATE,
        (45, 15): StreamState.SILENT,
        (44.9, 5): StreamState.LATE,  # at least 45 s
        (599, 300): StreamState.LIVE,
        (600, 300): StreamState.LATE,
        (900, 300): StreamState.SILENT,
    }
    assert {key: stream_state(*key) for key in states} == states
