"""What a report changed, and how severe an end is."""

from __future__ import annotations

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.journal.ingest import ReportEffect, as_severe, effect
from alarminati.core.model.entries import Alarm, Entry, EntryId, Severity
from tests.core.stage import alarm

OVER = alarm("web", resolved=True, severity=Severity.WARNING)


def book(*bodies: Alarm) -> AlarmBook:
    made = AlarmBook()
    for n, body in enumerate(bodies, 1):
        made.apply(Entry("aaaa", n, n << 16, body))
    return made


def test_an_end_is_as_severe_as_its_alarm_at_worst_whatever_it_says() -> None:
    fires = book(alarm("web", severity=Severity.CRITICAL), alarm("web", severity=Severity.INFO))
    assert as_severe(fires, OVER).severity is Severity.CRITICAL
    assert as_severe(book(), OVER) is OVER
    assert as_severe(book(alarm("web"), OVER), OVER) is OVER
    again = alarm("web", severity=Severity.INFO)
    assert as_severe(fires, again) is again


def test_each_report_is_told_what_it_changed_and_the_same_when_asked_again() -> None:
    fires = alarm("web")
    said = [OVER, fires, fires, OVER, OVER, fires]
    made, effects = book(*said), list[str]()
    for n, body in enumerate(said, 1):
        effects.append(effect(made, body, EntryId("aaaa", n)).name)
    assert effects == ["NOT_FIRING", "STARTED", "REPEATED", "RESOLVED", "NOT_FIRING", "STARTED"]
    assert effect(made, alarm("other", resolved=True), EntryId("b", 1)) is ReportEffect.NOT_FIRING
