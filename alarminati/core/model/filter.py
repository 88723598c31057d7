"""What a reader wants to see of the journal."""

from __future__ import annotations

from dataclasses import dataclass

from alarminati.core.model.entries import (
    Alarm,
    Body,
    Invitation,
    Notice,
    Outcome,
    Pairs,
    Redemption,
    Revocation,
    Sealed,
    Severity,
)
from alarminati.core.model.matchers import ALWAYS, Matcher, labels_of


@dataclass(frozen=True, slots=True)
class Filter:
    """All given parts must fit an alarm; empty parts fit every one. Labels are as matchers see
    them."""

    min_severity: Severity | None = None
    projects: tuple[str, ...] = ()
    labels: Pairs = ()
    deliveries: bool = False

    def passes(self, body: Body | None, own_project: str) -> bool:
        """Is it to be seen? `own_project` is what an alarm without a project belongs to.

        Acknowledgements and silences always are, and bodies of a later version, which nothing here
        can judge.
        So is the end of an alarm however mild it is called: a reader who saw it begin needs it.
        """
        match body:
            case Alarm():
                return self._fits(body, own_project)
            case Notice() | Outcome():
                return self.deliveries
            case Sealed() | Revocation() | Invitation() | Redemption():
                return False  # between replicas only
            case _:
                return True

    def _fits(self, alarm: Alarm, own_project: str) -> bool:
        if self.min_severity and alarm.severity > self.min_severity and not alarm.resolved:
            return False
        if self.projects and (alarm.project or own_project) not in self.projects:
            return False
        if all(pair in alarm.labels for pair in self.labels):
            return True
        if ALWAYS.isdisjoint(name for name, _ in self.labels):
            return False
        seen = labels_of(alarm, own_project)
        return all(Matcher(name, "=", value).fits(seen) for name, value in self.labels)
