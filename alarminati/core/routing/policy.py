"""Settings of muting: inhibition, flapping, timeouts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.intervals import Interval


@dataclass(frozen=True, slots=True)
class Inhibition:
    """Rule: while an alarm that fits `source` fires, alarms that fit `target` are muted.

    The labels in `equal` must have equal values in both. An alarm never inhibits itself, as in
    Alertmanager: https://prometheus.io/docs/alerting/latest/configuration/#inhibit_rule
    """

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Damping:
    """Rule of flapping: `count` begins within `window` seconds mute an alarm.

    The alarm is muted until it has not changed for `calm` seconds. A `count` of 0 turns the rule
    off.
    """

    count: int = 0
    window: float = 600.0
    calm: float = 300.0

    @property
    def looks_back(self) -> float:
        """Return the seconds for which an episode that is over still counts."""
        return self.window + self.calm if self.count else 0.0

    def __post_init__(self) -> None:
        if self.count < 0 or self.count == 1:
            raise ValueError(f"flapping: count ({self.count}) must be 0 (off) or at least 2")
        for name in ("window", "calm"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"flapping: {name} ({getattr(self, name)}) must be positive")


@dataclass(frozen=True, slots=True)
class Policy:
    """All settings of muting. `timeouts` are seconds by source.

    An alarm resolves when its source has not reported it for that long; sources that are not named
    have no timeout.
    """

    intervals: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    inhibitions: tuple[Inhibition, ...] = ()
    damping: Damping = Damping()
    timeouts: Mapping[str, float] = field(default_factory=dict)
