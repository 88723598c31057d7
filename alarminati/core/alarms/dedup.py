"""Senders that repeat themselves: which of what they send is news.

Prometheus sends every alert that fires again each minute, and every one that ended for 15 minutes
more. Were each an entry, a hundred alerts would fill the journal in a day and a half, and every one
would travel to every replica. What is left out changes nothing: the alarm fires already, or is over
already, and its last report is recent enough for the timeout of its source.
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
    """The entry that says already what this alarm says; None when it is news.

    `timeouts` are seconds by source, `wall` is milliseconds since 1970.
    """
    state = book.find(alarm.fingerprint())
    if state is None or state.firing is alarm.resolved:
        return None
    if state.close is not None:
        # It may have begun and ended anew since, unheard; then this end is a later one.
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
