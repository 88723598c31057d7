"""Explanations: routes, mutes and waits of one alarm, for people who ask why.

They ask the router, the muting and the planner themselves, so that the answer is what happens.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.channel_queue import ChannelQueue
from alarminati.core.delivery.decisions import Decision, decide
from alarminati.core.delivery.planner import NotificationPlanner
from alarminati.core.model.entries import Alarm
from alarminati.core.model.matchers import labels_of
from alarminati.core.routing.explain import (
    ChannelExplanation,
    RoutingExplanation,
    channel_way,
    outlook,
)
from alarminati.core.routing.muting import Muted


@dataclass(frozen=True, slots=True)
class Prospect:
    """Way of an alarm to one channel, and the decision about it."""

    channel: str
    way: ChannelExplanation | None  # None: no route leads there
    muted: Muted | None  # by time intervals of the route
    fallback: str
    next: int  # earliest next notice, milliseconds since 1970; 0: unknown, or none without an event
    decision: Decision | None = None  # None: the alarm is not kept


@dataclass(frozen=True, slots=True)
class Explanation:
    """Routes, mutes and channels of an alarm."""

    routing: RoutingExplanation
    mutes: tuple[Muted, ...]  # on all channels
    prospects: tuple[Prospect, ...]  # the sooner first, then those without a route


def explain(
    planner: NotificationPlanner,
    state: AlarmState,
    lanes: Iterable[ChannelQueue],
    project: str,
    now: float,
    wall: int,
) -> Explanation:
    """Return the explanation of an alarm that is kept."""
    lanes = [lane for lane in lanes if lane.wanted]
    worst, policy = state.at_worst, planner.policy
    labels = labels_of(worst, project)
    decisions = {each.channel: each for each in decide(planner, state, lanes, now, wall)}
    found: list[Prospect] = []
    for lane in lanes:
        way = planner.way(state, lane)
        decision = decisions[lane.channel]
        found.append(
            Prospect(
                lane.channel,
                channel_way(lane.channel, way, policy, labels, wall) if way else None,
                planner.muting.way(way, wall) if way else None,
                lane.limits.fallback,
                decision.next,
                decision,
            )
        )
    mutes = planner.muting.every(state, wall) if state.firing else []
    routing = outlook(planner.router, policy, labels, worst.severity, wall)
    return Explanation(routing, tuple(mutes), tuple(sorted(found, key=_sooner)))


def explain_new(
    planner: NotificationPlanner,
    alarm: Alarm,
    lanes: Iterable[ChannelQueue],
    project: str,
    wall: int,
) -> Explanation:
    """Return the explanation of an alarm that would begin to fire at that time."""
    labels = labels_of(alarm, project)
    routing = outlook(planner.router, planner.policy, labels, alarm.severity, wall)
    mutes = planner.muting.new(alarm.within(project).fingerprint(), labels, wall)
    ways = {each.channel: each for each in routing.prospects}
    assigned = planner.router.assign_labels(labels, alarm.severity).ways
    found: list[Prospect] = []
    for lane in lanes:
        if not lane.wanted:
            continue
        way = ways.get(lane.channel)
        muted = planner.muting.way(assigned[lane.channel], wall) if way else None
        next = _next(way, [*mutes, *([muted] if muted else [])], wall) if way else 0
        found.append(Prospect(lane.channel, way, muted, lane.limits.fallback, next))
    return Explanation(routing, tuple(mutes), tuple(sorted(found, key=_sooner)))


def _sooner(prospect: Prospect) -> tuple[float, str]:
    return (prospect.way.after if prospect.way else float("inf"), prospect.channel)


def _next(way: ChannelExplanation, mutes: list[Muted], wall: int) -> int:
    """Return the earliest notice of a new alarm; 0: it depends on an event."""
    if not all(muted.until for muted in mutes):
        return 0
    soonest = wall + round((way.after + way.route.group_wait) * 1000)
    return max([soonest, *(muted.until for muted in mutes)])
