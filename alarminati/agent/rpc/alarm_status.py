"""Views of alarms: how one stands, what mutes it, and which channels were notified of it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Final

from alarminati.agent.runtime import LiveReplica, wall
from alarminati.core.alarms.end_reason import end_reason
from alarminati.core.alarms.state import AlarmState
from alarminati.core.delivery.decisions import Decision
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.model.hlc import milliseconds
from alarminati.core.routing.muting import Muted, Reason
from alarminati.v1 import alarm_status_pb2 as pb
from alarminati.wire import codec
from alarminati.wire.timestamps import timestamp

DAY: Final = 86_400_000  # milliseconds


class AlarmViews:
    """Views of the alarms of one replica. `project` is the cluster's own."""

    def __init__(self, live: LiveReplica, project: str) -> None:
        self._live = live
        self._project = project

    def status(self, state: AlarmState, *, unrouted: bool = True) -> pb.AlarmStatus:
        """Return an alarm as it stands; without `unrouted`, without channels it never goes to."""
        replica, now = self._live.replica, wall()
        alarm = codec.alarm_to_proto(state.alarm)
        alarm.project = alarm.project or self._project
        clock = asyncio.get_running_loop().time()
        status = pb.AlarmStatus(
            alarm=alarm,
            id=str(state.id),
            fingerprint=state.fingerprint,
            state=pb.AlarmStatus.STATE_FIRING if state.firing else pb.AlarmStatus.STATE_RESOLVED,
            severity=state.peak.severity.value,  # type: ignore[arg-type]
            start_time=timestamp(milliseconds(state.since)),
            last_report_time=timestamp(milliseconds(state.reports[-1].stamp)),
            report_count=state.count,
            daily_start_count=sum(
                milliseconds(episode.first.stamp) > now - DAY for episode in state.episodes()
            ),
            assignee=state.assignee,
            note_count=state.note_count,
            mutes=[mute(each) for each in replica.outbox.queries.mutes(state, now)],
            deliveries=[
                channel_delivery(each)
                for each in replica.outbox.queries.decisions(state, clock, now)
                if unrouted or each.reason is not NotifyReason.NOT_ROUTED
            ],
            end_reason=end_reason(state).value,  # type: ignore[arg-type]
        )
        if not state.firing:
            status.end_time.CopyFrom(timestamp(milliseconds(state.resolved)))
        if (seen := state.acknowledged) is not None:
            (stamp, _, _), action = seen
            status.acknowledgement.created_by = action.created_by
            status.acknowledgement.comment = action.comment
            status.acknowledgement.create_time.CopyFrom(timestamp(milliseconds(stamp)))
        return status


def mute(muted: Muted) -> pb.Mute:
    """Return the message of a mute."""
    return pb.Mute(
        reason=pb.Mute.Reason.Value(f"REASON_{muted.reason.name}"),
        subject=muted.subject,
        created_by=muted.created_by,
        comment=muted.comment,
        end_time=timestamp(muted.until) if muted.until else None,
        summary=_summary(muted),
    )


def _summary(muted: Muted) -> str:
    until = f" until {_moment(muted.until)}" if muted.until else ""
    match muted.reason:
        case Reason.SILENCED:
            comment = f": {muted.comment}" if muted.comment else ""
            return f"silenced by {muted.created_by}{until}{comment}"
        case Reason.INHIBITED:
            source = f"alarm {muted.subject}" if muted.subject else "an alarm that is resolved"
            return f"inhibited by {source}{until}"
        case Reason.TIME_INTERVAL:
            return f"muted by the time intervals {muted.subject}{until} at least"
        case Reason.FLAPPING:
            return f"flapping; muted{until} unless it changes again"


def _moment(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")


def channel_delivery(decision: Decision) -> pb.ChannelDelivery:
    """Return the message of a decision."""
    return pb.ChannelDelivery(
        channel=decision.channel,
        state=decision.state.value,  # type: ignore[arg-type]
        update_time=timestamp(decision.updated) if decision.updated else None,
        cause=decision.cause.value,  # type: ignore[arg-type]
        reason=pb.ChannelDelivery.Reason.Value(f"REASON_{decision.reason.name}"),
        next_time=timestamp(decision.next) if decision.next else None,
        mute=mute(decision.muted) if decision.muted else None,
    )
