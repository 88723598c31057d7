"""What a simulated cluster is configured with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from alarminati.core.delivery.attempts import Limits
from alarminati.core.model.entries import Severity
from alarminati.core.model.matchers import parse_matchers
from alarminati.core.routing.policy import Policy
from alarminati.core.routing.routes import ChannelBranch, Escalation, Route, Router
from tests.sim.channels import CHANNELS

GROUPS = 6  # of alarms; those of the last one are never silenced
LAST_GROUP = f"g{GROUPS - 1}"
FAST = Limits(rate=50.0, burst=100)


@dataclass(frozen=True)
class Settings:
    """Routes, policy and channels."""

    route: Route
    limits: Mapping[str, Limits]
    policy: Policy = field(default_factory=Policy)
    own: tuple[ChannelBranch, ...] = ()

    def router(self) -> Router:
        """One for each replica."""
        return Router(self.route, self.own)


PLAIN = Settings(Route(CHANNELS), dict.fromkeys(CHANNELS, FAST))

_SLOW = Limits(rate=3.0, burst=4, max_items=5, backoff_max=5.0)

CROWDED = (
    Settings(Route(CHANNELS), {"ops": FAST, "team": _SLOW}),
    Settings(
        Route(CHANNELS, group_by=("group",), group_wait=1.0, group_interval=3.0),
        {"ops": _SLOW, "team": FAST},
    ),
)
"""Two channels of which one cannot keep up."""

ESCALATED_AFTER = 45.0  # seconds
REPEATED_AFTER = 70.0

_LIFE = {
    "ops": FAST,
    "team": Limits(rate=2.0, burst=5, fallback="mail", fallback_after=20.0),
    "mail": FAST,
    "boss": FAST,
    "web": FAST,
    "worst": FAST,
}
_OWN = (
    ChannelBranch("web", parse_matchers(f"group={LAST_GROUP}")),
    ChannelBranch("worst", (), Severity.CRITICAL),
)
"""Channels that operators registered with matchers or a least severity."""

LIFE = (
    Settings(
        Route(
            CHANNELS[:1],
            repeat_interval=REPEATED_AFTER,
            escalate=(Escalation(ESCALATED_AFTER, ("boss",)),),
        ),
        _LIFE,
        own=(*_OWN, ChannelBranch(CHANNELS[1])),
    ),
    Settings(
        Route(
            CHANNELS,
            group_by=("group",),
            group_wait=1.0,
            group_interval=5.0,
            repeat_interval=2 * REPEATED_AFTER,
        ),
        {name: limits for name, limits in _LIFE.items() if name != "boss"},
        own=_OWN,
    ),
)
"""A day of alarms that live: with either of these, changed while it runs."""
