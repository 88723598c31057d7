"""Certificate expiry: when to raise alarms, and when to fetch the next certificate.

An alarm is raised 21 days before the end and another, under its own key, 3 days before. A
certificate that is valid for weeks or hours only is renewed by a program, and its alarms come when
that renewal is overdue.

The alarms that were raised are read from the book and stored nowhere else. Replicas that share one
certificate see the change of its file at different times; so a resolved alarm is never raised
again for the same certificate.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Pairs, Severity

DAY: Final = 86_400_000  # milliseconds
SOURCE: Final = "certificate"
STAGES: Final = (("", 21, 4, Severity.WARNING), (":last", 3, 12, Severity.CRITICAL))
"""End of the key; days before the end, or this part of the lifetime if that is shorter;
severity."""

RENEWAL_SHARE: Final = 2 / 3
"""Share of a certificate's lifetime after which the next one is fetched."""
SPREAD: Final = 1 / 12
"""Share of a certificate's lifetime by which a renewal is delayed at random, at most."""


@dataclass(frozen=True, slots=True)
class CertificateEnd:
    """A certificate that will expire. Times are milliseconds since 1970 UTC."""

    who: str  # e.g. "agent/a1" or "authority"
    ends: int
    mend: str  # how to correct it, one sentence
    detail: str = ""  # why it was not renewed, one sentence; empty: no attempt was made
    begins: int = 0  # 0: long ago


class CertificateExpiryBoard:
    """Decides the alarms of one replica about certificates that expire."""

    def __init__(self, book: AlarmBook, replica: str) -> None:
        self._book = book
        self._replica = replica

    def look(self, endings: Sequence[CertificateEnd], wall: int) -> list[Alarm]:
        """Return the reports to accept now: firing and resolved ones."""
        return [alarm for ending in endings for alarm in self._reports(ending, wall)]

    def _reports(self, ending: CertificateEnd, wall: int) -> Iterator[Alarm]:
        for suffix, days, part, severity in STAGES:
            soon = ending.ends - wall <= _span(days * DAY, part, ending.begins, ending.ends)
            alarm = self._alarm(ending, suffix, severity, wall, resolved=not soon)
            state = self._book.find(alarm.fingerprint())
            fires = state is not None and state.firing
            # Resolved although it expires soon: another replica has the next one already.
            told = state is not None and _ends(state.alarm) == _ends(alarm)
            if soon != fires and not (soon and told):
                yield alarm

    def _alarm(
        self, ending: CertificateEnd, suffix: str, severity: Severity, wall: int, *, resolved: bool
    ) -> Alarm:
        day = datetime.fromtimestamp(ending.ends / 1000, UTC)
        annotations = {"ends": day.isoformat()}
        if not resolved:
            annotations |= {"mend": ending.mend, "detail": ending.detail}
        return Alarm(
            message=f"{_whose(ending.who)} {_said(ending.ends, wall, resolved)}",
            severity=severity,
            timestamp=wall,
            resolved=resolved,
            labels=_labels(self._replica, ending.who),
            key=f"certificate:{ending.who}{suffix}",
            annotations=tuple(sorted((name, text) for name, text in annotations.items() if text)),
            source=SOURCE,
        )


def _whose(who: str) -> str:
    return "The authority's certificate" if who == "authority" else f"The certificate of {who}"


def _said(ends: int, wall: int, resolved: bool) -> str:
    verb = "is good until" if resolved else "ends on" if ends > wall else "has ended on"
    return f"{verb} {datetime.fromtimestamp(ends / 1000, UTC):%Y-%m-%d at %H:%M} UTC"


def _labels(replica: str, who: str) -> Pairs:
    return (("certificate", who), ("replica", replica))


def _ends(alarm: Alarm) -> str:
    return dict(alarm.annotations).get("ends", "")


def renewal_at(begins: float, ends: float, dice: random.Random | None = None) -> float:
    """Return when to ask for the next certificate; any unit, equal for all three.

    With `dice`, which agents have, somewhat later, so that agents do not all ask at once.
    """
    return begins + (ends - begins) * (RENEWAL_SHARE + (dice.uniform(0.0, SPREAD) if dice else 0.0))


def ends_soon(begins: float, ends: float, now: float) -> bool:
    """Return whether to mention the end to the owner; seconds since 1970 UTC."""
    return _within(STAGES[0], begins, ends, now)


def ends_near(begins: float, ends: float, now: float) -> bool:
    """Return whether a failed renewal is to be reported; before that it is retried silently.

    Times are seconds since 1970 UTC.
    """
    return _within(STAGES[-1], begins, ends, now)


def _within(stage: tuple[str, int, int, Severity], begins: float, ends: float, now: float) -> bool:
    _, days, part, _ = stage
    return ends - now <= _span(days * DAY / 1000, part, begins, ends)


def _span(longest: float, part: int, begins: float, ends: float) -> float:
    return min(longest, (ends - begins) / part)
