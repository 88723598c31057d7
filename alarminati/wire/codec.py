"""Codec: core entries to proto messages and back.

`Entry.raw` is a serialised proto `Entry` with only the body. The replica that accepts the fact
serialises it once, and the bytes are equal on every disk and link.
"""

from __future__ import annotations

from collections.abc import Mapping

from alarminati.core.model.entries import (
    Acknowledgement,
    Alarm,
    Body,
    Cause,
    Entry,
    EntryId,
    Invitation,
    Notice,
    NoticeItem,
    Occasion,
    Outcome,
    Pairs,
    Redemption,
    RequestKey,
    Result,
    Revocation,
    Sealed,
    Severity,
    Silence,
)
from alarminati.v1 import alarm_pb2 as pb

MOST_ENTRIES = 4096  # upper bound for one request, whatever an entry says

_CAUSES = frozenset(int(cause) for cause in Cause)


class Unreadable(ValueError):
    """Bytes that are no entry body."""


def pairs(mapping: Mapping[str, str]) -> Pairs:
    """Return the labels of a message, sorted."""
    return tuple(sorted(mapping.items())) if mapping else ()


def alarm_from_proto(message: pb.Alarm) -> Alarm:
    """Return the stored form of an alarm; reports go through `validation` first."""
    return Alarm(
        message.message,
        Severity(message.severity),
        message.timestamp_ms,
        message.resolved,
        pairs(message.labels),
        message.project,
        message.key,
        pairs(message.annotations),
        message.link,
        message.source,
        message.ttl_seconds,
    )


def alarm_to_proto(alarm: Alarm) -> pb.Alarm:
    """Return the message for a stored alarm."""
    return pb.Alarm(
        message=alarm.message,
        severity=alarm.severity.value,  # type: ignore[arg-type]
        timestamp_ms=alarm.timestamp,
        resolved=alarm.resolved,
        labels=dict(alarm.labels),
        project=alarm.project,
        key=alarm.key,
        annotations=dict(alarm.annotations),
        link=alarm.link,
        source=alarm.source,
        ttl_seconds=alarm.ttl,
    )


def body_to_proto(body: Body) -> pb.Entry:
    """Return a proto entry with this body only."""
    match body:
        case Alarm():
            return pb.Entry(alarm=alarm_to_proto(body))
        case Acknowledgement():
            return pb.Entry(
                acknowledgement=pb.Acknowledgement(
                    fingerprint=body.fingerprint, by=body.by, comment=body.comment
                )
            )
        case Notice():
            return pb.Entry(notice=_notice_to_proto(body))
        case Outcome():
            return pb.Entry(outcome=_outcome_to_proto(body))
        case Silence():
            return pb.Entry(silence=silence_to_proto(body))
        case Sealed():
            return pb.Entry(sealed=pb.Sealed(name=body.name, box=body.box, by=body.by))
        case Revocation():
            return pb.Entry(revocation=revocation_to_proto(body))
        case Invitation():
            return pb.Entry(invitation=invitation_to_proto(body))
        case Redemption():
            used = pb.Redemption(invitation=body.invitation, key_sha256=body.key_sha256)
            return pb.Entry(redemption=used)


def _notice_to_proto(notice: Notice) -> pb.Notice:
    items = [
        pb.NoticeItem(
            alarm_id=str(item.alarm),
            fingerprint=item.fingerprint,
            resolved=item.resolved,
            occasion=item.occasion.value,  # type: ignore[arg-type]
            ordinal=item.ordinal,
        )
        for item in notice.items
    ]
    resends = str(notice.resends) if notice.resends else ""
    return pb.Notice(channel=notice.channel, items=items, key=notice.key, resends=resends)


def _outcome_to_proto(outcome: Outcome) -> pb.Outcome:
    return pb.Outcome(
        notice_id=str(outcome.notice),
        result=outcome.result.value,  # type: ignore[arg-type]
        attempt=outcome.attempt,
        replica=outcome.replica,
        duration_ms=outcome.duration,
        detail=outcome.detail,
        receipt=outcome.receipt,
        retry_after_ms=outcome.retry_after,
        cause=outcome.cause.value,  # type: ignore[arg-type]
    )


def silence_to_proto(silence: Silence) -> pb.Silence:
    """Return the message for a silence."""
    return pb.Silence(
        id=silence.id,
        matchers=silence.matchers,
        starts_ms=silence.starts,
        ends_ms=silence.ends,
        by=silence.by,
        comment=silence.comment,
    )


def revocation_to_proto(revocation: Revocation) -> pb.Revocation:
    """Return the message for a revocation."""
    return pb.Revocation(
        role=revocation.role,
        name=revocation.name,
        by=revocation.by,
        comment=revocation.comment,
        lifted=revocation.lifted,
    )


def invitation_to_proto(invitation: Invitation) -> pb.Invitation:
    """Return the message for an invitation."""
    return pb.Invitation(
        id=invitation.id,
        role=invitation.role,
        name=invitation.name,
        ends_ms=invitation.ends,
        days=invitation.days,
        by=invitation.by,
        withdrawn=invitation.withdrawn,
    )


def _notice(message: pb.Notice) -> Notice:
    items = tuple(
        NoticeItem(
            EntryId.parse(item.alarm_id),
            item.fingerprint,
            item.resolved,
            Occasion(item.occasion),
            item.ordinal,
        )
        for item in message.items
    )
    resends = EntryId.parse(message.resends) if message.resends else None
    return Notice(message.channel, items, message.key, resends)


def _outcome(message: pb.Outcome) -> Outcome:
    return Outcome(
        EntryId.parse(message.notice_id),
        Result(message.result),
        message.attempt,
        message.replica,
        message.duration_ms,
        message.detail,
        message.receipt,
        message.retry_after_ms,
        Cause(message.cause) if message.cause in _CAUSES else Cause.NONE,
    )


def _silence(message: pb.Silence) -> Silence:
    return Silence(
        message.id,
        tuple(message.matchers),
        message.starts_ms,
        message.ends_ms,
        message.by,
        message.comment,
    )


def revocation_from_proto(message: pb.Revocation) -> Revocation:
    """Return the revocation of a message."""
    return Revocation(message.role, message.name, message.by, message.comment, message.lifted)


def invitation_from_proto(message: pb.Invitation) -> Invitation:
    """Return the invitation of a message."""
    return Invitation(
        message.id,
        message.role,
        message.name,
        message.ends_ms,
        message.days,
        message.by,
        message.withdrawn,
    )


def body_from_proto(message: pb.Entry) -> Body | None:
    """Return the body of a proto entry; None for a later version. Raises Unreadable."""
    try:
        match message.WhichOneof("body"):
            case "alarm":
                return alarm_from_proto(message.alarm)
            case "acknowledgement":
                ack = message.acknowledgement
                return Acknowledgement(ack.fingerprint, ack.by, ack.comment)
            case "notice":
                return _notice(message.notice)
            case "outcome":
                return _outcome(message.outcome)
            case "silence":
                return _silence(message.silence)
            case "sealed":
                return Sealed(message.sealed.name, message.sealed.box, message.sealed.by)
            case "revocation":
                return revocation_from_proto(message.revocation)
            case "invitation":
                return invitation_from_proto(message.invitation)
            case "redemption":
                used = message.redemption
                return Redemption(used.invitation, used.key_sha256)
            case _:
                return None
    except ValueError as error:
        raise Unreadable(f"an entry with a body that makes no sense: {error}") from error


def encode(body: Body, request: RequestKey | None = None) -> bytes:
    """Serialise a body, and the request that it begins, for `Entry.raw`."""
    message = body_to_proto(body)
    if request is not None:
        message.request.caller = request.caller
        message.request.id = request.id
        message.request.digest = request.digest
        message.request.count = request.count
    return message.SerializeToString()


def request_from_proto(message: pb.Entry) -> RequestKey | None:
    """Return the request that an entry begins, or None."""
    if not message.HasField("request"):
        return None
    key = message.request
    return RequestKey(key.caller, key.id, key.digest, max(1, min(key.count, MOST_ENTRIES)))


def decode(origin: str, sequence: int, stamp: int, raw: bytes) -> Entry:
    """Return an entry from its envelope and bytes. Raises Unreadable."""
    try:
        message = pb.Entry.FromString(raw)
    except Exception as error:  # protobuf's DecodeError has no common public base across backends
        raise Unreadable("bytes that are not an entry") from error
    body, request = body_from_proto(message), request_from_proto(message)
    return Entry(origin, sequence, stamp, body, raw, request)
