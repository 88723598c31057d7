"""Reports in proto messages, for every gRPC door.

Not in `codec`: that reads what was validated before it was stored, this reads what was not.
"""

from __future__ import annotations

from alarminati.core.model.entries import Alarm, Severity
from alarminati.core.model.validation import ALARM_SIZE, Invalid, check
from alarminati.v1 import alarm_pb2 as pb
from alarminati.wire.codec import pairs


def report_from_proto(message: pb.Alarm, now: int, source: str, size: int = ALARM_SIZE) -> Alarm:
    """Return a validated alarm from a report; `now` is milliseconds since 1970 UTC.

    `source` replaces the source in the message; texts may take `size` bytes. Raises Invalid, whose
    field is named as in alarm.proto.
    """
    if message.severity < 0:
        raise Invalid("severity", f"is {message.severity}; send 20 (INFO) to 50 (CRITICAL)")
    severity = Severity.at(message.severity) if message.severity else Severity.WARNING
    alarm = Alarm(
        message.message,
        severity,
        message.timestamp_ms,
        message.resolved,
        pairs(message.labels),
        message.project,
        message.key,
        pairs(message.annotations),
        message.link,
        source,
        message.ttl_seconds,
    )
    try:
        return check(alarm, now, size)
    except Invalid as error:
        if error.field == "timestamp":
            raise Invalid("timestamp_ms", error.problem) from None
        raise
