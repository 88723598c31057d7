"""Alarms as they stand: a line for people, keys for programs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import click

from alarminati.cli.output.rendering import (
    Json,
    alarm_json,
    alarm_line,
    iso,
    moment,
    printable,
    state,
)
from alarminati.cli.output.terminal import translated
from alarminati.client import (
    Acknowledgement,
    AlarmStatus,
    ChannelDelivery,
    EndReason,
    Mute,
    MuteReason,
)


def status_json(status: AlarmStatus) -> Json:
    """Return the keys of an alarm as it stands: of its last report, then of its episode."""
    ack = status.acknowledgement
    return (
        {"id": str(status.id), "fingerprint": status.fingerprint}
        | alarm_json(status.alarm, status.alarm.project)
        | {
            "state": state(status.firing),
            "worst_severity": status.severity.name,
            "start_time": iso(status.start_time),
            "end_time": iso(status.end_time),
            "last_report_time": iso(status.last_report_time),
            "report_count": status.report_count,
            "daily_start_count": status.daily_start_count,
            "acknowledgement": _acknowledgement_json(ack) if ack else None,
            "assignee": status.assignee or None,
            "note_count": status.note_count,
            "mutes": [mute_json(each) for each in status.mutes],
            "deliveries": [delivery_json(each) for each in status.deliveries],
            "end_reason": _end_reason(status),
        }
    )


def _end_reason(status: AlarmStatus) -> str | None:
    told = status.end_reason is not EndReason.UNSPECIFIED
    return status.end_reason.name.lower() if told else None


def _acknowledgement_json(ack: Acknowledgement) -> Json:
    return {
        "created_by": ack.created_by,
        "create_time": iso(ack.create_time),
        "comment": ack.comment,
    }


def mute_json(mute: Mute) -> Json:
    """Return the keys of a mute."""
    return {
        "reason": mute.reason.value,
        "subject": mute.subject or None,
        "created_by": mute.created_by or None,
        "comment": mute.comment or None,
        "end_time": iso(mute.end_time),
        "summary": mute.summary,
    }


def delivery_json(delivery: ChannelDelivery) -> Json:
    """Return the keys of an alarm on one channel."""
    return {
        "channel": delivery.channel,
        "state": delivery.state.name.lower() if delivery.state else None,
        "update_time": iso(delivery.update_time),
        "cause": delivery.cause.name.lower() if delivery.cause else None,
        "reason": delivery.reason.value if delivery.reason else None,
        "next_time": iso(delivery.next_time),
        "mute": mute_json(delivery.mute) if delivery.mute else None,
    }


def skipped_json(skipped: Iterable[tuple[str, str]]) -> list[Json]:
    """Return the keys of alarms that were left as they are."""
    return [{"id": id, "reason": reason} for id, reason in skipped]


def status_line(status: AlarmStatus, width: int = 0, now: int = 0) -> str:
    """Return one line for an alarm as it stands, its id last so that it can be copied.

    With `now` its time is an age.
    """
    alarm = replace(status.alarm, resolved=not status.firing)
    parts = [alarm_line(alarm, alarm.project, status.start_time, width, now)]
    if status.report_count > 1:
        parts.append(f"×{status.report_count}")
    if status.severity > alarm.severity:
        parts.append(translated("was {severity}", severity=status.severity.name))
    if status.end_reason is EndReason.BY_HAND:
        parts.append(translated("ended by hand"))
    if status.acknowledgement:
        parts.append(
            translated("acknowledged by {by}", by=printable(status.acknowledgement.created_by))
        )
    if status.assignee:
        parts.append(translated("assigned to {name}", name=printable(status.assignee)))
    if status.note_count:
        parts.append(translated("notes: {count}", count=status.note_count))
    for mute in status.mutes[:1]:
        parts.append(translated("not told: {why}", why=printable(mute_text(mute))))
    return "  ".join([*parts, click.style(str(status.id), dim=True)])


def mute_text(mute: Mute) -> str:
    """Return what mutes an alarm, and until when."""
    until = moment(mute.end_time)
    match mute.reason:
        case MuteReason.SILENCED:
            said = f": {mute.comment}" if mute.comment else ""
            by = mute.created_by
            return translated("silenced by {by} until {until}", by=by, until=until) + said
        case MuteReason.INHIBITED if mute.subject:
            return translated("inhibited by alarm {fingerprint}", fingerprint=mute.subject)
        case MuteReason.INHIBITED:
            return translated("inhibited until {until} by an alarm that is over", until=until)
        case MuteReason.TIME_INTERVAL:
            return translated(
                "quiet hours ({names}) until {until} at least", names=mute.subject, until=until
            )
        case MuteReason.FLAPPING:
            return translated("it comes and goes; quiet until {until}", until=until)
        case MuteReason.UNKNOWN:
            return mute.summary
