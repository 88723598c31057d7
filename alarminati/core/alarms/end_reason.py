"""The reason why an alarm ended, and the report by which an operator ends one.

The source of the resolving report decides: doors set it, so no reporter can pose as an operator.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Final

from alarminati.core.alarms.episodes import TIMED_OUT
from alarminati.core.alarms.state import AlarmState
from alarminati.core.model.entries import Alarm

OPERATOR: Final = "operator"
"""Source of resolving reports made by hand."""
RESOLVED_BY: Final = "resolved_by"


class EndReason(Enum):
    """Reason why an alarm ended. The values are those of the proto enum."""

    UNSPECIFIED = 0
    REPORTED = 1
    TIMED_OUT = 2
    BY_HAND = 3


def end_reason(state: AlarmState) -> EndReason:
    """Return the reason why an alarm ended; UNSPECIFIED while it fires."""
    if state.close is None:
        return EndReason.UNSPECIFIED
    end = state.close.alarm
    if end.source == OPERATOR:
        return EndReason.BY_HAND
    if TIMED_OUT in end.annotations:
        return EndReason.TIMED_OUT
    return EndReason.REPORTED


def end_by_hand(state: AlarmState, who: str, comment: str, wall: int) -> Alarm:
    """Return the report that ends an alarm; the annotations of the alarm are left out."""
    said = (("comment", comment), (RESOLVED_BY, who)) if comment else ((RESOLVED_BY, who),)
    return replace(
        state.alarm, resolved=True, timestamp=wall, ttl=0, source=OPERATOR, annotations=said
    )
