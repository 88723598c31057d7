"""Filter of the records that a subscriber receives."""

from __future__ import annotations

from dataclasses import dataclass

from alarminati.core.model.entries import (
    Alarm,
    Body,
    DeliveryAttempt,
    Invitation,
    Notification,
    Pairs,
    Redemption,
    Revocation,
    Sealed,
    Severity,
    UnknownInternal,
)
from alarminati.core.model.matchers import ALWAYS, Matcher, labels_of


@dataclass(frozen=True, slots=True)
class Filter:
    """All given parts must fit an alarm; empty parts fit every alarm.

    Labels are as matchers see them.
    """

    min_severity: Severity | None = None
    projects: tuple[str, ...] = ()
    labels: Pairs = ()
    deliveries: bool = False

    def passes(self, body: Body | None, own_project: str) -> bool:
        """Return whether a record passes; `own_project` is the project of alarms that name none.

        Acknowledgements and silences always pass, and so do bodies of a later version, which
        cannot be judged here. The end of an alarm passes whatever its severity: a subscriber who
        saw it fire needs it.
        """
        match body:
            case Alarm():
                return self._fits(body, own_project)
            case Notification() | DeliveryAttempt():
                return self.deliveries
            case Sealed() | Revocation() | Invitation() | Redemption() | UnknownInternal():
                return False  # for replicas only
            case _:
                return True

    def _fits(self, alarm: Alarm, own_project: str) -> bool:
        if self.min_severity and alarm.severity < self.min_severity and not alarm.resolved:
            return False
        if self.projects and (alarm.project or own_project) not in self.projects:
            return False
        if all(pair in alarm.labels for pair in self.labels):
            return True
        if ALWAYS.isdisjoint(name for name, _ in self.labels):
            return False
        seen = labels_of(alarm, own_project)
        return all(Matcher(name, "=", value).fits(seen) for name, value in self.labels)
