"""Wires of links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alarminati.core.journal.replication import Frame

if TYPE_CHECKING:
    from tests.sim.world import Node


@dataclass
class Pipe:
    """One direction of one link."""

    source: Node
    target: Node
    source_link: int
    target_link: int
    other: Pipe | None = None
    open: bool = True
    ready_at: float = 0.0
    stalled_since: float | None = None
    held: list[Frame] = field(default_factory=list)
