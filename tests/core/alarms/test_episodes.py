"""Episodes: which reports count in them, and what is left of them when memory is short."""

from __future__ import annotations

from alarminati.core.alarms.episodes import Report, episodes, thin
from alarminati.core.model.entries import Entry, Severity
from tests.core.stage import alarm


def reports(*severities: Severity | None) -> list[Report]:
    """Reports of one alarm, one a millisecond; None resolves it."""
    made = []
    for number, severity in enumerate(severities, 1):
        body = alarm("disk", severity is None, severity=severity or Severity.INFO)
        made.append(Report(Entry("aaaaaaaa", number, number << 16, body), body, number))
    return made


def test_a_level_is_a_report_worse_than_all_before_it() -> None:
    (episode,) = episodes(
        reports(Severity.WARNING, Severity.INFO, Severity.CRITICAL, Severity.ERROR)
    )
    assert [level.severity for level in episode.levels] == [Severity.WARNING, Severity.CRITICAL]
    assert episode.worst.severity is Severity.CRITICAL


def test_joined_episodes_keep_the_worst_severity() -> None:
    kept = reports(Severity.WARNING, None, Severity.CRITICAL, None, Severity.WARNING)
    unsaid = {report.order for report in kept[:4]}
    assert thin(kept, 4, unsaid) == 1
    assert [report.severity for report in kept if not report.resolved] == [
        Severity.WARNING,
        Severity.CRITICAL,
        Severity.WARNING,
    ]
    assert [report.resolved for report in kept] == [False, False, True, False]
