"""Bounds on the memory of one replica; intake refuses reports where a bound is reached.

All bounds are here, so that tests and the simulator can make each of them tiny.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """Upper bounds on what a replica remembers."""

    waiting: int = 50_000  # reported alarms that wait for the disk, and as many KiB
    firing: int = 200_000  # alarms at once, some 700 bytes each in memory; see `admission`
    firing_bytes: int = 48 * 2**20  # bytes of the reports of firing alarms
    closed_bytes: int = 12 * 2**20  # bytes of the reports of resolved alarms
    unsaid_bytes: int = 24 * 2**20  # more bytes for those not notified yet; then intake stops
    closed: int = 10_000  # resolved alarms whose notifications are all sent
    unsaid: int = 50_000  # more resolved alarms, not notified yet; then intake stops
    reports: int = 256  # reports of one alarm before its history is thinned
    spare: int = 50_000  # reports beyond the first two of each alarm, of all alarms together
    actions: int = 16  # newest acknowledgements of one alarm, and as many assignments
    notes: int = 100  # newest notes of one alarm
    tellings: int = 64  # newest notices of one alarm, four times as many that are no reminders
    early: int = 10_000  # notices and outcomes that came before their reports and notices
    finished: int = 10_000  # keys of finished notices, for equal notices that come late
    outcomes: int = 32  # newest outcomes of one notice
    letters: int = 10_000  # dead letters; the oldest are dropped and counted
    lettered: int = 20_000  # alarms named in all dead letters; older letters are dropped
    resent: int = 10_000  # dead letters sent again, for outcomes that come late
    lanes: int = 64  # queues; beyond that, queues of removed channels are closed
    ahead: int = 64  # notices written for one channel and not sent
    looks: int = 100  # alarms evaluated without a pause: some 3 ms
    fresh: int = 20_000  # newest entries that every start folds before it leads
    fresh_seconds: int = 3_900  # and those of so many seconds: an hour counts in `planner`

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} ({getattr(self, name)}) must be at least 1")


USUAL = Bounds()
