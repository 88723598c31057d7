"""Contradictions between the journals of two replicas.

No replica can hold more of what a living replica writes than that replica has written. A peer that
claims to would not be sent new entries, and would be counted as holding them; so links to it are
refused, and an alarm fires.
"""

from __future__ import annotations

from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Severity

SOURCE: Final = "journal"
MEND: Final = (
    "One of the two journals is damaged. Stop {peer}, move its data folder away and start it again:"
    " it fills its journal from the others. If that does not help, do the same with {replica}."
)


class Contradictions:
    """Contradictions that one replica found in the journals of its peers."""

    def __init__(self, book: AlarmBook, replica: str) -> None:
        self._book = book
        self._replica = replica

    def found(self, peer: str, why: str, wall: int) -> list[Alarm]:
        """Record that the journal of `peer` contradicts ours, `why` in one sentence; return
        reports."""
        return self._reports(peer, why, wall)

    def agreed(self, peer: str, wall: int) -> list[Alarm]:
        """Record that the compared part of the journals agrees; return reports."""
        return self._reports(peer, "", wall)

    def _reports(self, peer: str, why: str, wall: int) -> list[Alarm]:
        alarm = self._alarm(peer, why, wall)
        state = self._book.find(alarm.fingerprint())
        fires = state is not None and state.firing
        return [alarm] if fires != bool(why) else []

    def _alarm(self, peer: str, why: str, wall: int) -> Alarm:
        names = {"peer": peer, "replica": self._replica}
        verb = "contradicts" if why else "agrees with"
        return Alarm(
            message=f"The journal of {peer} {verb} that of {self._replica}",
            severity=Severity.ERROR,
            timestamp=wall,
            resolved=not why,
            labels=(("peer", peer), ("replica", self._replica)),
            key=f"journal-contradiction:{self._replica}:{peer}",
            annotations=(("detail", why), ("mend", MEND.format_map(names))) if why else (),
            source=SOURCE,
        )
