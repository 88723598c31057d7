"""Leadership: when a master begins to send, and when it must not."""

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
        self,
        election: Election,
        outbox: Outbox,
        sides: Sides,
        intray: CommitQueue,
        timing: Timing,
        copy_wait: float = 0.0,
    ) -> None:
        self.begun = False  # the replica sends, unless it is held
        self._held = False  # the master is not sure that it still is one
        self._election = election
        self._outbox = outbox
        self._sides = sides
        self._intray = intray
        self._timing = timing
        self._copy_wait = copy_wait  # seconds in which an empty journal is read from a copy
        self._empty_since: float | None = None
        self._awaited: set[str] = set()  # peers whose journals a new master waits for
        self._alone_since: float | None = None  # a damaged replica has no peer to refill from
        self._deadline: float | None = None  # end of that wait; None: not a new master

    @property
    def leading(self) -> bool:
        """Return whether the replica sends."""
        return self.begun and not self._held

    @property
    def next_due(self) -> float | None:
        """Return when a new master begins to send although peers are missing."""
        return self._deadline

    def regain_eligibility(self, now: float) -> None:
        """Allow a replica to lead that has no peer or copy to refill its journal from."""
        if self._election.eligible:
            self._alone_since, self._copy_wait = None, 0.0
        elif self._copy_wait:
            self._empty_since = now if self._empty_since is None else self._empty_since
            self._election.eligible = now - self._empty_since > self._copy_wait
        elif not self._election.alone:
            self._alone_since = None
        elif self._alone_since is None:
            self._alone_since = now
        elif now - self._alone_since > 5.0:
            self._election.eligible = True

    def merged(self, peer: str) -> None:
        """Take note that all entries of `peer` are here."""
        self._awaited.discard(peer)

    def act(self, now: float, effects: Iterable[ElectionEffect]) -> list[Effect]:
        """Handle BecomeMaster and StopSending; the shell handles the other effects."""
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
                    out += self._let_go(upstream=True, why="following another replica, or none")
                out.append(effect)
        return out

    def begin_if_merged(self, now: float, wall: int) -> list[Effect]:
        """Begin to send when the journals are merged, or the wait was long enough."""
        if self._deadline is None or not self._election.leading:
            return []
        if self._awaited and now < self._deadline:
            return []
        self._deadline = None
        self.begun = True
        self._outbox.lead(now, wall)
        return [Leading(True)]

    def rest(self, now: float) -> list[Effect]:
        """Stop sending notices."""
        self._deadline = None
        if not self.begun:
            return []
        out = self._hold(True)
        self.begun = self._held = False
        self._outbox.rest(now)
        return out

    def _hold(self, held: bool) -> list[Effect]:
        """Pause sending or resume it.

        A restart takes long in a storm, and would cause the next doubt.
        """
        changed, self._held = self._held != held, held
        return [Leading(not held)] if changed else []

    def _let_go(self, upstream: bool, why: str) -> list[Effect]:
        """Close the link to the upstream replica, or those of the followers."""
        links = [
            link
            for link, side in sorted(self._sides.items())
            if side.upstream is upstream and not side.copy
        ]
        for link in links:
            self._sides.pop(link)
            self._intray.forget(link)
        return [Drop(link, why) for link in links]
