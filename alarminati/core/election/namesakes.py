"""Namesakes: two replicas may get one name from a copied file or disk image.

The replica that started later uses another name while both are there, so that there is one master,
links are distinct and nothing is refused. Both must agree on which one is later: so each one's own
start time decides, not the time of its messages, and clocks may be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alarminati.core.election.messages import ElectionMessage

GONE: Final = 150.0
"""Seconds after which a silent namesake counts as gone: more than two questions."""
ASK_EVERY: Final = 60.0  # seconds; no other replica asks one that is well
MOST: Final = 16  # namesakes that are remembered


@dataclass(slots=True)
class Namesake:
    """Another process that was given this replica's name."""

    name: str  # the name that it uses
    address: str  # empty: unknown
    since: float
    heard: float
    ask_at: float


class Namesakes:
    """Name of one replica, and the other processes with that name."""

    def __init__(self, given: str, instance: str, started: int) -> None:
        """Take `instance`, unique to this process, and `started`, milliseconds since 1970."""
        self.given = given
        self.name = given
        self.instance = instance
        self.started = started
        self._known: dict[str, Namesake] = {}

    def mine(self, word: ElectionMessage) -> bool:
        """Return whether this replica itself sent the message."""
        if self.instance and word.instance:
            return word.instance == self.instance
        return word.name == self.name

    def heard(self, now: float, word: ElectionMessage, address: str) -> None:
        """Handle a message of another process, which can be reached at `address`, if known."""
        for instance, other in list(self._known.items()):
            if instance != word.instance and address and other.address == address:
                del self._known[instance]  # that process is gone
        if (word.given or word.name) != self.given:
            self._known.pop(word.instance, None)
            return
        known = self._known.get(word.instance)
        if known is None and len(self._known) < MOST:
            known = Namesake(word.name, address, now, now, now + ASK_EVERY)
            self._known[word.instance] = known
        if known is not None:
            known.name, known.heard = word.name, now
            known.address = address or known.address
        elder = (word.started, word.instance) < (self.started, self.instance)
        if word.name == self.name and elder:
            self.name = f"{self.given}~{self.instance}"

    def passed(self, now: float) -> list[str]:
        """Handle the passing of time; return the addresses to ask whether namesakes are still
        there."""
        for instance, other in list(self._known.items()):
            if now - other.heard > GONE:
                del self._known[instance]
        if not self._known:
            self.name = self.given
        due = [other for other in self._known.values() if other.address and now >= other.ask_at]
        for other in due:
            other.ask_at = now + ASK_EVERY
        return [other.address for other in due]

    def known(self) -> list[Namesake]:
        """Return the namesakes that are there, by address."""
        return sorted(self._known.values(), key=lambda other: (other.address, other.name))
