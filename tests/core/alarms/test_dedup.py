"""What of a sender that repeats itself is news."""

from __future__ import annotations

from dataclasses import replace

import pytest

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.dedup import QUIET, known
from alarminati.core.model.entries import Alarm, Entry, EntryId, Severity

NOW = 1_758_166_920_000
ALERT = Alarm("Latency is high", Severity.CRITICAL, NOW, key="k", source="prometheus")
OVER = replace(ALERT, resolved=True, timestamp=NOW + 60_000)


def book(*reports: tuple[Alarm, int]) -> AlarmBook:
    """One that heard these reports, each so many seconds after NOW."""
    made = AlarmBook()
    for sequence, (alarm, after) in enumerate(reports, 1):
        made.apply(Entry("origin00", sequence, (NOW + after * 1000) << 16, alarm))
    return made


def asked(
    made: AlarmBook, alarm: Alarm, after: float, timeouts: dict[str, float] | None = None
) -> int:
    """The sequence of the entry that says it already; 0: it is news."""
    id_ = known(made, alarm, timeouts or {}, NOW + round(after * 1000))
    return id_.sequence if id_ else 0


def test_what_nobody_said_is_news() -> None:
    assert asked(book(), ALERT, 0) == 0
    assert asked(book((ALERT, 0)), replace(ALERT, key="other"), 60) == 0


@pytest.mark.parametrize(
    ("after", "timeout", "sequence"),
    [
        (60, None, 1),
        (QUIET - 1, None, 1),
        (QUIET, None, 0),
        (60, 300, 1),
        (149, 300, 1),
        (150, 300, 0),  # half of the timeout is left for reports that are lost or late
        (QUIET, 86_400, 0),
        (-5, None, 0),  # a clock that went back
    ],
)
def test_what_fires_is_said_again_now_and_then(
    after: float, timeout: float | None, sequence: int
) -> None:
    timeouts = {"prometheus": float(timeout)} if timeout else {}
    made = book((ALERT, 0))
    assert asked(made, replace(ALERT, message="Latency is 3.4 s"), after, timeouts) == sequence


def test_the_last_report_counts() -> None:
    assert asked(book((ALERT, 0), (ALERT, 200)), ALERT, 260, {"prometheus": 300.0}) == 2


def test_an_end_is_news_once() -> None:
    assert asked(book((ALERT, 0)), OVER, 60) == 0
    made = book((ALERT, 0), (OVER, 60))
    assert asked(made, OVER, 120) == asked(made, OVER, 10_000) == 2
    assert asked(made, replace(OVER, timestamp=OVER.timestamp + 1), 120) == 0


def test_a_beginning_after_the_end_is_news() -> None:
    assert asked(book((ALERT, 0), (OVER, 60)), ALERT, 61) == 0


def test_what_another_sender_said_does_not_count() -> None:
    """Its alarms may have no timeout, and these one."""
    made = book((replace(ALERT, source="alertmanager"), 0))
    assert asked(made, ALERT, 10) == 0


def test_an_alarm_that_was_ended_by_its_timeout_begins_anew() -> None:
    made = book((ALERT, 0), (replace(OVER, timestamp=NOW + 300_000), 300))
    assert asked(made, ALERT, 310) == 0
    assert asked(made, OVER, 320) == 2
    assert isinstance(known(made, OVER, {}, NOW), EntryId)


@pytest.mark.parametrize(
    ("before", "now", "after", "sequence"),
    [
        (420, 420, 139, 1),
        (420, 420, 140, 0),
        (7200, 420, 140, 0),  # it has less time than it had
        (420, 7200, 140, 0),
        (0, 420, 140, 0),
        (36_000, 36_000, QUIET, 0),
    ],
)
def test_what_says_how_long_it_holds_is_said_again_in_a_third_of_that(
    before: int, now: int, after: float, sequence: int
) -> None:
    made = book((replace(ALERT, ttl=before), 0))
    assert asked(made, replace(ALERT, ttl=now), after, {"prometheus": 20.0} if before else {}) == (
        sequence
    )


def test_another_severity_is_news_however_fresh_the_last_report_is() -> None:
    made = book((replace(ALERT, severity=Severity.WARNING), 0))
    assert asked(made, replace(ALERT, severity=Severity.WARNING), 1) == 1
    assert asked(made, ALERT, 1) == 0
