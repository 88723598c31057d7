"""Poll: one round of messages to all peers, and what the answers mean for an election."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from alarminati.core.election.messages import Ask, ElectionMessage, Kind


@dataclass(slots=True)
class Poll:
    """Counts the answers to `pending` until all are in, or `deadline` has passed."""

    deadline: float
    pending: dict[str, Ask]
    answered: list[str] = field(default_factory=list)  # names of peers
    higher: bool = False  # a peer outranks us and runs the election
    verifying: set[str] = field(default_factory=set)  # peers that ask their master whether it lives
    standing: set[str] = field(default_factory=set)  # peers that found their master gone meanwhile

    @classmethod
    def of(cls, deadline: float, asks: Iterable[Ask]) -> Poll:
        """Return a poll for these messages."""
        return cls(deadline, {ask.address: ask for ask in asks})

    def stands(self, name: str) -> None:
        """Count a peer that found its master gone; its earlier answer may still arrive."""
        self.verifying.discard(name)
        self.standing.add(name)

    def count(self, ask: Ask, word: ElectionMessage | None) -> bool:
        """Count an answer (None: there was none); return whether it was the last one."""
        if self.pending.get(ask.address) is not ask:
            return False
        del self.pending[ask.address]
        if word is not None:
            self.answered.append(word.name)
            self.higher |= word.kind is Kind.ALIVE
            if word.kind is Kind.CHECKING_MASTER and word.name not in self.standing:
                self.verifying.add(word.name)
        return not self.pending
