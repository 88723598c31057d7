"""Intervals and timeouts of the mesh, in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Intervals of election and links; relations are checked on construction."""

    beat: float = 15.0  # interval of keepalives on an otherwise silent link
    missed: float = 2.5  # keepalive intervals without any data until a master is suspect
    grace: float = 0.4  # after the start: time to find a master before becoming a candidate
    answer: float = 0.5  # timeout of a message: a peer that has not answered counts as gone
    # wait for the announcement of a higher rank, before the next election
    coordinator_timeout: float = 1.0
    copy: float = 1.0  # timeout of replication: an entry not stored by the peer makes it suspect
    pause: float = 1.0  # a master that did not run for so long asks whether it still is master
    merge: float = 0.7  # wait of a new master for the journals of peers that answered
    redial_first: float = 1.0
    redial_most: float = 15.0
    redial_given_up: float = 300.0  # interval for a peer that is silent for over an hour
    forget: float = 3600.0
    settle: float = 2.0  # time in sync until a standby of higher priority takes over

    def __post_init__(self) -> None:
        if not 0 < self.answer < self.coordinator_timeout:
            raise ValueError(f"answer ({self.answer}) must be below coordinator_timeout")
        if self.beat < self.copy:
            raise ValueError(f"beat ({self.beat}) must not be less than copy ({self.copy})")
        if self.missed < 1.5:
            raise ValueError(f"missed ({self.missed}) below 1.5 takes one late beat for a death")
        if self.pause < 2 * self.tick:
            raise ValueError(f"pause ({self.pause}) must be at least two ticks ({self.tick})")

    @property
    def silence(self) -> float:
        """Return how long a link may be silent before its other end is suspect."""
        return self.beat * self.missed

    @property
    def tick(self) -> float:
        """Return how often a master checks the clock, to notice that it was paused."""
        return 0.5
