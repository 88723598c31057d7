"""Says whom this replica does not reach: in the log and as alarms. `core.peers` decides."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

from alarminati.agent.runtime import LiveReplica, wall
from alarminati.config import AgentConfig
from alarminati.core.journal.ingest import NotAccepted, TooFewReplicas
from alarminati.core.model.entries import Alarm
from alarminati.core.monitors.unreachable_peers import Peer, PeerBoard, Sought, Way

LOOK_EVERY: Final = 2.0  # seconds
REPORT_EVERY: Final = 10.0  # seconds

log = logging.getLogger(__name__)


class PeerWatch:
    """Runs as long as the agent. `report` hands an alarm in, `wall` tells the time."""

    def __init__(
        self,
        board: PeerBoard,
        report: Callable[[Alarm], Awaitable[object]],
        wall: Callable[[], int],
    ) -> None:
        self._board = board
        self._report = report
        self._wall = wall
        self._loop = asyncio.get_running_loop()
        self._report_at = 0.0

    def unreachable(self) -> list[Peer]:
        """Return the peers that are missed at the moment."""
        return self._board.unreachable(self._loop.time())

    async def run(self) -> None:
        """Look for ever. The journal must be loaded: what fires is read from the book."""
        while True:
            await self.look(self._loop.time())
            await asyncio.sleep(LOOK_EVERY)

    async def look(self, now: float) -> None:
        """Say what is new."""
        for sentence in self._board.warnings(now):
            log.warning("%s", sentence)
        if now < self._report_at:
            return
        self._report_at = now + REPORT_EVERY
        for alarm in self._board.alarms(now, self._wall()):
            try:
                await self._report(alarm)
            except NotAccepted as error:
                log.warning("could not report %r: %s", alarm.key, error)  # a later look will
            except TooFewReplicas:
                pass  # it is kept, and travels on


def watch_of(config: AgentConfig, live: LiveReplica) -> PeerWatch:
    """The watch of a replica over those whom its configuration names."""
    found, replica = config.discovery, live.replica
    peers = frozenset(str(peer) for peer in found.peers)
    sought = Sought(Way(found.mode), peers, str(found.service or ""))
    now = asyncio.get_running_loop().time()
    board = PeerBoard(replica.book, replica.election, sought, now)
    return PeerWatch(board, lambda alarm: live.accept([alarm]), wall)
