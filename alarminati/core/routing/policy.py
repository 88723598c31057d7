"""What keeps an alarm from being told: the settings for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alarminati.core.model.matchers import Matcher
from alarminati.core.routing.intervals import Interval


@dataclass(frozen=True, slots=True)
class Inhibition:
    """While an alarm that fits `source` fires, those that fit `target` are not told.

    Only where the labels in `equal` have equal values in both. An alarm never inhibits itself, as
    in Alertmanager: https://prometheus.io/docs/alerting/latest/configuration/#inhibit_rule
    """

    source: tuple[Matcher, ...]
    target: tuple[Matcher, ...]
    equal: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Damping:
    """An alarm that begins `count` times within `window` seconds flaps: nothing of it is told until
    it has not changed for `calm` seconds. A `count` of 0: never."""

    count: int = 0
    window: float = 600.0
    calm: float = 300.0

    def __post_init__(self) -> None:
        if self.count < 0 or self.count == 1:
            raise ValueError(f"flapping: count ({self.count}) must be 0 (off) or at least 2")
        for name in ("window", "calm"):
            if not 0 < getattr(self, name) < float("inf"):
                raise ValueError(f"flapping: {name} ({getattr(self, name)}) must be positive")


@dataclass(frozen=True, slots=True)
class Policy:
    """All of it. `timeouts` are seconds by source after which an alarm that is not reported again
    counts as over; sources that are not named never time out."""

    intervals: Mapping[str, tuple[Interval, ...]] = field(default_factory=dict)
    inhibitions: tuple[Inhibition, ...] = ()
    damping: Damping = Damping()
    timeouts: Mapping[str, float] = field(default_factory=dict)
