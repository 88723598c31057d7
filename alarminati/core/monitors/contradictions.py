"""Journals that contradict each other: two replicas of which one holds what cannot be.

Nobody can hold more of what a living replica writes than that replica has written. Who claims to
would not be sent what is new, and would be counted as holding it; so no link to it is kept, and
people are told.
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
    """What one replica found in the journals of its peers."""

    def __init__(self, book: AlarmBook, replica: str) -> None:
        self._book = book
        self._replica = replica

    def found(self, peer: str, why: str, wall: int) -> list[Alarm]:
        """The journal of `peer` contradicts ours, `why` in one sentence; what to report."""
        return self._reports(peer, why, wall)

    def agreed(self, peer: str, wall: int) -> list[Alarm]:
        """It does not, as far as it has been compared; what to report."""
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
