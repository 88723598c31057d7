"""Codec: core entries to proto messages and back.

`Entry.raw` is a serialised proto `Entry` with only the body. The replica that accepts the fact
serialises it once, and the bytes are equal on every disk and link.
"""

from __future__ import annotations

from collections.abc import Mapping

from alarminati.core.model.entries import (
    Action,
    ActionKind,
    Alarm,
    Body,
    DeadLetterDiscard,
    DeliveryAttempt,
    DeliveryCause,
    Entry,
    EntryId,
    HeartbeatSeen,
    IntervalText,
    Invitation,
    Mark,
    Notification,
    NotificationItem,
    NotificationReason,
    Pairs,
    Redemption,
    RequestKey,
    Result,
    Revocation,
    Sealed,
    Severity,
    Signal,
    Silence,
    UnknownInternal,
)
from alarminati.journal.v1 import entry_pb2 as journal
from alarminati.v1 import alarm_pb2, mark_pb2, notification_pb2, record_pb2, silence_pb2
from alarminati.wire.roles import role_from_proto, role_to_proto

MOST_ENTRIES = 4096  # upper bound for one request, whatever an entry says

PUBLIC = 31  # last number of a field of an entry that subscribers see

_SEVERITIES = {severity.value: severity for severity in Severity}
_CAUSES = frozenset(int(cause) for cause in DeliveryCause)
_KINDS = frozenset(int(kind) for kind in ActionKind)
_REASONS = frozenset(int(reason) for reason in NotificationReason)
_SIGNALS = frozenset(int(signal) for signal in Signal)
_RESULTS = frozenset(int(result) for result in Result)


class Unreadable(ValueError):
    """Bytes that are no entry body."""


def pairs(mapping: Mapping[str, str]) -> Pairs:
    """Return the labels of a message, sorted."""
    return tuple(sorted(mapping.items())) if mapping else ()


def alarm_from_proto(message: alarm_pb2.Alarm) -> Alarm:
    """The stored form of an alarm; not for reports, which go through `intake` first."""
    return Alarm(
        message.message,
        _SEVERITIES.get(message.severity) or Severity.at(message.severity),
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


def alarm_to_proto(alarm: Alarm) -> alarm_pb2.Alarm:
    """The message for a stored alarm."""
    return alarm_pb2.Alarm(
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


def body_to_proto(body: Body) -> journal.Entry:
    """A proto entry with nothing but this body."""
    match body:
        case Alarm():
            return journal.Entry(alarm=alarm_to_proto(body))
        case Action():
            return journal.Entry(action=_action_to_proto(body))
        case Notification():
            return journal.Entry(notification=_notification_to_proto(body))
        case DeliveryAttempt():
            return journal.Entry(delivery_attempt=_attempt_to_proto(body))
        case Silence():
            return journal.Entry(silence=silence_to_proto(body))
        case Mark():
            return journal.Entry(mark=mark_to_proto(body))
        case DeadLetterDiscard():
            return journal.Entry(dead_letter_discard=_discard_to_proto(body))
        case Sealed():
            return journal.Entry(
                sealed=journal.Sealed(
                    name=body.name, ciphertext=body.ciphertext, created_by=body.created_by
                )
            )
        case Revocation():
            return journal.Entry(
                revocation=journal.Revocation(
                    role=role_to_proto(body.role),
                    name=body.name,
                    created_by=body.created_by,
                    comment=body.comment,
                    undone=body.undone,
                )
            )
        case Invitation():
            return journal.Entry(
                invitation=journal.Invitation(
                    id=body.id,
                    role=role_to_proto(body.role),
                    name=body.name,
                    end_time_ms=body.end_time,
                    validity_days=body.validity_days,
                    created_by=body.created_by,
                    cancelled=body.cancelled,
                    comment=body.comment,
                )
            )
        case Redemption():
            used = journal.Redemption(invitation_id=body.invitation, key_sha256=body.key_sha256)
            return journal.Entry(redemption=used)
        case HeartbeatSeen():
            return journal.Entry(
                heartbeat_seen=journal.HeartbeatSeen(
                    name=body.name, signal=body.signal, time_ms=body.time, comment=body.comment
                )
            )
        case UnknownInternal():
            raise ValueError("a fact of a later version cannot be written, only passed on")


def _action_to_proto(action: Action) -> alarm_pb2.Action:
    return alarm_pb2.Action(
        kind=action.kind.value,  # type: ignore[arg-type]
        fingerprints=action.fingerprints,
        created_by=action.created_by,
        comment=action.comment,
        assignee=action.assignee,
    )


def _notification_to_proto(told: Notification) -> notification_pb2.Notification:
    return notification_pb2.Notification(
        channel=told.channel,
        items=[
            notification_pb2.NotificationItem(
                alarm_id=str(item.alarm),
                fingerprint=item.fingerprint,
                resolved=item.resolved,
                reason=item.reason.value,  # type: ignore[arg-type]
                reminder_number=item.reminder_number,
            )
            for item in told.items
        ],
        idempotency_key=told.key,
        dead_letter_id=str(told.dead_letter) if told.dead_letter else "",
    )


def _attempt_to_proto(attempt: DeliveryAttempt) -> notification_pb2.DeliveryAttempt:
    return notification_pb2.DeliveryAttempt(
        notification_id=str(attempt.notification),
        result=attempt.result.value,  # type: ignore[arg-type]
        attempt=attempt.attempt,
        replica=attempt.replica,
        duration_ms=attempt.duration,
        detail=attempt.detail,
        message_id=attempt.message_id,
        retry_after_ms=attempt.retry_after,
        cause=attempt.cause.value,  # type: ignore[arg-type]
    )


def _discard_to_proto(discard: DeadLetterDiscard) -> notification_pb2.DeadLetterDiscard:
    return notification_pb2.DeadLetterDiscard(
        notification_ids=map(str, discard.notifications),
        created_by=discard.created_by,
        comment=discard.comment,
    )


def silence_to_proto(silence: Silence) -> silence_pb2.Silence:
    """The message for a silence."""
    return silence_pb2.Silence(
        id=silence.id,
        matchers=silence.matchers,
        start_time_ms=silence.start_time,
        end_time_ms=silence.end_time,
        created_by=silence.created_by,
        comment=silence.comment,
        intervals=map(_interval_to_proto, silence.intervals),
    )


def mark_to_proto(mark: Mark) -> mark_pb2.Mark:
    """Return the message of a mark."""
    return mark_pb2.Mark(
        message=mark.message,
        start_time_ms=mark.start_time,
        end_time_ms=mark.end_time,
        project=mark.project,
        labels=dict(mark.labels),
        link=mark.link,
        created_by=mark.created_by,
    )


def mark_from_proto(message: mark_pb2.Mark) -> Mark:
    """Return a mark from its message."""
    return Mark(
        message.message,
        message.start_time_ms,
        message.end_time_ms,
        message.project,
        pairs(message.labels),
        message.link,
        message.created_by,
    )


def _interval_to_proto(text: IntervalText) -> silence_pb2.TimeInterval:
    return silence_pb2.TimeInterval(
        times=(silence_pb2.TimeRange(start_time=start, end_time=end) for start, end in text.times),
        weekdays=text.weekdays,
        days_of_month=text.days_of_month,
        months=text.months,
        years=text.years,
        location=text.location,
    )


def _interval(message: silence_pb2.TimeInterval) -> IntervalText:
    return IntervalText(
        tuple((each.start_time, each.end_time) for each in message.times),
        tuple(message.weekdays),
        tuple(message.days_of_month),
        tuple(message.months),
        tuple(message.years),
        message.location,
    )


def _action(message: alarm_pb2.Action) -> Action:
    kind = message.kind if message.kind in _KINDS else 0
    prints = tuple(message.fingerprints[:MOST_ENTRIES])
    who, comment, assignee = message.created_by, message.comment, message.assignee
    return Action(ActionKind(kind), prints, who, comment, assignee)


def _notification(message: notification_pb2.Notification) -> Notification:
    items = tuple(
        NotificationItem(
            EntryId.parse(item.alarm_id),
            item.fingerprint,
            item.resolved,
            NotificationReason(item.reason if item.reason in _REASONS else 1),
            item.reminder_number,
        )
        for item in message.items
    )
    dead_letter = EntryId.parse(message.dead_letter_id) if message.dead_letter_id else None
    return Notification(message.channel, items, message.idempotency_key, dead_letter)


def _attempt(message: notification_pb2.DeliveryAttempt) -> DeliveryAttempt:
    return DeliveryAttempt(
        EntryId.parse(message.notification_id),
        Result(message.result) if message.result in _RESULTS else Result.RETRY,
        message.attempt,
        message.replica,
        message.duration_ms,
        message.detail,
        message.message_id,
        max(0, message.retry_after_ms),
        DeliveryCause(message.cause) if message.cause in _CAUSES else DeliveryCause.NONE,
    )


def _discard(message: notification_pb2.DeadLetterDiscard) -> DeadLetterDiscard:
    ids = tuple(map(EntryId.parse, message.notification_ids[:MOST_ENTRIES]))
    return DeadLetterDiscard(ids, message.created_by, message.comment)


def silence_from_proto(message: silence_pb2.Silence) -> Silence:
    """A silence from its message."""
    return Silence(
        message.id,
        tuple(message.matchers),
        message.start_time_ms,
        message.end_time_ms,
        message.created_by,
        message.comment,
        tuple(map(_interval, message.intervals)),
    )


def record_body(message: record_pb2.Record | journal.Entry) -> Body | None:
    """The body of a record; None for one of a later version. Raises Unreadable."""
    try:
        match message.WhichOneof("body"):
            case "alarm":
                return alarm_from_proto(message.alarm)
            case "action":
                return _action(message.action)
            case "notification":
                return _notification(message.notification)
            case "delivery_attempt":
                return _attempt(message.delivery_attempt)
            case "silence":
                return silence_from_proto(message.silence)
            case "mark":
                return mark_from_proto(message.mark)
            case "dead_letter_discard":
                return _discard(message.dead_letter_discard)
            case _:
                return None
    except ValueError as error:
        raise Unreadable(f"an entry with a body that makes no sense: {error}") from error


def body_from_proto(message: journal.Entry) -> Body | None:
    """The body of an entry; None for a public one of a later version. Raises Unreadable."""
    match message.WhichOneof("body"):
        case "sealed":
            sealed = message.sealed
            return Sealed(sealed.name, sealed.ciphertext, sealed.created_by)
        case "revocation":
            said = message.revocation
            role = role_from_proto(said.role)
            return Revocation(role, said.name, said.created_by, said.comment, said.undone)
        case "invitation":
            made = message.invitation
            return Invitation(
                made.id,
                role_from_proto(made.role),
                made.name,
                made.end_time_ms,
                made.validity_days,
                made.created_by,
                made.cancelled,
                made.comment,
            )
        case "redemption":
            return Redemption(message.redemption.invitation_id, message.redemption.key_sha256)
        case "heartbeat_seen":
            beat = message.heartbeat_seen
            if beat.signal not in _SIGNALS:
                return UnknownInternal()
            return HeartbeatSeen(beat.name, Signal(beat.signal), beat.time_ms, beat.comment)
        case _:
            return record_body(message)


def public_part(raw: bytes) -> bytes:
    """The fields of a serialised entry that subscribers may see, byte for byte: 1 to 31.

    Also of an entry of a later version, whose fields nothing here can name. Raises Unreadable.
    """
    kept: list[bytes] = []
    at = 0
    while at < len(raw):
        start = at
        tag, at = _varint(raw, at)
        kind = tag & 7
        if kind == 0:
            _, at = _varint(raw, at)
        elif kind == 2:
            length, at = _varint(raw, at)
            at += length
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        else:
            raise Unreadable("bytes that are not an entry")
        if tag >> 3 <= PUBLIC:
            if start == 0 and at == len(raw):
                return raw
            kept.append(raw[start:at])
    return b"".join(kept)


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(raw) and shift < 64:
        byte = raw[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
    raise Unreadable("bytes that are not an entry")


def encode(body: Body, request: RequestKey | None = None) -> bytes:
    """Serialise a body, and the request that it begins, for `Entry.raw`."""
    message = body_to_proto(body)
    if request is not None:
        message.request.caller = request.caller
        message.request.id = request.id
        message.request.digest = request.digest
        message.request.count = request.count
    return message.SerializeToString()


def request_from_proto(message: journal.Entry) -> RequestKey | None:
    """The request that an entry begins, if it is one of a request with an id."""
    if not message.HasField("request"):
        return None
    key = message.request
    return RequestKey(key.caller, key.id, key.digest, max(1, min(key.count, MOST_ENTRIES)))


def decode(origin: str, sequence: int, stamp: int, raw: bytes) -> Entry:
    """Return an entry from its envelope and bytes. Raises Unreadable."""
    try:
        message = journal.Entry.FromString(raw)
    except Exception as error:  # protobuf's DecodeError has no common public base across backends
        raise Unreadable("bytes that are not an entry") from error
    body, request = body_from_proto(message), request_from_proto(message)
    if body is None and raw and not public_part(raw):
        body = UnknownInternal()
    return Entry(origin, sequence, stamp, body, raw, request)
