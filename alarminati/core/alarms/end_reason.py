"""What ended an alarm, and how an operator ends one.

The source of the end tells: doors set it, so no reporter can claim to be an operator.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum
from typing import Final

from alarminati.core.alarms.book import AlarmState
from alarminati.core.model.entries import Alarm

OPERATOR: Final = "operator"
"""Source of ends by hand."""
RESOLVED_BY: Final = "resolved_by"
TIMEOUT: Final = "timeout"


class EndReason(Enum):
    """The values are those of the proto enum."""

    UNSPECIFIED = 0
    REPORTED = 1
    TIMED_OUT = 2
    BY_HAND = 3


def end_reason(state: AlarmState) -> EndReason:
    """What ended it; UNSPECIFIED while it fires."""
    if state.close is None:
        return EndReason.UNSPECIFIED
    end = state.close.alarm
    if end.source == OPERATOR:
        return EndReason.BY_HAND
    if (RESOLVED_BY, TIMEOUT) in end.annotations:
        return EndReason.TIMED_OUT
    return EndReason.REPORTED


def end_by_hand(state: AlarmState, who: str, comment: str, wall: int) -> Alarm:
    """The report that ends it; of its annotations it needs none."""
    said = (("comment", comment), (RESOLVED_BY, who)) if comment else ((RESOLVED_BY, who),)
    return replace(
        state.alarm, resolved=True, timestamp=wall, ttl=0, source=OPERATOR, annotations=said
    )
