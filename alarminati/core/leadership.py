"""When a master begins to send, and when it must not: what an election's outcome means here."""

from __future__ import annotations

from collections.abc import Iterable

from alarminati.core.delivery.outbox import Outbox
from alarminati.core.effects import Drop, Effect, Leading
from alarminati.core.election.election import Election
from alarminati.core.election.messages import (
    BecomeMaster,
    DropFollowers,
    ElectionEffect,
    StopSending,
    Unfollow,
)
from alarminati.core.election.timing import Timing
from alarminati.core.journal.commit_queue import CommitQueue
from alarminati.core.journal.sides import Sides


class Leadership:
    """Whether one replica sends. `now` is monotonic seconds, `wall` milliseconds since 1970."""

    def __init__(
        self, election: Election, outbox: Outbox, sides: Sides, intray: CommitQueue, timing: Timing
    ) -> None:
        self.begun = False  # it sends, unless it is held
        self._held = False  # it is not sure that it still may
        self._election = election
        self._outbox = outbox
        self._sides = sides
        self._intray = intray
        self._timing = timing
        self._awaited: set[str] = set()  # whose journals a new master waits for
        self._deadline: float | None = None  # until then at the latest; None: it is no new master

    @property
    def leading(self) -> bool:
        """It sends."""
        return self.begun and not self._held

    @property
    def next_due(self) -> float | None:
        """When a new master begins, whoever is missing."""
        return self._deadline

    def merged(self, peer: str) -> None:
        """All that `peer` had is here."""
        self._awaited.discard(peer)

    def act(self, now: float, effects: Iterable[ElectionEffect]) -> list[Effect]:
        """Act on Lead and Rest here; the shell does the others."""
        out: list[Effect] = []
        for effect in effects:
            if isinstance(effect, StopSending) and effect.doubting and self.begun:
                out += self._hold(True)
            elif isinstance(effect, BecomeMaster) and self._held:
                out += self._hold(False)
            elif isinstance(effect, BecomeMaster):
                self._awaited, self._deadline = set(effect.awaited), now + self._timing.merge
            elif isinstance(effect, StopSending):
                out += self.rest(now)
            elif isinstance(effect, DropFollowers):
                out += self._let_go(upstream=False, why="no longer what it was for its followers")
            else:
                if isinstance(effect, Unfollow):
                    out += self._let_go(upstream=True, why="following another, or nobody")
                out.append(effect)
        return out

    def begin_if_merged(self, now: float, wall: int) -> list[Effect]:
        """A new master that has what others knew, or has waited long enough, begins to send."""
        if self._deadline is None or not self._election.leading:
            return []
        if self._awaited and now < self._deadline:
            return []
        self._deadline = None
        self.begun = True
        self._outbox.lead(now, wall)
        return [Leading(True)]

    def rest(self, now: float) -> list[Effect]:
        """Send nothing more."""
        self._deadline = None
        if not self.begun:
            return []
        out = self._hold(True)
        self.begun = self._held = False
        self._outbox.rest(now)
        return out

    def _hold(self, held: bool) -> list[Effect]:
        """Send nothing, or go on: to lead anew takes long in a storm, and it would doubt again."""
        changed, self._held = self._held != held, held
        return [Leading(not held)] if changed else []

    def _let_go(self, upstream: bool, why: str) -> list[Effect]:
        """Close the link to the upstream replica, or those of the followers."""
        links = [link for link, side in sorted(self._sides.items()) if side.upstream is upstream]
        for link in links:
            self._sides.pop(link)
            self._intray.forget(link)
        return [Drop(link, why) for link in links]
