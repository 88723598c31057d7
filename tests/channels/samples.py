"""Alarms to tell."""

from __future__ import annotations

from alarminati.channels.message import Item, Message
from alarminati.core.model.entries import Alarm, EntryId, NotificationReason, Severity

NOON = 1758166920000  # 2025-09-18T12:42:00+09:00


def item(
    number: int = 1,
    message: str = "[WS-API] Health check failed",
    severity: Severity = Severity.CRITICAL,
    *,
    resolved: bool = False,
    labels: dict[str, str] | None = None,
    annotations: dict[str, str] | None = None,
    link: str = "",
    project: str = "",
    reason: NotificationReason = NotificationReason.STATE_CHANGED,
    by: str = "kim",
    comment: str = "",
    began: int = 1,
    receipt: str = "",
) -> Item:
    """One alarm. `by` and `comment` count when it is acknowledged; a repetition is the third."""
    alarm = Alarm(
        message=message,
        severity=severity,
        timestamp=NOON,
        resolved=resolved,
        labels=tuple(sorted((labels or {}).items())),
        annotations=tuple(sorted((annotations or {}).items())),
        link=link,
        project=project,
        source="http",
    )
    until = NOON + 125_000 if resolved else 0
    seen = reason is NotificationReason.ACKNOWLEDGED
    return Item(
        alarm,
        EntryId("k3v9x2ab", number),
        alarm.fingerprint(),
        resolved,
        NOON,
        until,
        reason=reason,
        reminder_number=3 * (reason is NotificationReason.REMINDER),
        by=by * seen,
        comment=comment * seen,
        seen=(NOON + 60_000) * seen,
        began=began,
        receipt=receipt,
    )


def message(*items: Item, late: float = 0.0, left_out: int = 0) -> Message:
    """A message of these."""
    return Message(
        "w-sharing",
        "seoul-1",
        "team",
        "key-1",
        items,
        late=late,
        left_out=left_out,
        now=NOON + 7_500_000,
    )
