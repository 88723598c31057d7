"""One round of questions to everybody: who answered, and what that means for an election."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from alarminati.core.election.messages import Ask, ElectionMessage, Kind


@dataclass(slots=True)
class Poll:
    """Counts the answers to `pending` until all are in, or `deadline` has passed."""

    deadline: float
    pending: dict[str, Ask]
    answered: list[str] = field(default_factory=list)  # names
    higher: bool = False  # somebody outranks us and takes it from here
    verifying: set[str] = field(default_factory=set)  # who asks its master whether it lives
    standing: set[str] = field(default_factory=set)  # who found it gone meanwhile

    @classmethod
    def of(cls, deadline: float, asks: Iterable[Ask]) -> Poll:
        """A ballot for these questions."""
        return cls(deadline, {ask.address: ask for ask in asks})

    def stands(self, name: str) -> None:
        """That one found its master gone; its answer that it asks may still be on the way."""
        self.verifying.discard(name)
        self.standing.add(name)

    def count(self, ask: Ask, word: ElectionMessage | None) -> bool:
        """Book the answer (None: there was none); was it the last one waited for?"""
        if self.pending.get(ask.address) is not ask:
            return False
        del self.pending[ask.address]
        if word is not None:
            self.answered.append(word.name)
            self.higher |= word.kind is Kind.ALIVE
            if word.kind is Kind.VERIFYING and word.name not in self.standing:
                self.verifying.add(word.name)
        return not self.pending
