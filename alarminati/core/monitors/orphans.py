"""Orphans: firing alarms whose health check or channel test was removed."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm


def strays(
    book: AlarmBook, source: str, prefix: str, known: AbstractSet[str], wall: int, why: str
) -> list[Alarm]:
    """Return reports that resolve alarms of `source` under keys that begin with `prefix`.

    `known` has the fingerprints of what remains; `why` is the detail of the reports, one sentence;
    `wall` is milliseconds since 1970.
    """
    return [
        replace(state.alarm, resolved=True, timestamp=wall, annotations=(("detail", why),))
        for state in book.firing_from({source})
        if state.alarm.source == source
        and state.alarm.key.startswith(prefix)
        and state.fingerprint not in known
    ]
