"""Core entries to proto messages and back.

`Entry.raw` is a serialised proto `Entry` with nothing but its body; it is made once, by the replica
that accepts the fact, and is the same bytes on every disk and link.
"""

from __future__ import annotations

from collections.abc import Mapping

from alarminati.core.entries import (
    Acknowledgement,
    Alarm,
    Body,
    Entry,
    EntryId,
    Notice,
    NoticeItem,
    Outcome,
    Pairs,
    Result,
    Severity,
)
from alarminati.v1 import alarm_pb2 as pb


class Unreadable(ValueError):
    """Bytes that are no entry body."""


def pairs(mapping: Mapping[str, str]) -> Pairs:
    """Labels of a message, sorted."""
    return tuple(sorted(mapping.items())) if mapping else ()


def alarm_from_proto(message: pb.Alarm) -> Alarm:
    """The stored form of an alarm; not for reports, which go through `intake` first."""
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
        message.request_id,
    )


def alarm_to_proto(alarm: Alarm) -> pb.Alarm:
    """The message for a stored alarm."""
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
        request_id=alarm.request_id,
    )


def body_to_proto(body: Body) -> pb.Entry:
    """A proto entry with nothing but this body."""
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
            items = [
                pb.NoticeItem(
                    alarm_id=str(item.alarm), fingerprint=item.fingerprint, resolved=item.resolved
                )
                for item in body.items
            ]
            return pb.Entry(notice=pb.Notice(channel=body.channel, items=items, key=body.key))
        case Outcome():
            return pb.Entry(
                outcome=pb.Outcome(
                    notice_id=str(body.notice),
                    result=body.result.value,  # type: ignore[arg-type]
                    attempt=body.attempt,
                    replica=body.replica,
                    duration_ms=body.duration,
                    detail=body.detail,
                )
            )


def _notice(message: pb.Notice) -> Notice:
    items = tuple(
        NoticeItem(EntryId.parse(item.alarm_id), item.fingerprint, item.resolved)
        for item in message.items
    )
    return Notice(message.channel, items, message.key)


def _outcome(message: pb.Outcome) -> Outcome:
    return Outcome(
        EntryId.parse(message.notice_id),
        Result(message.result),
        message.attempt,
        message.replica,
        message.duration_ms,
        message.detail,
    )


def body_from_proto(message: pb.Entry) -> Body | None:
    """The body of a proto entry; None for one of a later version. Raises Unreadable."""
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
            case _:
                return None
    except ValueError as error:
        raise Unreadable(f"an entry with a body that makes no sense: {error}") from error


def encode(body: Body) -> bytes:
    """A body as bytes, for `Entry.raw`."""
    return body_to_proto(body).SerializeToString()


def decode(origin: str, sequence: int, stamp: int, raw: bytes) -> Entry:
    """An entry from its envelope and bytes. Raises Unreadable."""
    try:
        message = pb.Entry.FromString(raw)
    except Exception as error:  # protobuf's DecodeError has no common public base across backends
        raise Unreadable("bytes that are not an entry") from error
    return Entry(origin, sequence, stamp, body_from_proto(message), raw)
