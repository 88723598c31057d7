"""History of a run: what was acknowledged, what channel and followers saw, and what went wrong."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Report:
    """An alarm that was reported. Moments are seconds since 1970 of the observer's clock."""

    message: str
    began: float
    answered: float = 0.0  # 0: it was never acknowledged
    copies: int = 0  # replicas that had it, as the receipt says
    agent: str = ""  # who acknowledged it


@dataclass(frozen=True, slots=True)
class Delivery:
    """An alarm as the channel took it."""

    message: str
    at: float
    key: str  # of the notification; a repeat of the same one has the same key


@dataclass(frozen=True, slots=True)
class Sight:
    """An alarm as a follower saw it."""

    follower: str
    message: str
    origin: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Look:
    """Agents that said at a moment that they lead."""

    at: float
    leaders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that was done to the cluster, and until when."""

    kind: str
    agents: tuple[str, ...]
    began: float
    ended: float


@dataclass(slots=True)
class History:
    """All of it."""

    seed: int
    reports: list[Report] = field(default_factory=list)
    deliveries: list[Delivery] = field(default_factory=list)
    sights: list[Sight] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    troubles: list[Trouble] = field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")
