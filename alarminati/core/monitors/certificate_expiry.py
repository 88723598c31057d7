"""Certificates that end: whom to tell, how often, and when to fetch the next one.

An alarm is raised 21 days before the end and another, under a key of its own, 3 days before: the
same alarm getting worse would not be told again. A certificate that is good for weeks or hours only
is renewed by something, and its alarms come when that should have happened.

What was raised is read from the book and kept nowhere else. Replicas that share one certificate see
the change of its file at different moments; so an alarm that is over is never raised again for the
certificate that it was raised for.
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
"""End of the key; days before the end, or this part of the life if that is shorter; severity."""

RENEWAL_SHARE: Final = 2 / 3
"""Of a certificate's life, after which the next one is fetched."""
SPREAD: Final = 1 / 12
"""Likewise, at most so much later."""


@dataclass(frozen=True, slots=True)
class CertificateEnd:
    """A certificate that will end. Times are milliseconds since 1970 UTC."""

    who: str  # e.g. "agent/a1" or "authority"
    ends: int
    mend: str  # what to do about it, one sentence
    detail: str = ""  # why it was not renewed, one sentence; empty: nobody tried
    begins: int = 0  # 0: long ago


class CertificateExpiryBoard:
    """Decides the alarms of one replica about certificates that end."""

    def __init__(self, book: AlarmBook, replica: str) -> None:
        self._book = book
        self._replica = replica

    def look(self, endings: Sequence[CertificateEnd], wall: int) -> list[Alarm]:
        """The reports to accept now: what begins and what is over."""
        return [alarm for ending in endings for alarm in self._reports(ending, wall)]

    def _reports(self, ending: CertificateEnd, wall: int) -> Iterator[Alarm]:
        for suffix, days, part, severity in STAGES:
            soon = ending.ends - wall <= _span(days * DAY, part, ending.begins, ending.ends)
            alarm = self._alarm(ending, suffix, severity, wall, resolved=not soon)
            state = self._book.find(alarm.fingerprint())
            fires = state is not None and state.firing
            # Over although it ends soon: another replica has a later one, this one will see it too.
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
    """When to begin to ask for the next certificate; any unit, the same for all three.

    With `dice`, which agents have, somewhat later: they must not all ask at once.
    """
    return begins + (ends - begins) * (RENEWAL_SHARE + (dice.uniform(0.0, SPREAD) if dice else 0.0))


def ends_soon(begins: float, ends: float, now: float) -> bool:
    """Whether the end is near enough for a word to the owner; seconds since 1970 UTC."""
    return _within(STAGES[0], begins, ends, now)


def ends_near(begins: float, ends: float, now: float) -> bool:
    """Whether a renewal that failed must be told of; before that it will be tried again in peace.

    Seconds since 1970 UTC.
    """
    return _within(STAGES[-1], begins, ends, now)


def _within(stage: tuple[str, int, int, Severity], begins: float, ends: float, now: float) -> bool:
    _, days, part, _ = stage
    return ends - now <= _span(days * DAY / 1000, part, begins, ends)


def _span(longest: float, part: int, begins: float, ends: float) -> float:
    return min(longest, (ends - begins) / part)
