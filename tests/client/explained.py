"""An explanation as a fake agent gives it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from alarminati.v1 import alarm_status_pb2 as views
from alarminati.v1 import explanation_pb2 as pb
from alarminati.v1.alarm_pb2 import SEVERITY_ERROR

NOW, LATER = Timestamp(seconds=1_758_166_920), Timestamp(seconds=1_758_170_520)


class Explainer:
    """The part of a fake agent that explains alarms."""

    async def _find(self, id: str, context: Any) -> Any:
        raise NotImplementedError

    async def Explain(self, request: pb.ExplainRequest, context: Any) -> pb.ExplainResponse:
        if request.id:
            await self._find(request.id, context)
        labels = dict(request.alarm.labels) | {"severity": "WARNING"}
        return explanation(labels, kept=bool(request.id))


def explanation(labels: Mapping[str, str], *, kept: bool) -> pb.ExplainResponse:
    """Everything that an explanation may hold."""
    night = views.Mute(
        reason=views.Mute.REASON_TIME_INTERVAL, subject="nights", end_time=LATER, summary="muted"
    )
    ops = pb.ChannelExplanation(
        channel="ops",
        path="route.routes[0]",
        group={"host": "db-1"},
        group_wait=Duration(seconds=30),
        repeat_interval=Duration(seconds=14400),
        mutes=[night],
        fallback="boss",
        next_time=LATER,
    )
    lab = pb.ChannelExplanation(channel="lab")
    boss = pb.ChannelExplanation(
        channel="boss", path="channels/boss", escalation_delay=Duration(seconds=900)
    )
    if kept:
        muted, elsewhere = (
            views.ChannelDelivery.REASON_MUTED,
            views.ChannelDelivery.REASON_NOT_ROUTED,
        )
        ops.delivery.MergeFrom(
            views.ChannelDelivery(
                channel="ops",
                state=views.ChannelDelivery.STATE_MUTED,
                reason=muted,
                mute=night,
                next_time=LATER,
            )
        )
        lab.delivery.MergeFrom(
            views.ChannelDelivery(
                channel="lab", state=views.ChannelDelivery.STATE_NOT_DUE, reason=elsewhere
            )
        )
    return pb.ExplainResponse(
        labels=labels,
        branches=[
            pb.Branch(path="route.routes[0]", matchers=['team="web"'], channels=["ops"]),
            pb.Branch(path="channels/boss", channels=["boss"], min_severity=SEVERITY_ERROR),
        ],
        channels=[ops, boss, lab],
        mutes=[
            views.Mute(
                reason=views.Mute.REASON_SILENCED,
                subject="0" * 16,
                created_by="kim",
                comment="new disks",
                end_time=LATER,
            )
        ],
        inhibitions=[pb.Inhibition(source_matchers=['severity="CRITICAL"'], equal=["host"])],
        time=NOW,
    )
