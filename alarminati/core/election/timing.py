"""How long the mesh waits for what. All in seconds."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Timing:
    """Intervals of election and links; relations are checked on construction."""

    beat: float = 15.0  # a master's sign of life on an otherwise silent link
    missed: float = 2.5  # so many beats without any data make a master suspect
    grace: float = 0.4  # after start: time to find a master before standing for election
    answer: float = 0.5  # a peer that has not answered a word by then is taken for gone
    reign: float = 1.0  # who yielded to a higher rank waits so long for its reign
    copy: float = 1.0  # an entry not stored by the other side by then makes it suspect
    pause: float = 1.0  # a master that did not run for so long asks whether it still is one
    merge: float = 0.7  # a new master waits so long for the journals of those who answered
    redial_first: float = 1.0
    redial_most: float = 15.0
    redial_given_up: float = 300.0  # for a peer silent for over an hour
    forget: float = 3600.0
    settle: float = 2.0  # a standby of higher priority takes over after so long in step

    def __post_init__(self) -> None:
        if not 0 < self.answer < self.reign:
            raise ValueError(f"reign ({self.reign}) must exceed answer ({self.answer})")
        if self.beat < self.copy:
            raise ValueError(f"beat ({self.beat}) must not be less than copy ({self.copy})")
        if self.missed < 1.5:
            raise ValueError(f"missed ({self.missed}) below 1.5 takes one late beat for a death")
        if self.pause < 2 * self.tick:
            raise ValueError(f"pause ({self.pause}) must be at least two ticks ({self.tick})")

    @property
    def silence(self) -> float:
        """How long a link may be silent before its other end is suspect."""
        return self.beat * self.missed

    @property
    def tick(self) -> float:
        """How often a master looks at the clock, to notice that it was paused."""
        return 0.5
