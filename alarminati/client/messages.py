"""Proto messages to what callers see, and back."""

from __future__ import annotations

from alarminati.client.answers import (
    Acknowledgement,
    ActedAlarms,
    AlarmHistory,
    AlarmStatus,
    AlarmSummary,
    BatchReceipt,
    Caller,
    ChannelDelivery,
    ClusterStatus,
    ConfigStatus,
    Health,
    HeartbeatStatus,
    Mute,
    MuteReason,
    Peer,
    PeerProblem,
    QueueStatus,
    Receipt,
    Replica,
    ResolvedAlarms,
    Role,
    SilenceState,
    SilenceStatus,
)
from alarminati.client.errors import Refused, Unexpected
from alarminati.client.events import Record, identity
from alarminati.core.alarms.end_reason import EndReason
from alarminati.core.delivery.decisions import ChannelState
from alarminati.core.delivery.reasons import NotifyReason
from alarminati.core.journal.ingest import ReportEffect
from alarminati.core.model.entries import Alarm, DeliveryCause, EntryId, Severity, Silence
from alarminati.core.model.filter import Filter
from alarminati.v1 import alarm_pb2 as pb
from alarminati.v1 import alarm_service_pb2 as service
from alarminati.v1 import alarm_status_pb2 as views
from alarminati.v1 import cluster_service_pb2 as cluster
from alarminati.v1 import error_reason_pb2, identity_pb2, silence_pb2
from alarminati.v1 import monitor_service_pb2 as monitors
from alarminati.v1 import silence_service_pb2 as silences
from alarminati.v1 import subscription_pb2 as subs
from alarminati.wire.codec import alarm_from_proto, alarm_to_proto, record_body, silence_from_proto
from alarminati.wire.roles import role_from_proto
from alarminati.wire.timestamps import since_epoch

_SILENCE_STATES = {
    silences.SilenceStatus.STATE_PENDING: SilenceState.PENDING,
    silences.SilenceStatus.STATE_ACTIVE: SilenceState.ACTIVE,
    silences.SilenceStatus.STATE_EXPIRED: SilenceState.EXPIRED,
}
_ROLES = {
    cluster.Replica.ROLE_MASTER: Role.MASTER,
    cluster.Replica.ROLE_STANDBY: Role.STANDBY,
}

_DISCOVERIES = {
    cluster.Peer.DISCOVERY_STATIC: "static",
    cluster.Peer.DISCOVERY_DNS: "dns",
    cluster.Peer.DISCOVERY_ZEROCONF: "zeroconf",
}
_PROBLEMS = {
    cluster.Peer.PROBLEM_UNREACHABLE: PeerProblem.UNREACHABLE,
    cluster.Peer.PROBLEM_UNTRUSTED: PeerProblem.UNTRUSTED,
    cluster.Peer.PROBLEM_OTHER_CLUSTER: PeerProblem.OTHER_CLUSTER,
    cluster.Peer.PROBLEM_NAME_TAKEN: PeerProblem.NAME_TAKEN,
}

_NOTIFY_REASONS = {
    views.ChannelDelivery.Reason.Value(f"REASON_{each.name}"): each for each in NotifyReason
}
_MUTE_REASONS = {
    views.Mute.Reason.Value(f"REASON_{each.name}"): each
    for each in MuteReason
    if each is not MuteReason.UNKNOWN
}
_CHANNEL_STATES = {each.value: each for each in ChannelState}
_CAUSES = {each.value: each for each in DeliveryCause}

_HEALTH = {health.value for health in Health}


def alarm_message(alarm: Alarm) -> pb.Alarm:
    """An alarm to report. Raises Refused when it cannot even be written."""
    try:
        return alarm_to_proto(alarm)
    except (UnicodeEncodeError, ValueError) as error:
        raise Refused(
            "the alarm holds text that is not Unicode, or a number out of range"
        ) from error


def filter_message(filter: Filter) -> subs.Filter:
    """What to see."""
    return subs.Filter(
        min_severity=filter.min_severity.value if filter.min_severity else None,  # type: ignore[arg-type]
        projects=filter.projects,
        matchers=filter.matchers,
        types=filter.types,  # type: ignore[arg-type]
        fingerprints=filter.fingerprints,
        text=filter.text,
    )


def receipt(answer: service.ReportResponse) -> Receipt:
    """Of one report. Raises Unexpected, as all below."""
    known = {each.value: each for each in ReportEffect}
    return Receipt(_id(answer.id), answer.replicas, answer.fingerprint, known.get(answer.effect))


def batch_receipt(answer: service.ReportStreamResponse, count: int) -> BatchReceipt:
    """Of one batch of `count` alarms."""
    refusal = answer.refusal
    said = (refusal.message, reason_name(refusal.reason))
    if not answer.accepted:
        return BatchReceipt(
            (), 0, said[0] or "refused without a reason", said[1], tuple(range(count))
        )
    origin, first = _id(answer.first_id)
    ids = tuple(EntryId(origin, first + n) for n in range(answer.accepted))
    return BatchReceipt(ids, answer.replicas, *said, tuple(refusal.indexes))


def reason_name(value: int) -> str:
    """Name of a reason without its prefix; empty: none, or of a later version."""
    if value in error_reason_pb2.ErrorReason.values() and value:
        name = error_reason_pb2.ErrorReason.Name(value)  # type: ignore[arg-type]
        return name.removeprefix("ERROR_REASON_")
    return ""


def alarm_status(status: views.AlarmStatus) -> AlarmStatus:
    """An alarm as it stands."""
    ack = status.acknowledgement
    try:
        alarm = alarm_from_proto(status.alarm)
    except ValueError as error:
        raise Unexpected(f"the agent told of an alarm that makes no sense: {error}") from error
    return AlarmStatus(
        alarm,
        _id(status.id),
        status.fingerprint,
        status.state == views.AlarmStatus.STATE_FIRING,
        _severity(status.severity) or alarm.severity,
        since_epoch(status.start_time),
        since_epoch(status.end_time),
        since_epoch(status.last_report_time),
        status.report_count,
        status.daily_start_count,
        Acknowledgement(ack.created_by, since_epoch(ack.create_time), ack.comment)
        if status.HasField("acknowledgement")
        else None,
        status.assignee,
        status.note_count,
        tuple(map(mute, status.mutes)),
        tuple(map(channel_delivery, status.deliveries)),
        _end_reason(status.end_reason),
    )


def acted_alarms(
    answer: service.AcknowledgeResponse
    | service.UnacknowledgeResponse
    | service.AddNoteResponse
    | service.AssignResponse,
) -> ActedAlarms:
    """What was acted on."""
    skipped = tuple((each.id, reason_name(each.reason)) for each in answer.skipped)
    return ActedAlarms(tuple(map(alarm_status, answer.alarms)), skipped)


def resolved_alarms(answer: service.ResolveResponse) -> ResolvedAlarms:
    """What was ended."""
    return ResolvedAlarms(
        answer.resolved_count,
        tuple(map(alarm_status, answer.alarms)),
        tuple((each.id, reason_name(each.reason)) for each in answer.skipped),
    )


def _end_reason(value: int) -> EndReason:
    """Unspecified, too, when it is of a later version."""
    return EndReason(value) if value in {each.value for each in EndReason} else EndReason(0)


def _severity(value: int) -> Severity | None:
    """None: not told."""
    return Severity.at(value) if value else None


def mute(mute: views.Mute) -> Mute:
    return Mute(
        _MUTE_REASONS.get(mute.reason, MuteReason.UNKNOWN),
        mute.subject,
        mute.created_by,
        mute.comment,
        since_epoch(mute.end_time),
        mute.summary,
    )


def channel_delivery(one: views.ChannelDelivery) -> ChannelDelivery:
    return ChannelDelivery(
        one.channel,
        _CHANNEL_STATES.get(one.state),
        _NOTIFY_REASONS.get(one.reason),
        since_epoch(one.update_time),
        since_epoch(one.next_time),
        _CAUSES.get(one.cause, DeliveryCause.NONE),
        mute(one.mute) if one.HasField("mute") else None,
    )


def history(answer: service.GetAlarmResponse) -> AlarmHistory:
    """An alarm and what became of it; entries of a later version are left out."""
    records = []
    for entry in answer.history:
        try:
            body = record_body(entry)
        except ValueError as error:
            raise Unexpected(f"the agent told of an entry that makes no sense: {error}") from error
        if body is not None:
            project = body.project if isinstance(body, Alarm) else ""
            about = answer.alarm.fingerprint if identity(body) else ""
            at = entry.time_ms
            records.append(Record(_id(entry.id), body, project, 0, at, about))
    return AlarmHistory(alarm_status(answer.alarm), tuple(records))


def cluster_status(answer: cluster.GetClusterResponse) -> ClusterStatus:
    """A cluster."""
    replicas = tuple(
        Replica(
            *(one.name, _ROLES.get(one.role, Role.UNKNOWN), one.connected),
            *(one.address, one.version),
        )
        for one in answer.replicas
    )
    return ClusterStatus(
        answer.project,
        answer.cluster,
        answer.replica,
        answer.master,
        answer.epoch,
        replicas,
        answer.journal.entries,
        answer.journal.bytes,
        answer.outbox.pending,
        answer.outbox.dead_letters,
        answer.version,
        answer.master_unreachable,
        since_epoch(answer.time),
        tuple(_peer(one) for one in answer.unreachable_peers),
        _health(answer.health),
        tuple(_queue(one) for one in answer.queues),
        _summary(answer.alarms) if answer.HasField("alarms") else None,
        _config(answer.config) if answer.HasField("config") else None,
        since_epoch(answer.certificate_expire_time),
        _caller(answer.caller) if answer.HasField("caller") else None,
        since_epoch(answer.start_time),
    )


def _queue(one: cluster.Queue) -> QueueStatus:
    return QueueStatus(
        one.name,
        one.type,
        one.connected,
        one.lag if one.HasField("lag") else None,
        one.oldest_age.ToTimedelta().total_seconds() if one.HasField("oldest_age") else None,
        one.accepted_count,
        one.dead_count,
        one.last_error,
    )


def _summary(one: cluster.AlarmSummary) -> AlarmSummary:
    firing = tuple((Severity.at(each.severity), each.count) for each in one.firing)
    return AlarmSummary(firing, one.firing_limit, one.active_silences)


def _config(one: cluster.ConfigStatus) -> ConfigStatus:
    return ConfigStatus(one.last_error, since_epoch(one.load_time), one.restart_required)


def _caller(one: identity_pb2.Identity) -> Caller:
    return Caller(role_from_proto(one.role), one.name)


def _peer(one: cluster.Peer) -> Peer:
    return Peer(
        one.address,
        _DISCOVERIES.get(one.discovery, ""),
        _PROBLEMS.get(one.problem, PeerProblem.UNKNOWN),
        one.last_error,
        since_epoch(one.last_seen_time),
        one.name,
    )


def health(answer: cluster.PingResponse) -> Health:
    """How a replica is."""
    return _health(answer.health)


def _health(value: int) -> Health:
    return Health(value) if value in _HEALTH else Health.UNKNOWN


def silence(one: silence_pb2.Silence) -> Silence:
    """A silence."""
    return silence_from_proto(one)


def silence_status(one: silences.SilenceStatus) -> SilenceStatus:
    """A silence with its state."""
    state = _SILENCE_STATES.get(one.state, SilenceState.UNKNOWN)
    return SilenceStatus(
        silence(one.silence),
        state,
        one.matched_alarms,
        since_epoch(one.next_start_time),
        since_epoch(one.next_end_time),
    )


def _id(text: str) -> EntryId:
    try:
        return EntryId.parse(text)
    except ValueError as error:
        raise Unexpected(f"the agent named an entry that cannot be: {error}") from error


SIGNALS = {
    "success": monitors.SendHeartbeatRequest.SIGNAL_SUCCESS,
    "start": monitors.SendHeartbeatRequest.SIGNAL_START,
    "failure": monitors.SendHeartbeatRequest.SIGNAL_FAILURE,
}
"""What a job can say."""
_HEARTBEATS = {
    monitors.Heartbeat.STATE_NEW: "new",
    monitors.Heartbeat.STATE_UP: "up",
    monitors.Heartbeat.STATE_LATE: "late",
    monitors.Heartbeat.STATE_DOWN: "down",
    monitors.Heartbeat.STATE_FAILED: "failed",
}


def heartbeat(message: monitors.Heartbeat) -> HeartbeatStatus:
    """A heartbeat from its message."""
    ran = message.last_duration.ToMilliseconds() / 1000
    return HeartbeatStatus(
        message.name,
        _HEARTBEATS.get(message.state, "unknown"),
        message.interval.ToMilliseconds() / 1000,
        message.grace.ToMilliseconds() / 1000,
        since_epoch(message.last_time),
        since_epoch(message.due_time),
        message.missed_count,
        ran if message.HasField("last_duration") else None,
    )
