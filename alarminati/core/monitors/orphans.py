"""Alarms of our own about what is no more: a check that was taken out, a channel not tried now."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import replace

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm


def strays(
    book: AlarmBook, source: str, prefix: str, known: AbstractSet[str], wall: int, why: str
) -> list[Alarm]:
    """The ends to accept: of what fires from `source` under keys that begin with `prefix`.

    `known` has the fingerprints of what is still there; `why` is the detail of the ends, one
    sentence; `wall` is milliseconds since 1970.
    """
    return [
        replace(state.alarm, resolved=True, timestamp=wall, annotations=(("detail", why),))
        for state in book.firing_from({source})
        if state.alarm.source == source
        and state.alarm.key.startswith(prefix)
        and state.fingerprint not in known
    ]
