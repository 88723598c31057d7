"""One cluster while the app runs: its history, its calls, and how it fares."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from alarminati.ui.judgement.liveness import Heard
from alarminati.ui.schema.common import ClusterState, Text
from alarminati.ui.store.directory import Known

if TYPE_CHECKING:
    from alarminati.client.cache import Cache
    from alarminati.ui.ports import Calls, ClusterFacts

Look: TypeAlias = Literal["ok", "late", "silent", "offline"]
LOOKS: Final = 50
_LOOKS: Final[dict[ClusterState, Look]] = {"live": "ok", "late": "late", "silent": "silent"}


@dataclass(eq=False)
class Live:
    """A cluster and what belongs to it."""

    known: Known
    heard: Heard
    history: Cache | None = None
    calls: Calls | None = None
    state: ClusterState = "connecting"
    heard_ms: int = 0
    silent_ms: int = 0
    records_since: int = 0
    """Records that came since it was silent."""
    problem: Text | None = None
    facts: ClusterFacts | None = None
    asking: bool = False
    """Its facts are being asked for."""
    filling: bool = False
    """Its index is made again from its history; what comes waits in the history."""
    gaps: int = 0
    looks: deque[Look] = field(default_factory=lambda: deque(maxlen=LOOKS))
    looked_at: float = 0.0
    asked: float = 0.0
    """When a sign of life was asked for last."""
    today_bytes: int = 0
    keepalive_bytes: int = 0

    @property
    def id(self) -> str:
        """Id of the cluster."""
        return self.known.id

    def hear(self, now: float, wall_ms: int) -> None:
        """Note a sign of life."""
        self.heard.heard = now
        self.heard.ended = False
        self.heard_ms = wall_ms
        self.problem = None

    def look(self, now: float) -> None:
        """Keep one look an interval."""
        if now - self.looked_at >= self.heard.interval:
            self.looked_at = now
            self.looks.append(_LOOKS.get(self.state, "offline"))
