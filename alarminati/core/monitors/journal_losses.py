"""Alarms about a damaged journal that has not got back all lost entries."""

from __future__ import annotations

from typing import Final

from alarminati.core.alarms.book import AlarmBook
from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.monitors.contradictions import SOURCE

MEND: Final = (
    "Let it reach another replica, which fills it in again. Where there is none, what was kept on"
    " this disk only is lost: see to the disk, and run a second replica."
)


class Losses:
    """State of the journal of one replica."""

    def __init__(self, book: AlarmBook, replica: str) -> None:
        self._book = book
        self._replica = replica

    def look(self, damage: str, wall: int) -> list[Alarm]:
        """Return the reports to accept; `damage` says what is still lost, empty: nothing."""
        alarm = Alarm(
            message=(
                f"The journal of {self._replica} was damaged and lacks entries"
                if damage
                else f"The journal of {self._replica} is whole"
            ),
            severity=Severity.ERROR,
            timestamp=wall,
            resolved=not damage,
            labels=(("replica", self._replica),),
            key=f"journal-damage:{self._replica}",
            annotations=(("detail", damage), ("mend", MEND)) if damage else (),
            source=SOURCE,
        )
        state = self._book.find(alarm.fingerprint())
        fires = state is not None and state.firing
        return [alarm] if fires != bool(damage) else []
