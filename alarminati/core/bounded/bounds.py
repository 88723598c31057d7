"""Bounds of what one replica remembers; where one is reached while it matters, intake is refused.

All in one place, so that tests and the simulator can make each of them tiny.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is remembered."""

    waiting: int = 50_000  # alarms of reporters that wait for the disk, and as many KiB
    firing: int = 200_000  # alarms at once, some 700 bytes each in memory; see `admission`
    firing_bytes: int = 48 * 2**20  # of their reports
    closed_bytes: int = 12 * 2**20  # of reports of alarms that are over
    unsaid_bytes: int = 24 * 2**20  # beyond them, of what is not told yet; then intake stops
    closed: int = 10_000  # alarms that are over and of which everything is said
    unsaid: int = 50_000  # beyond them, alarms that are over and not told yet; then intake stops
    reports: int = 256  # of one alarm before its history is thinned
    spare: int = 50_000  # reports beyond the first two of an alarm, of all alarms together
    acknowledgements: int = 16  # the newest, of one alarm
    tellings: int = 64  # the newest, of one alarm
    early: int = 10_000  # tellings and outcomes that came before what they are about
    finished: int = 10_000  # keys of finished notices, for twins that come late
    outcomes: int = 32  # the newest, of one notice
    letters: int = 10_000  # dead letters; the oldest go, and are counted
    lettered: int = 20_000  # alarms named in all of them together, likewise
    resent: int = 10_000  # letters told again, for outcomes that come late
    lanes: int = 64  # beyond that, those of channels that are gone are closed
    ahead: int = 64  # notices written for one channel and not sent
    looks: int = 100  # alarms looked at without a pause: some 3 ms

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} ({getattr(self, name)}) must be at least 1")


USUAL = Bounds()
