"""Admission: what may begin to fire, and which requests were asked before."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from alarminati.core.admission import Admission
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.bounded.bounds import USUAL
from alarminati.core.journal.acks import Ack, AckTracker
from alarminati.core.journal.commit_queue import PendingReport
from alarminati.core.journal.extents import Journal
from alarminati.core.journal.ingest import Overloaded, RequestIdReused
from alarminati.core.model.entries import Alarm, Entry, EntryId, RequestKey, Severity, digest_of
from tests.core.desk import Desk, of


def full_desk() -> Desk:
    """Ten may fire, nine do, of two sources."""
    desk = Desk(10)
    assert desk.hand_in(*of("http", "a", "b", "c", "d", "e")) is None
    assert desk.hand_in(*of("prometheus", "f", "g", "h", "i")) is None
    return desk


def test_g8_one_source_gets_half_of_what_may_fire() -> None:
    desk = Desk(10)
    refused = desk.hand_in(*of("http", *"abcdefgh"))
    assert refused is not None and refused.places == (5, 6, 7)
    assert "half of limits.firing_alarms (10)" in str(refused)
    assert desk.hand_in(*of("prometheus", "z")) is None
    assert desk.hand_in(*of("http", "y", severity=Severity.CRITICAL)) is not None


def test_g8_the_last_tenth_is_for_what_is_critical() -> None:
    desk = full_desk()
    refused = desk.hand_in(*of("grpc", "new"))
    assert refused is not None
    assert str(refused).startswith("1 alarm that is new could not be taken: 9 fire already")
    assert desk.hand_in(*of("grpc", "worse", severity=Severity.CRITICAL)) is None
    assert desk.hand_in(*of("grpc", "worst", severity=Severity.CRITICAL)) is not None


def test_g8_what_fires_already_and_what_is_over_is_always_taken() -> None:
    """A group of an Alertmanager: its ends get in though the news of it does not."""
    desk = full_desk()
    desk.hand_in(*of("grpc", "worse", severity=Severity.CRITICAL))
    refused = desk.hand_in(*of("http", "a", "new"), *of("http", "b", "c", over=True))
    assert refused is not None and refused.places == (1,)
    assert desk.book.firing_count == 8
    assert desk.hand_in(*of("http", "a")) is None
    assert desk.hand_in(*of("http", "never heard of", over=True)) is None


def test_g8_the_same_new_alarm_twice_in_a_batch_counts_once() -> None:
    desk = Desk(10)
    assert desk.hand_in(*of("http", *"aabbccddee")) is None
    assert desk.book.firing_count == 5


def test_g8_what_an_agent_says_itself_is_not_held_back() -> None:
    assert full_desk().hand_in(*of("certificate", *"klmnop")) is None


def test_g8_the_bytes_of_what_fires_are_bounded() -> None:
    desk = Desk(1000, firing_bytes=10_000)
    taken = 0
    while desk.hand_in(*of("http", f"{taken} {'x' * 1000}")) is None:
        taken += 1
    assert 5 < taken < 10
    (over,) = of("http", f"0 {'x' * 1000}", over=True)
    assert desk.hand_in(over) is None
    assert desk.hand_in(*of("http", "y" * 100)) is None


def test_g8_people_are_told_before_it_is_full_and_when_it_is_over() -> None:
    desk = Desk(10)
    desk.hand_in(*of("http", *"abcd"))
    assert desk.admission.sentence == ""
    assert list(desk.admission.crowding(1)) == []
    desk.hand_in(*of("grpc", *"efgh"))
    assert str(desk.admission.sentence).startswith("8 alarms fire, of at most 10")
    (begun,) = desk.admission.crowding(1)
    assert not begun.resolved and begun.key == "agent:firing"
    desk.hand_in(begun)
    assert list(desk.admission.crowding(1)) == []
    desk.hand_in(*of("http", *"abcd", over=True))
    (over,) = desk.admission.crowding(2)
    assert over.resolved and over.fingerprint() == begun.fingerprint()


def test_g8_where_nothing_more_can_be_told_only_ends_and_what_fires_are_taken() -> None:
    def full(alarms: Sequence[Alarm]) -> None:
        raise Overloaded(10.0)

    book = AlarmBook()
    (fires,) = of("http", "fires")
    book.apply(Entry("own", 1, 1 << 16, fires))
    admission = Admission(Journal("own"), book, AckTracker(1.0), USUAL, full)
    new, over = of("http", "new")[0], of("http", "fires", over=True)[0]
    taken, refused = admission.admit([fires, new, over])
    assert (taken, refused and refused.places) == ([fires, over], (1,))
    with pytest.raises(Overloaded):
        admission.admit([new])


# Requests that are asked again.


class Requests:
    """Admission, and what it would answer."""

    def __init__(self) -> None:
        self.journal = Journal("own")
        self.acks = AckTracker(1.0)
        self.admission = Admission(self.journal, AlarmBook(), self.acks, USUAL, lambda alarms: None)

    def asked(self, ticket: int, request: RequestKey | None, min_replicas: int = 0) -> bool:
        return self.admission.asked_before(0.0, ticket, request, min_replicas)

    def store(self, request: RequestKey, held: int) -> None:
        """The first of its entries is folded, and `held` of them are in the journal."""
        alarm = of("http", "disk")[0]
        self.admission.fold(Entry("own", 1, 1 << 16, alarm, b"", request))
        for sequence in range(1, held + 1):
            self.journal.take(Entry("own", sequence, sequence << 16, alarm))


ASKED = RequestKey("token/ci", "deploy-7", digest_of(b"one content"), 2)
OTHER_CONTENT = RequestKey("token/ci", "deploy-7", digest_of(b"another"), 2)
OTHER_CALLER = RequestKey("token/web", "deploy-7", digest_of(b"another"), 2)


def test_what_has_no_request_id_is_always_new() -> None:
    assert not Requests().asked(1, None)


def test_a_request_is_new_once() -> None:
    requests = Requests()
    assert not requests.asked(1, ASKED)
    requests.admission.begins(PendingReport({1: 0}, (), ASKED))
    assert requests.asked(2, ASKED)


def test_who_asks_while_it_is_written_waits_with_the_first_and_for_its_own_replicas() -> None:
    requests, waiter = Requests(), PendingReport({1: 0}, (), ASKED)
    requests.admission.begins(waiter)
    requests.asked(2, ASKED, min_replicas=3)
    assert waiter.tickets == {1: 0, 2: 3}


def test_a_request_that_could_not_be_written_is_new_again() -> None:
    requests, waiter = Requests(), PendingReport({1: 0}, (), ASKED)
    requests.admission.begins(waiter)
    requests.admission.ended(waiter)
    assert not requests.asked(2, ASKED)


def test_a_request_on_disk_is_answered_with_the_ids_it_came_to() -> None:
    requests = Requests()
    requests.store(ASKED, held=2)
    assert requests.asked(2, ASKED)
    (answer,) = requests.acks.settle(0.0, [], alone=True)
    assert isinstance(answer, Ack)
    assert answer.receipt.ids == (EntryId("own", 1), EntryId("own", 2))


def test_a_request_whose_end_is_not_here_is_rather_taken_twice() -> None:
    requests = Requests()
    requests.store(ASKED, held=1)
    assert not requests.asked(2, ASKED)


@pytest.mark.parametrize("written", [False, True])
def test_an_id_used_for_something_else_is_refused_while_and_after_it_is_written(
    written: bool,
) -> None:
    requests = Requests()
    if written:
        requests.store(ASKED, held=2)
    else:
        requests.admission.begins(PendingReport({1: 0}, (), ASKED))
    with pytest.raises(RequestIdReused):
        requests.asked(2, OTHER_CONTENT)


def test_an_id_counts_for_its_caller_only() -> None:
    requests = Requests()
    requests.store(ASKED, held=2)
    assert not requests.asked(2, OTHER_CALLER)
