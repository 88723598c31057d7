"""A new master before its first send: whose journals it still waits for."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Merging:
    """Names of replicas, and until when it waits at the latest (monotonic seconds)."""

    names: set[str] = field(default_factory=set)
    deadline: float = 0.0
