"""Channels as callers see them: settings without secrets, and how each fares.

Only the master knows what waits and what it tested, so a standby passes on what the master says.
Without a master it tells what the journal knows.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

import grpc
from google.protobuf.duration_pb2 import Duration

from alarminati.agent.delivery.channel_settings import shown
from alarminati.agent.delivery.channels import ChannelSet, Origin, Placed
from alarminati.agent.delivery.sender import Delivery
from alarminati.agent.mesh.transport import PASSED_ON
from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.delivery.channel_health import ChannelStatus
from alarminati.core.delivery.outbox import Outbox
from alarminati.v1 import channel_service_pb2 as pb
from alarminati.wire.structs import struct_of
from alarminati.wire.timestamps import timestamp

LOOKS: Final = 100  # alarms looked at before others have their turn
UNROUTED: Final = "no route leads to it, so nothing is sent; give it matchers or name it in a route"
_Context = grpc.aio.ServicerContext[Any, Any]


class ChannelViews:
    """Makes the messages about channels."""

    def __init__(
        self, live: LiveReplica, channels: ChannelSet, delivery: Delivery, outbox: Outbox
    ) -> None:
        self._live = live
        self._channels = channels
        self._delivery = delivery
        self._outbox = outbox

    async def all(self, placed: Sequence[Placed], context: _Context) -> list[pb.Channel]:
        """Return these channels with their status."""
        view = await self._upstream(context)
        counts = await self._pending() if view is None else Counter[str]()
        dead = Counter(letter.channel for letter in self._outbox.queries.dead_letters())
        found = []
        for one in placed:
            made = self._own(one, counts, dead)
            theirs = view.get(one.channel.name) if view else None
            if theirs is not None and made.HasField("status"):
                made.status.CopyFrom(theirs.status)
            found.append(made)
        return found

    async def one(self, placed: Placed, pending: int | None = None) -> pb.Channel:
        """Return a channel as this replica knows it; `pending` is counted unless it is given."""
        name = placed.channel.name
        counts = await self._pending() if pending is None else Counter({name: pending})
        return self._own(
            placed, counts, Counter(each.channel for each in self._outbox.queries.dead_letters())
        )

    async def pending_of_new(self, name: str) -> int:
        """Return how many alarms an added channel is sent: some of them may be sent by now."""
        waiting = (await self._pending())[name]
        count, states = 0, self._live.replica.book.states(resolved=False)
        for at in range(0, len(states), LOOKS):
            some = states[at : at + LOOKS]
            count += sum(self._outbox.queries.reaches(state, name, wall()) for state in some)
            await asyncio.sleep(0)
        return max(waiting, count)

    async def _upstream(self, context: _Context) -> Mapping[str, pb.Channel] | None:
        """Return the channels as the master sees them; None when this replica must answer."""
        passed_on = any(key == PASSED_ON for key, _ in context.invocation_metadata() or ())
        if passed_on or self._live.replica.leading:
            return None
        view = await self._live.mesh.upstream_channels()
        return {one.name: one for one in view if one.HasField("status")} if view else None

    async def _pending(self) -> Counter[str]:
        """Return how many alarms wait for each channel; who does not plan works it out."""
        if self._live.replica.leading:
            return self._outbox.queries.waiting()
        waiting = self._outbox.queries.under_way()
        for some in self._outbox.queries.owed(asyncio.get_running_loop().time(), wall()):
            waiting += some
            await asyncio.sleep(0)
        return waiting

    def _own(self, placed: Placed, pending: Counter[str], dead: Counter[str]) -> pb.Channel:
        channel, config = placed.channel, placed.config
        settings, secrets = shown(channel, config)
        conditions = config.conditions()
        made = pb.Channel(
            name=channel.name,
            type=channel.type,
            settings=struct_of(settings),
            secret_settings=secrets,
            matchers=map(str, conditions.match),
            min_severity=conditions.min_severity or None,  # type: ignore[arg-type]
            fallback=config.fallback,
            destination=channel.destination,
            definition=placed.origin.value,  # type: ignore[arg-type]
            created_by=placed.by,
            update_time=timestamp(placed.updated) if placed.updated else None,
        )
        if placed.origin is not Origin.SHADOWED:
            made.status.CopyFrom(self._status(placed, pending[channel.name], dead[channel.name]))
        return made

    def _status(self, placed: Placed, pending: int, dead: int) -> pb.ChannelStatus:
        name = placed.channel.name
        known = self._outbox.queries.status(name, wall())
        health, test = known.health, self._delivery.last_test(name)
        if test is not None:
            said = test.verdict
            health = health.tested(test.time, said.result, said.detail, said.cause)
        known = ChannelStatus(health, known.resume, known.quota)
        warning = placed.trouble or self._delivery.warning(name)
        routed = self._channels.leads_to(name)
        state = known.state(usable=not warning, routed=routed, since=placed.updated)
        made = pb.ChannelStatus(
            state=state.value,  # type: ignore[arg-type]
            pending=pending,
            dead_letters=dead,
            last_delivery_time=timestamp(health.delivered) if health.delivered else None,
            last_error=warning or health.detail or ("" if routed else UNROUTED),
            resume_time=timestamp(known.resume) if known.resume else None,
            last_test_time=timestamp(test.time) if test else None,
        )
        if health.failed and not warning:
            made.last_error_cause = health.cause.value  # type: ignore[assignment]
            made.last_error_time.CopyFrom(timestamp(health.failed))
        if (quota := known.quota) is not None:
            made.quotas.add(
                limit=quota.limit,
                remaining=quota.remaining,
                period=Duration(seconds=round(quota.period)),
                reset_time=timestamp(quota.reset) if quota.reset else None,
            )
        return made
