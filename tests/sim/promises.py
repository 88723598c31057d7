"""What reporters were promised, and what may be lost all the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from alarminati.core.entries import Alarm, EntryId
from tests.sim.disk import Disk


class Machine(Protocol):
    """The part of a node that counts here."""

    disk: Disk


class Promises:
    """Alarms that were acknowledged, by fingerprint, and the entries lost with their only disk."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[EntryId, int]] = {}
        self.excused: set[EntryId] = set()

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
            assert holders >= replicas or entry in self.excused, (
                f"G1: {entry} promised on {replicas} disks, is on {holders}"
            )
            if not alarm.resolved:
                self.made[alarm.fingerprint()] = (entry, replicas)

    def wiped(self, machine: Machine, machines: Sequence[Machine]) -> None:
        """A disk is gone."""
        others = [other for other in machines if other is not machine]
        for entry in machine.disk.held:
            if not any(entry in other.disk.held for other in others):
                self.excused.add(entry)
