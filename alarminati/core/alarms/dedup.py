"""Deduplication of reports from senders that repeat themselves.

Prometheus sends every firing alert again each minute, and every resolved one for 15 minutes more.
If each post were an entry, a hundred alerts would fill the journal in a day and a half, and every
entry would travel to every replica. A report is dropped when it changes nothing: the alarm fires
already, or is resolved already, and its last report is recent enough for the timeout of its
source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, EntryId
from alarminati.core.model.hlc import milliseconds

QUIET: Final = (
    3600.0  # seconds after which an alarm that still fires is an entry again at the least
)


def known(
    book: AlarmBook, alarm: Alarm, timeouts: Mapping[str, float], wall: int
) -> EntryId | None:
    """Return the entry that already says what this alarm says; None when the report is news.

    `timeouts` are seconds by source, `wall` is milliseconds since 1970.
    """
    state = book.find(alarm.fingerprint())
    if state is None or state.firing is alarm.resolved:
        return None
    if state.close is not None:
        # It may have fired and resolved again in between, unseen; then this end is a later one.
        over = state.close
        return over.id if alarm.timestamp <= over.alarm.timestamp else None
    latest = state.latest
    if latest.alarm.source != alarm.source:  # its timeout is another one, or none
        return None
    if latest.severity is not alarm.severity:
        return None
    # A report is due again well before the timeout: one more may get lost, or come late.
    quiet = timeouts.get(alarm.source, float("inf")) / 2
    quiet = min(QUIET, latest.ttl / 3 or quiet, alarm.ttl / 3 or quiet)
    age = wall - milliseconds(latest.stamp)
    return latest.id if 0 <= age < quiet * 1000 else None
