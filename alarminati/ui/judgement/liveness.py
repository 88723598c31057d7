"""Whether a cluster is heard of, and whether this computer has a network at all.

Times are monotonic seconds. A cluster is silent after three missed signs of life, at least 45 s.
When all clusters on distinct hosts fall silent together, the fault is with this computer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

State: TypeAlias = Literal["connecting", "live", "late", "silent", "ended", "unknown", "paused"]

SILENT_AFTER: Final = 45.0
TOGETHER: Final = 15.0
GRACE: Final = 30.0
SLEPT: Final = 20.0


@dataclass(slots=True)
class Heard:
    """Signs of life of one cluster."""

    interval: float
    """Seconds between signs of life."""
    since: float
    """When following began."""
    hosts: frozenset[str] = frozenset()
    heard: float | None = None
    ended: bool = False
    """The certificate was refused: not silence, and another network does not help."""
    paused: bool = False

    @property
    def last(self) -> float:
        """Return the last sign of life, or the begin."""
        return self.since if self.heard is None else self.heard

    def missed(self, now: float) -> int:
        """Return how many signs of life are overdue."""
        return max(0, int((now - self.last) / self.interval - 0.5))

    @property
    def patience(self) -> float:
        """Return the seconds after which it is silent."""
        return max(3 * self.interval, SILENT_AFTER)


def state_of(one: Heard, now: float, grace_until: float = 0.0) -> State:
    """Return the state of one cluster as if this computer's network were well."""
    if one.paused:
        return "paused"
    if one.ended:
        return "ended"
    quiet = now - one.last
    if quiet <= one.patience or now < grace_until:
        if one.heard is None:
            return "connecting"
        return "live" if quiet <= 2 * one.interval else "late"
    return "silent"


@dataclass(slots=True)
class Network:
    """State of all clusters together."""

    offline: bool = False
    states: dict[str, State] = field(default_factory=dict)
    _silent_since: dict[str, float] = field(default_factory=dict)
    _grace_until: float = 0.0

    def woke(self, now: float) -> None:
        """Note that the computer slept, or that its network is back: patience begins again."""
        self._grace_until = now + GRACE

    def look(self, all: Mapping[str, Heard], now: float, *, route: bool = True) -> None:
        """Judge all clusters. `route`: the operating system has a way to the outside."""
        was_offline = self.offline
        states = {id: state_of(one, now, self._grace_until) for id, one in all.items()}
        for id, state in states.items():
            if state == "silent":
                self._silent_since.setdefault(id, all[id].last + all[id].patience)
            else:
                self._silent_since.pop(id, None)
        for id in set(self._silent_since) - set(states):
            del self._silent_since[id]
        self.offline = self._is_offline(all, states, route)
        if was_offline and not self.offline:
            self.woke(now)
            states = {id: state_of(one, now, self._grace_until) for id, one in all.items()}
        if self.offline:
            states = {
                id: "unknown" if state in ("silent", "late", "connecting") else state
                for id, state in states.items()
            }
        self.states = states

    def _is_offline(
        self, all: Mapping[str, Heard], states: Mapping[str, State], route: bool
    ) -> bool:
        followed = [id for id, state in states.items() if state not in ("paused", "ended")]
        if not followed:
            return False
        if not route:
            return not _local(all, followed)
        if any(states[id] != "silent" for id in followed):
            return False
        hosts = frozenset[str]().union(*(all[id].hosts for id in followed))
        last = [all[id].last for id in followed]
        return (
            len(hosts) > 1 and len(followed) > 1 and _together(last) and not _local(all, followed)
        )


def _together(times: Sequence[float]) -> bool:
    return max(times) - min(times) <= TOGETHER


def _local(all: Mapping[str, Heard], ids: Sequence[str]) -> bool:
    """Agents on this computer need no network: their silence is their own."""
    own = {"127.0.0.1", "localhost", "::1", "[::1]"}
    return all_hosts(all, ids) <= own


def all_hosts(all: Mapping[str, Heard], ids: Sequence[str]) -> frozenset[str]:
    """Return the hosts of these clusters."""
    return frozenset[str]().union(*(all[id].hosts for id in ids))
