"""All targets by name; those that need an agent, a journal or a loop have one while open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.fuzz import agent_door
from tests.fuzz.agent_door import AgentDoor
from tests.fuzz.http_door import HttpDoor, requests
from tests.fuzz.journal_door import JournalDoor
from tests.fuzz.shapes import Target
from tests.fuzz.targets import pure


@dataclass(frozen=True)
class Door:
    """A target that must be opened. `kept` says how many inputs stay in memory by right."""

    share: float
    open: Callable[[], tuple[Target, Callable[[], None], Callable[[], int]]]


def _http() -> tuple[Target, Callable[[], None], Callable[[], int]]:
    door = HttpDoor()
    return Target("http", requests(), door), door.close, lambda: 0


def _journal() -> tuple[Target, Callable[[], None], Callable[[], int]]:
    door = JournalDoor()
    return Target("journal", door.seeds(), door), door.close, lambda: 0


def _agent(
    name: str, methods: tuple[str, ...]
) -> Callable[[], tuple[Target, Callable[[], None], Callable[[], int]]]:
    def open_() -> tuple[Target, Callable[[], None], Callable[[], int]]:
        door = AgentDoor(methods)
        target = Target(name, agent_door.calls(methods), door)
        return target, door.close, lambda: door.entries

    return open_


DOORS: dict[str, Door] = {
    "http": Door(1.0, _http),
    "journal": Door(0.1, _journal),
    "calls": Door(1.0, _agent("calls", agent_door.CALLS)),
    "words of replicas": Door(0.3, _agent("words of replicas", agent_door.MESH)),
    "streams": Door(0.02, _agent("streams", tuple(sorted(agent_door.STREAMS)))),
}


def shares() -> dict[str, float]:
    """Names of all targets, and what part of a campaign's inputs each gets; 1 in all."""
    weights = {target.name: target.share for target in pure()}
    weights |= {name: door.share for name, door in DOORS.items()}
    whole = sum(weights.values())
    return {name: weight / whole for name, weight in weights.items()}


@contextmanager
def opened(name: str) -> Iterator[tuple[Target, Callable[[], int]]]:
    """A target, and how many of its inputs were kept so far."""
    if name not in DOORS:
        yield next(target for target in pure() if target.name == name), lambda: 0
        return
    target, close, kept = DOORS[name].open()
    try:
        yield target, kept
    finally:
        close()
