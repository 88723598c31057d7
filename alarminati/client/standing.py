"""How alarms stand, worked out from records: for when no agent can be asked.

Records have no common clock on this side, so their order of arrival stands in for it, and times are
those of the reporters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from alarminati.client.answers import Acknowledgement, AlarmStatus
from alarminati.client.events import Record
from alarminati.core.alarms.book import AlarmBook
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.entries import Alarm, Entry


def standing(records: Iterable[Record]) -> list[AlarmStatus]:
    """Every alarm that ever fired, the newest change first. Records in the order of arrival."""
    book, projects = AlarmBook(), dict[str, str]()
    for record in records:
        book.apply(Entry(record.id.origin, record.id.sequence, record.received, record.body))
        if isinstance(record.body, Alarm):
            projects[record.fingerprint] = record.project
    return [_status(state, projects[state.fingerprint]) for state in book.newest()]


def _status(state: AlarmState, project: str) -> AlarmStatus:
    return AlarmStatus(
        replace(state.alarm, project=project),
        state.id,
        state.fingerprint,
        state.firing,
        state.peak.severity,
        state.opening.alarm.timestamp,
        state.close.alarm.timestamp if state.close else 0,
        state.reports[-1].alarm.timestamp,
        state.count,
        acknowledgement=_acknowledgement(state),
        assignee=state.assignee,
        note_count=state.note_count,
    )


def _acknowledgement(state: AlarmState) -> Acknowledgement | None:
    """When it was made is not known: the order of arrival stands in for stamps here."""
    action = state.acknowledgement
    return Acknowledgement(action.created_by, 0, action.comment) if action else None
