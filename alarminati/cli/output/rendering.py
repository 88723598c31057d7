"""How alarms and what becomes of them look: a line for people, keys for programs.

JSON keys are promises to scripts. Times are UTC in JSON and local for people. What reporters wrote
may hold anything, so nothing of it reaches a terminal unprintable.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import click

from alarminati.cli.output.ages import age
from alarminati.cli.output.columns import cut, padded
from alarminati.cli.output.terminal import in_words, translated
from alarminati.client import (
    Action,
    ActionKind,
    Alarm,
    DeadLetterDiscard,
    DeliveryAttempt,
    DeliveryCause,
    EntryId,
    IntervalText,
    Mark,
    Notification,
    NotificationItem,
    NotificationReason,
    Record,
    Result,
    Severity,
    Silence,
)
from alarminati.core.model.entries import Body

Json = dict[str, Any]

_AGE: Final = 6  # columns
_COLOURS: Mapping[Severity, Mapping[str, Any]] = {
    Severity.CRITICAL: {"fg": "red", "bold": True},
    Severity.ERROR: {"fg": "red"},
    Severity.WARNING: {"fg": "yellow"},
    Severity.INFO: {"fg": "blue"},
}


def styled(text: str, severity: Severity) -> str:
    """Return the text in the colour of a severity."""
    return click.style(text, **_COLOURS[severity])


def moment(milliseconds: int) -> str:
    """A time for people: local, to the second, with its offset from UTC."""
    try:
        when = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return f"@{milliseconds}"
    return when.isoformat(" ", "seconds")


def iso(milliseconds: int) -> str | None:
    """A time for programs: RFC 3339 in UTC. None for 0, which means there is none."""
    if not milliseconds:
        return None
    try:
        when = datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, OSError, ValueError):
        return None
    return when.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}Z"


def printable(text: str) -> str:
    """Text on one line that cannot steer a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else " " if c in "\n\t" else "�" for c in text)


def state(firing: bool) -> str:
    """As JSON calls it."""
    return "firing" if firing else "resolved"


def alarm_json(alarm: Alarm, project: str) -> Json:
    """What a reporter said."""
    return {
        "timestamp": iso(alarm.timestamp),
        "severity": alarm.severity.name,
        "state": state(not alarm.resolved),
        "project": project,
        "message": alarm.message,
        "labels": dict(alarm.labels),
        "annotations": dict(alarm.annotations),
        "key": alarm.key,
        "link": alarm.link,
        "source": alarm.source,
    }


def record_type(record: Record) -> str:
    """As JSON calls it."""
    return _word(record.body)


def _word(body: Body) -> str:
    return re.sub("(?<=.)(?=[A-Z])", "_", type(body).__name__).lower()


def record_json(record: Record) -> Json:
    """A record of any kind, told apart by `type`."""
    id, time = str(record.id), iso(record.at)
    match record.body:
        case Alarm() as alarm:
            head: Json = {"type": "alarm", "id": id, "time": time}
            head["fingerprint"] = record.fingerprint
            return head | alarm_json(alarm, record.project)
        case Action() as ack:
            head = {"type": "action", "id": id, "time": time, "kind": ack.kind.name.lower()}
            head["fingerprints"] = list(ack.fingerprints)
            who = {"created_by": ack.created_by, "comment": ack.comment}
            return head | who | {"assignee": ack.assignee or None}
        case Notification() as notice:
            head = {"type": "notification", "id": id, "time": time, "channel": notice.channel}
            items = [_item_json(item) for item in notice.items]
            dead_letter = str(notice.dead_letter) if notice.dead_letter else None
            return head | {
                "items": items,
                "idempotency_key": notice.key,
                "dead_letter_id": dead_letter,
            }
        case DeliveryAttempt() as outcome:
            return {"type": "delivery_attempt", "id": id, "time": time} | _outcome_json(outcome)
        case Silence() as silence:
            told = silence_json(silence)
            head = {"type": "silence", "id": id, "time": time, "silence": told.pop("id")}
            return head | told
        case Mark() as mark:
            return {"type": "mark", "id": id, "time": time} | mark_json(mark, record.project)
        case DeadLetterDiscard() as discard:
            return {
                "type": "dead_letter_discard",
                "id": id,
                "time": time,
                "notification_ids": list(map(str, discard.notifications)),
                "created_by": discard.created_by,
                "comment": discard.comment,
            }
        case body:  # between replicas only: no agent sends them
            return {"type": _word(body), "id": id, "time": time}


def _item_json(item: NotificationItem) -> Json:
    return {
        "alarm_id": str(item.alarm),
        "fingerprint": item.fingerprint,
        "state": state(not item.resolved),
        "reason": item.reason.name.lower(),
        "reminder_number": item.reminder_number,
    }


def _outcome_json(outcome: DeliveryAttempt) -> Json:
    return {
        "notification_id": str(outcome.notification),
        "result": outcome.result.name.lower(),
        "cause": outcome.cause.name.lower() if outcome.cause else None,
        "attempt": outcome.attempt,
        "replica": outcome.replica,
        "duration_ms": outcome.duration,
        "retry_after_ms": outcome.retry_after or None,
        "detail": outcome.detail,
        "message_id": outcome.message_id or None,
    }


def silence_json(silence: Silence) -> Json:
    """A silence."""
    return {
        "id": silence.id,
        "matchers": list(silence.matchers),
        "start_time": iso(silence.start_time),
        "end_time": iso(silence.end_time),
        "created_by": silence.created_by,
        "comment": silence.comment,
        "intervals": [_interval_json(each) for each in silence.intervals],
    }


def mark_json(mark: Mark, project: str) -> Json:
    """A mark; `project` is that of marks which name none."""
    return {
        "message": mark.message,
        "start_time": iso(mark.start_time),
        "end_time": iso(mark.end_time),
        "project": mark.project or project,
        "labels": dict(mark.labels),
        "link": mark.link,
        "created_by": mark.created_by,
    }


def mark_line(mark: Mark, project: str) -> str:
    """One line: when, which project, what, what about, and who marked it."""
    when = moment(mark.start_time)
    until = translated("until {time}", time=moment(mark.end_time)) if mark.end_time else ""
    about = " ".join(f"{name}={value}" for name, value in mark.labels)
    parts = [mark.project or project, f"● {mark.message}", about, mark.link]
    by = translated("marked by {by}", by=printable(mark.created_by))
    told = [printable(part) for part in parts if part]
    return "  ".join([when, *told, *([until] if until else []), click.style(by, dim=True)])


def _interval_json(text: IntervalText) -> Json:
    return {
        "times": [{"start_time": start, "end_time": end} for start, end in text.times],
        "weekdays": list(text.weekdays),
        "days_of_month": list(text.days_of_month),
        "months": list(text.months),
        "years": list(text.years),
        "location": text.location or "UTC",
    }


def alarm_line(alarm: Alarm, project: str, when: int, width: int = 0, now: int = 0) -> str:
    """One line: when, how bad, where, what, and what about. `width` bounds what was reported.

    With `now` the time is an age.
    """
    if alarm.resolved:
        word = click.style(translated("RESOLVED"), fg="green")
    else:
        word = styled(f"{alarm.severity.name:8}", alarm.severity)
    return " ".join(
        part
        for part in (
            padded(age(max(0, now - when)), _AGE) if now else moment(when),
            word,
            click.style(printable(project), bold=True),
            cut(printable(alarm.message), width),
            click.style(cut(pairs(alarm.labels), width), dim=True) if alarm.labels else "",
        )
        if part
    )


def record_line(
    record: Record, channel_of: Callable[[EntryId], str | None] = lambda id: None
) -> str:
    """One line for a record of any kind; `channel_of` says where a notice went."""
    when = moment(record.at)
    match record.body:
        case Alarm() as alarm:
            return alarm_line(alarm, record.project, alarm.timestamp)
        case Action() as ack:
            said = f": {printable(ack.comment)}" if ack.comment else ""
            by = printable(ack.created_by)
            return (
                f"{when} {_action(ack, by)}{said} ({', '.join(map(printable, ack.fingerprints))})"
            )
        case Notification() as notice:
            told = ", ".join(_item(item) for item in notice.items)
            to = translated("to be sent to {channel}", channel=printable(notice.channel))
            return f"{when} {to}: {told}"
        case DeliveryAttempt() as outcome:
            return f"{when} {_outcome(outcome, channel_of(outcome.notification) or '')}"
        case Silence() as silence:
            return f"{when} {_silence(silence, record.at)}"
        case Mark() as mark:
            return mark_line(mark, record.project)
        case DeadLetterDiscard() as discard:
            said = f": {printable(discard.comment)}" if discard.comment else ""
            who = translated("dead letters discarded by {by}", by=printable(discard.created_by))
            return f"{when} {who}{said} ({', '.join(map(str, discard.notifications))})"
        case body:
            return f"{when} {_word(body)}"


def _action(action: Action, by: str) -> str:
    match action.kind:
        case ActionKind.ACKNOWLEDGE:
            return translated("acknowledged by {by}", by=by)
        case ActionKind.UNACKNOWLEDGE:
            return translated("acknowledgement taken back by {by}", by=by)
        case ActionKind.ASSIGN if action.assignee:
            return translated("assigned to {name} by {by}", name=printable(action.assignee), by=by)
        case ActionKind.ASSIGN:
            return translated("assigned to nobody by {by}", by=by)
        case ActionKind.NOTE | ActionKind.UNSPECIFIED:
            return translated("note by {by}", by=by)


def _item(item: NotificationItem) -> str:
    match item.reason:
        case NotificationReason.REMINDER:
            what = translated(
                "still firing ({reminder_number})", reminder_number=item.reminder_number
            )
        case NotificationReason.ACKNOWLEDGED:
            what = translated("acknowledged")
        case NotificationReason.SEVERITY_RAISED:
            what = translated("severity raised")
        case _:
            what = translated("resolved") if item.resolved else translated("firing")
    return f"{item.alarm} {what}"


def _outcome(outcome: DeliveryAttempt, channel: str) -> str:
    """Where, what kind of answer, which attempt by whom, how long it took, and what was said."""
    parts = [f"{printable(channel)}:"] if channel else []
    parts.append(result_text(outcome.result))
    if outcome.cause is not DeliveryCause.NONE:
        parts.append(f"[{cause_text(outcome.cause)}]")
    attempt = translated("attempt {number}", number=outcome.attempt)
    parts.append(f"({attempt}, {printable(outcome.replica)}, {outcome.duration} ms)")
    if outcome.retry_after:
        seconds = f"{outcome.retry_after / 1000:g}"
        parts.append(translated("again in {seconds} s", seconds=seconds))
    said = f": {printable(in_words(outcome.detail))}" if outcome.detail else ""
    receipt = f" <{printable(outcome.message_id)}>" if outcome.message_id else ""
    return " ".join(parts) + said + receipt


def result_text(result: Result) -> str:
    """Return a word for the meaning of a channel's answer."""
    match result:
        case Result.DELIVERED:
            return translated("delivered")
        case Result.RETRY:
            return translated("retry")
        case Result.FAILED:
            return translated("failed")


def cause_text(cause: DeliveryCause) -> str:
    """Why an attempt failed, in a word or two."""
    match cause:
        case DeliveryCause.UNREACHABLE:
            return translated("unreachable")
        case DeliveryCause.RATE_LIMITED:
            return translated("rate limited")
        case DeliveryCause.QUOTA_EXCEEDED:
            return translated("quota exceeded")
        case DeliveryCause.MISCONFIGURED:
            return translated("misconfigured")
        case DeliveryCause.REJECTED:
            return translated("rejected")
        case DeliveryCause.EXPIRED:
            return translated("given up")
        case DeliveryCause.CHANNEL_REMOVED:
            return translated("channel removed")
        case DeliveryCause.NONE:
            return ""


def _silence(silence: Silence, at: int) -> str:
    what = printable(", ".join(silence.matchers))
    if silence.end_time <= at:
        # On a stream it may have run out long before it is read: nobody need have ended it.
        return (
            translated("silence by {by} is over", by=printable(silence.created_by)) + f" ({what})"
        )
    said = f": {printable(silence.comment)}" if silence.comment else ""
    until = moment(silence.end_time)
    by = translated("silenced by {by} until {until}", by=printable(silence.created_by), until=until)
    return f"{by}{said} ({what})"


def pairs(items: Iterable[tuple[str, str]]) -> str:
    """Labels for people."""
    return " ".join(f"{printable(name)}={printable(value)}" for name, value in items)
