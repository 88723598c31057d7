"""What of an entry may reach people, also of one that a later version wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import (
    Action,
    ActionKind,
    Alarm,
    Notification,
    NotificationReason,
    RequestKey,
    Result,
    Severity,
    UnknownInternal,
)
from alarminati.core.model.filter import Filter, RecordType
from alarminati.journal.v1 import entry_pb2 as journal
from alarminati.v1 import record_pb2
from alarminati.wire.codec import Unreadable, decode, encode, public_part

ALARM = Alarm("disk is full", Severity.ERROR, 1)
KEY = RequestKey("reporter/ci", "once", b"0" * 16)


def field(number: int, content: bytes = b"new") -> bytes:
    """A length-delimited field as a later version may write it."""
    tag, out = number << 3 | 2, b""
    while tag > 0x7F:
        out, tag = out + bytes([tag & 0x7F | 0x80]), tag >> 7
    return out + bytes([tag, len(content)]) + content


def test_bodies_that_people_see_have_one_number_in_both_messages() -> None:
    ours = {f.number: f.name for f in journal.Entry.DESCRIPTOR.oneofs_by_name["body"].fields}
    theirs = {f.number: f.name for f in record_pb2.Record.DESCRIPTOR.oneofs_by_name["body"].fields}
    assert theirs == {number: name for number, name in ours.items() if number <= 31}
    assert not {8, 9, 10, 11} & set(ours)


def test_the_request_never_reaches_people() -> None:
    raw = encode(ALARM, KEY)
    assert public_part(raw) == encode(ALARM)
    assert public_part(encode(ALARM)) == encode(ALARM)


@given(st.lists(st.sampled_from([1, 12, 31, 32, 36, 48, 63, 200]), unique=True))
def test_only_fields_up_to_31_reach_people(numbers: list[int]) -> None:
    raw = b"".join(field(number, b"") for number in numbers)
    assert public_part(raw) == b"".join(field(number, b"") for number in numbers if number <= 31)


@pytest.mark.parametrize("number", [37, 63])
def test_an_internal_fact_of_a_later_version_is_told_to_nobody(number: int) -> None:
    entry = decode("aaaaaaaa", 1, 1, field(number))
    assert entry.body == UnknownInternal()
    assert not Filter(types=tuple(RecordType)).passes(entry.body, "p")


def test_a_public_fact_of_a_later_version_is_passed_on() -> None:
    entry = decode("aaaaaaaa", 1, 1, field(12) + field(40))
    assert entry.body is None
    assert Filter().passes(entry.body, "p")
    assert public_part(entry.raw) == field(12)


def test_a_stored_severity_of_a_later_version_is_the_next_lower_one() -> None:
    raw = journal.Entry(alarm={"message": "m", "severity": 45}).SerializeToString()  # type: ignore[arg-type]
    body = decode("aaaaaaaa", 1, 1, raw).body
    assert isinstance(body, Alarm)
    assert body.severity is Severity.ERROR


def test_bytes_cut_short_are_not_read() -> None:
    with pytest.raises(Unreadable):
        public_part(b"\x80")


def test_words_of_a_later_version_do_no_harm() -> None:
    action = journal.Entry()
    action.action.kind = 9  # type: ignore[assignment]
    action.action.fingerprints.append("ab" * 8)
    attempt = journal.Entry()
    attempt.delivery_attempt.notification_id = "aaaaaaaa-1"
    attempt.delivery_attempt.result = 9  # type: ignore[assignment]
    told = journal.Entry()
    told.notification.items.add(alarm_id="aaaaaaaa-1", reason=99, resolved=True)
    bodies = [
        decode("aaaaaaaa", 1, 1, message.SerializeToString()).body
        for message in (action, attempt, told)
    ]
    assert getattr(bodies[0], "kind", None) is ActionKind.UNSPECIFIED
    assert getattr(bodies[1], "result", None) is Result.RETRY
    assert isinstance(bodies[2], Notification)
    (item,) = bodies[2].items
    assert (item.reason, item.resolved) == (NotificationReason.STATE_CHANGED, True)


def test_one_action_acknowledges_many_alarms() -> None:
    book = AlarmBook()
    others = [Alarm(f"disk {n} is full", Severity.ERROR, 1) for n in range(3)]
    for n, alarm in enumerate(others, 1):
        book.apply(decode("aaaaaaaa", n, n, encode(alarm)))
    prints = tuple(alarm.fingerprint() for alarm in others[:2])
    action = Action(ActionKind.ACKNOWLEDGE, prints, "kim")
    book.apply(decode("aaaaaaaa", 4, 4, encode(action)))
    note = Action(ActionKind.UNSPECIFIED, (others[2].fingerprint(),), "kim")
    book.apply(decode("aaaaaaaa", 5, 5, encode(note)))
    seen = [state.acknowledgement for alarm in others if (state := book.find(alarm.fingerprint()))]
    assert seen == [action, action, None]
    assert len(book) == 3
