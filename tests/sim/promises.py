"""What reporters were promised, and what may be lost all the same."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from alarminati.core.journal.acks import Ack, Reject
from alarminati.core.journal.ingest import FiringLimit
from alarminati.core.model.entries import Alarm, Entry, EntryId, RequestKey, Severity, digest_of
from tests.sim.disk import Disk


@dataclass
class How:
    """How something is reported, and what was said to it."""

    request: str = ""  # id
    copies: int = 0  # that are asked for
    heard: deque[Ack | Reject] = field(default_factory=lambda: deque(maxlen=100))
    severity: Severity = Severity.CRITICAL

    def key(self, content: str) -> RequestKey | None:
        """Names the request; None without an id."""
        if not self.request:
            return None
        return RequestKey("reporter/sim", self.request, digest_of(content.encode()))


PLAINLY = How()
NOBODY: tuple[tuple[Alarm, ...], How] = ((), PLAINLY)


class Machine(Protocol):
    """The part of a node that counts here."""

    disk: Disk


class Promises:
    """Alarms that were acknowledged, by fingerprint, and the entries lost with their only disk."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[EntryId, int]] = {}
        self.excused: set[EntryId] = set()
        self.lost: Counter[EntryId] = Counter()  # copies that went with their disks
        self.said: dict[EntryId, str] = {}  # what entries on any disk say: fingerprints
        self.severity: dict[EntryId, Severity] = {}  # likewise, of those that fire

    def refused(self, alarms: Sequence[Alarm], how: How, said: Reject) -> None:
        """Somebody was told that these could not be taken."""
        how.heard.append(said)
        for alarm in alarms:
            assert not (alarm.resolved and isinstance(said.error, FiringLimit)), (
                "G8: an end was refused because too many fire"
            )

    def written(self, entries: Sequence[Entry]) -> None:
        """These are on a disk."""
        for entry in entries:
            if isinstance(entry.body, Alarm):
                self.said[entry.id] = entry.body.fingerprint()
                if not entry.body.resolved:
                    self.severity[entry.id] = entry.body.severity

    def keep(
        self,
        machines: Sequence[Machine],
        alarms: Sequence[Alarm],
        ids: Sequence[EntryId],
        replicas: int,
    ) -> None:
        """Somebody was told that these are on so many disks."""
        for alarm, entry in zip(alarms, ids, strict=True):
            holders = sum(entry in machine.disk.held for machine in machines)
            assert self.said[entry] == alarm.fingerprint(), f"G1: {entry} says something else"
            # A receipt counts what was stored. Nobody hears at once of a disk that was lost since.
            assert holders + self.lost[entry] >= replicas or entry in self.excused, (
                f"G1: {entry} promised on {replicas} disks, is on {holders}"
            )
            if not alarm.resolved:
                self.made[alarm.fingerprint()] = (entry, replicas)

    def wiped(self, machine: Machine, machines: Sequence[Machine]) -> None:
        """A disk is gone."""
        others = [other for other in machines if other is not machine]
        self.lost.update(machine.disk.held)
        for entry in machine.disk.held:
            if not any(entry in other.disk.held for other in others):
                self.excused.add(entry)
