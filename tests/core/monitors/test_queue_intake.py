"""Queues: when a lost one is tried again, and the alarms that a queue causes itself."""

from __future__ import annotations

from alarminati.core.monitors.queue_intake import REPEAT, UNREACHABLE_AFTER, QueueStanding


def test_pauses_grow_and_have_an_end() -> None:
    standing = QueueStanding("orders")
    pauses = [standing.lost(0.0, "refused") for _ in range(8)]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    standing.reached(0)
    assert standing.lost(0.0, "refused") == 1


def test_a_queue_that_is_lost_for_a_minute_is_one_alarm_until_it_is_back() -> None:
    standing = QueueStanding("orders")
    standing.lost(100.0, "connection refused")
    assert standing.overdue(100.0 + UNREACHABLE_AFTER - 1, 0) is None
    alarm = standing.overdue(100.0 + UNREACHABLE_AFTER, 5)
    assert alarm is not None
    assert (alarm.message, alarm.resolved) == ("Queue orders cannot be reached", False)
    assert dict(alarm.annotations) == {"detail": "connection refused"}
    assert standing.overdue(100.0 + UNREACHABLE_AFTER + 1, 6) is None
    again = standing.overdue(100.0 + UNREACHABLE_AFTER + REPEAT, 7)
    assert again is not None
    assert again.ttl > REPEAT  # it goes on firing between two reports
    ended = standing.reached(8)
    assert ended is not None
    assert ended.resolved
    assert ended.fingerprint() == alarm.fingerprint() == again.fingerprint()
    assert standing.reached(9) is None


def test_a_queue_that_was_lost_for_a_moment_is_no_alarm() -> None:
    standing = QueueStanding("orders")
    standing.lost(0.0, "refused")
    assert standing.reached(1) is None


def test_each_gap_is_an_alarm_of_its_own() -> None:
    standing = QueueStanding("orders")
    first, second = standing.gap(1000, 14), standing.gap(2000, 1)
    assert "up to 14 messages" in first.message
    assert "1 message " in second.message
    assert first.fingerprint() != second.fingerprint()
