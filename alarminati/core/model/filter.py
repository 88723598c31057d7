"""Filter of the alarms and records that a caller receives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from alarminati.core.model.entries import (
    Action,
    Alarm,
    Body,
    DeadLetterDiscard,
    DeliveryAttempt,
    Mark,
    Notification,
    Severity,
    Silence,
)
from alarminati.core.model.matchers import Matcher, labels_of


class RecordType(IntEnum):
    """Type of a record. The values are those of the proto enum."""

    ALARM = 1
    ACTION = 2
    NOTIFICATION = 3
    DELIVERY_ATTEMPT = 4
    SILENCE = 5
    MARK = 6
    DEAD_LETTER_DISCARD = 7


_TYPES: dict[type, RecordType] = {
    Alarm: RecordType.ALARM,
    Action: RecordType.ACTION,
    Notification: RecordType.NOTIFICATION,
    DeliveryAttempt: RecordType.DELIVERY_ATTEMPT,
    Silence: RecordType.SILENCE,
    Mark: RecordType.MARK,
    DeadLetterDiscard: RecordType.DEAD_LETTER_DISCARD,
}
USUAL = frozenset({RecordType.ALARM, RecordType.ACTION, RecordType.SILENCE, RecordType.MARK})
"""Types that pass a filter without types."""


@dataclass(frozen=True, slots=True)
class Filter:
    """All given parts must fit; an empty part fits everything.

    `min_severity`, `projects`, `matchers` and `text` are about alarms and let other records pass.
    """

    min_severity: Severity | None = None
    projects: tuple[str, ...] = ()
    matchers: tuple[str, ...] = ()  # in Alertmanager's syntax, read when first needed
    types: tuple[int, ...] = ()  # of `RecordType`, or of a later version
    fingerprints: tuple[str, ...] = ()
    text: str = ""

    def passes(self, body: Body | None, own_project: str) -> bool:
        """Return whether a record passes; `own_project` is the project of alarms that name none.

        A body of a later version passes unless types are given: it cannot be judged here. The end
        of an alarm passes whatever its severity: a subscriber who saw it fire needs it. Raises
        ValueError when a matcher cannot be read.
        """
        if body is None:
            return not self.types
        type = _TYPES.get(body.__class__)
        if type is None:
            return False  # for replicas only
        if type not in (self.types or USUAL):
            return False
        match body:
            case Alarm():
                return self._fits(body, own_project)
            case Action():
                return self._names(*body.fingerprints)
            case Notification():
                return self._names(*(item.fingerprint for item in body.items))
            case _:
                return True

    def _names(self, *fingerprints: str) -> bool:
        return not (self.fingerprints and set(self.fingerprints).isdisjoint(fingerprints))

    def _fits(self, alarm: Alarm, own_project: str) -> bool:
        if self.min_severity and alarm.severity < self.min_severity and not alarm.resolved:
            return False
        if self.projects and (alarm.project or own_project) not in self.projects:
            return False
        if self.fingerprints and alarm.within(own_project).fingerprint() not in self.fingerprints:
            return False
        if self.matchers:
            labels = labels_of(alarm, own_project)
            if not all(matcher.fits(labels) for matcher in _read(self.matchers)):
                return False
        return not self.text or _contains(alarm, own_project, self.text.casefold())


@lru_cache(256)
def _read(matchers: tuple[str, ...]) -> tuple[Matcher, ...]:
    return tuple(Matcher.parse(text) for text in matchers)


def _contains(alarm: Alarm, own_project: str, text: str) -> bool:
    """Return whether a text of the alarm contains `text`, which is casefolded."""
    labels = (f"{name}={value}" for name, value in alarm.labels)
    texts = (alarm.message, alarm.project or own_project, alarm.key, alarm.source, *labels)
    return any(text in each.casefold() for each in texts)
