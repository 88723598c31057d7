"""How alarms and what becomes of them look: a line for people, keys for programs.

JSON keys are promises to scripts. Times are UTC in JSON and local for people. What reporters wrote
may hold anything, so nothing of it reaches a terminal unprintable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import click

from alarminati.cli.output import translated
from alarminati.client import (
    Acknowledgement,
    Alarm,
    AlarmStatus,
    Notice,
    Outcome,
    Record,
    Severity,
)
from alarminati.core.entries import Silence

Json = dict[str, Any]

_COLOURS: Mapping[Severity, Mapping[str, Any]] = {
    Severity.CRITICAL: {"fg": "red", "bold": True},
    Severity.ERROR: {"fg": "red"},
    Severity.WARNING: {"fg": "yellow"},
    Severity.INFO: {"fg": "blue"},
}


def moment(milliseconds: int) -> str:
    """A time for people: local, to the second."""
    try:
        when = datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone()
    except (OverflowError, OSError, ValueError):
        return f"@{milliseconds}"
    return when.strftime("%Y-%m-%d %H:%M:%S")


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
        "time": iso(alarm.timestamp),
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


def record_json(record: Record) -> Json:
    """A record of any kind, told apart by `type`."""
    id, time = str(record.id), iso(record.at)
    match record.body:
        case Alarm() as alarm:
            head: Json = {"type": "alarm", "id": id, "fingerprint": record.fingerprint}
            return head | alarm_json(alarm, record.project)
        case Acknowledgement() as ack:
            head = {"type": "acknowledgement", "id": id, "fingerprint": ack.fingerprint}
            return head | {"time": time, "by": ack.by, "comment": ack.comment}
        case Notice() as notice:
            items = [
                {
                    "alarm": str(item.alarm),
                    "fingerprint": item.fingerprint,
                    "state": state(not item.resolved),
                }
                for item in notice.items
            ]
            head = {"type": "notice", "id": id, "time": time, "channel": notice.channel}
            return head | {"items": items, "key": notice.key}
        case Outcome() as outcome:
            return {
                "type": "outcome",
                "id": id,
                "time": time,
                "notice": str(outcome.notice),
                "result": outcome.result.name.lower(),
                "attempt": outcome.attempt,
                "replica": outcome.replica,
                "duration_ms": outcome.duration,
                "cause": outcome.cause.name.lower(),
                "detail": outcome.detail,
            }
        case Silence() as silence:
            return {
                "type": "silence",
                "id": id,
                "time": time,
                "silence": silence.id,
                "matchers": list(silence.matchers),
                "starts": iso(silence.starts),
                "ends": iso(silence.ends),
                "by": silence.by,
                "comment": silence.comment,
            }
        case body:  # between replicas only: no agent sends them
            return {"type": type(body).__name__.lower(), "id": id, "time": time}


def alarm_line(alarm: Alarm, project: str, when: int) -> str:
    """One line: when, how bad, where, what, and what about."""
    if alarm.resolved:
        word = click.style("RESOLVED", fg="green")
    else:
        word = click.style(f"{alarm.severity.name:8}", **_COLOURS[alarm.severity])
    return " ".join(
        part
        for part in (
            moment(when),
            word,
            click.style(printable(project), bold=True),
            printable(alarm.message),
            click.style(pairs(alarm.labels), dim=True) if alarm.labels else "",
        )
        if part
    )


def record_line(record: Record) -> str:
    """One line for a record of any kind."""
    when = moment(record.at)
    match record.body:
        case Alarm() as alarm:
            return alarm_line(alarm, record.project, alarm.timestamp)
        case Acknowledgement() as ack:
            said = f": {printable(ack.comment)}" if ack.comment else ""
            by = translated("acknowledged by {by}", by=printable(ack.by))
            return f"{when} {by}{said} ({ack.fingerprint})"
        case Notice() as notice:
            told = ", ".join(f"{item.alarm} {state(not item.resolved)}" for item in notice.items)
            to = translated("to be sent to {channel}", channel=printable(notice.channel))
            return f"{when} {to}: {told}"
        case Outcome() as outcome:
            return f"{when} {_outcome(outcome)}"
        case Silence() as silence:
            what = printable(", ".join(silence.matchers))
            said = f": {printable(silence.comment)}" if silence.comment else ""
            until = moment(silence.ends)
            by = translated("silenced by {by} until {until}", by=printable(silence.by), until=until)
            return f"{when} {by}{said} ({what})"
        case body:
            return f"{when} {type(body).__name__.lower()}"


def _outcome(outcome: Outcome) -> str:
    said = f": {printable(outcome.detail)}" if outcome.detail else ""
    result = outcome.result.name.lower()
    return f"{result} ({outcome.attempt}, {outcome.replica}, {outcome.duration} ms){said}"


def status_json(status: AlarmStatus) -> Json:
    """An alarm as it stands."""
    ack = status.acknowledgement
    return (
        {"id": str(status.id), "fingerprint": status.fingerprint}
        | alarm_json(status.alarm, status.alarm.project)
        | {
            "state": state(status.firing),
            "since": iso(status.since),
            "resolved": iso(status.resolved),
            "count": status.count,
            "acknowledged": {"by": ack.by, "comment": ack.comment} if ack else None,
        }
    )


def status_line(status: AlarmStatus) -> str:
    """One line for an alarm as it stands, its id last so that it can be copied."""
    from dataclasses import replace

    alarm = replace(status.alarm, resolved=not status.firing)
    parts = [alarm_line(alarm, alarm.project, status.since)]
    if status.count > 1:
        parts.append(f"×{status.count}")
    if status.acknowledgement:
        parts.append(translated("acknowledged by {by}", by=printable(status.acknowledgement.by)))
    return "  ".join([*parts, click.style(str(status.id), dim=True)])


def pairs(items: Iterable[tuple[str, str]]) -> str:
    """Labels for people."""
    return " ".join(f"{printable(name)}={printable(value)}" for name, value in items)


def table(rows: list[list[str]]) -> list[str]:
    """Columns side by side; the first row is the heading."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
