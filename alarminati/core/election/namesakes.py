"""Whether a replica's name is its own: two may get the same one from a copied file or disk image.

The one that started later goes by another name as long as both are there, so that there is one
master, links are told apart and nothing is refused. Which one is later, both must find alike: so it
goes by what each says of its start, not by when it was heard, and clocks may be wrong.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from alarminati.core.election.messages import ElectionMessage

GONE: Final = 150.0
"""Seconds after which a namesake that says nothing is gone: more than two questions."""
ASK_EVERY: Final = 60.0  # seconds; nobody else asks one that is well
MOST: Final = 16  # that are remembered


@dataclass(slots=True)
class Namesake:
    """Another process that was given this replica's name."""

    name: str  # what it goes by
    address: str  # empty: not known
    since: float
    heard: float
    ask_at: float


class Namesakes:
    """The name of one replica, and who else was given it."""

    def __init__(self, given: str, instance: str, started: int) -> None:
        """`instance` is this process's alone; `started` is milliseconds since 1970."""
        self.given = given
        self.name = given
        self.instance = instance
        self.started = started
        self._known: dict[str, Namesake] = {}

    def mine(self, word: ElectionMessage) -> bool:
        """Whether this replica itself said it."""
        if self.instance and word.instance:
            return word.instance == self.instance
        return word.name == self.name

    def heard(self, now: float, word: ElectionMessage, address: str) -> None:
        """Somebody else spoke, who can be reached at `address` if that is known."""
        for instance, other in list(self._known.items()):
            if instance != word.instance and address and other.address == address:
                del self._known[instance]  # that process is no more
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
        """Time passed: addresses to ask now whether the namesakes are still there."""
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
        """Those that are there, by address."""
        return sorted(self._known.values(), key=lambda other: (other.address, other.name))
