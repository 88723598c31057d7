"""Channels for people and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from alarminati.cli.output.columns import table
from alarminati.cli.output.rendering import iso, moment, printable
from alarminati.cli.output.terminal import headings, in_words, translated
from alarminati.client import Channel, ChannelDefinition, ChannelHealth, ChannelStatus, Quota
from alarminati.config import Duration
from alarminati.core.model.entries import DeliveryCause

Json = dict[str, Any]

DEFINITIONS = {
    ChannelDefinition.FILE: "file",
    ChannelDefinition.REGISTERED: "registered",
    ChannelDefinition.SHADOWED: "shadowed",
    ChannelDefinition.EXPECTED: "expected",
    ChannelDefinition.UNKNOWN: "unknown",
}
STATES = {
    ChannelHealth.OK: "ok",
    ChannelHealth.UNUSED: "unused",
    ChannelHealth.UNROUTED: "unrouted",
    ChannelHealth.FAILING: "failing",
    ChannelHealth.PAUSED: "paused",
    ChannelHealth.QUOTA_EXCEEDED: "quota exceeded",
    ChannelHealth.MISCONFIGURED: "misconfigured",
    ChannelHealth.UNKNOWN: "unknown",
}
WELL = frozenset({ChannelHealth.OK, ChannelHealth.UNUSED})


def channel_json(one: Channel) -> Json:
    """Return a channel as JSON."""
    return {
        "name": one.name,
        "type": one.type,
        "settings": dict(one.settings),
        "secret_settings": list(one.secret_settings),
        "matchers": list(one.matchers),
        "min_severity": one.min_severity.name if one.min_severity else None,
        "fallback": one.fallback or None,
        "destination": one.destination,
        "definition": one.definition.value,
        "created_by": one.created_by or None,
        "update_time": iso(one.update_time),
        "status": _status_json(one.status) if one.status else None,
    }


def _status_json(status: ChannelStatus) -> Json:
    cause = status.last_error_cause
    return {
        "state": status.state.value,
        "pending": status.pending,
        "dead_letters": status.dead_letters,
        "last_delivery_time": iso(status.last_delivery_time),
        "last_error": status.last_error or None,
        "last_error_cause": cause.name.lower() if cause is not DeliveryCause.NONE else None,
        "last_error_time": iso(status.last_error_time),
        "resume_time": iso(status.resume_time),
        "quotas": [
            {
                "limit": quota.limit,
                "remaining": quota.remaining,
                "period_seconds": quota.period,
                "reset_time": iso(quota.reset_time),
            }
            for quota in status.quotas
        ],
        "last_test_time": iso(status.last_test_time),
    }


def channel_table(found: Sequence[Channel]) -> list[str]:
    """Return a line for each channel, and what ails those that are not well."""
    rows = [headings("CHANNEL", "TYPE", "DEFINED", "ALARMS", "PENDING", "STATE")]
    for one in found:
        status = one.status
        rows.append(
            [
                printable(one.name),
                one.type or "-",
                translated(DEFINITIONS[one.definition]),
                alarms_of(one),
                str(status.pending) if status else "-",
                _state(status) if status else "-",
            ]
        )
    lines = table(rows)
    for one in found:
        status = one.status
        if status and status.state not in WELL and status.last_error:
            lines.append(f"! {printable(one.name)}: {printable(in_words(status.last_error))}")
    return lines


def alarms_of(one: Channel) -> str:
    """Return which alarms a channel gets, in a few words."""
    parts = [printable(each) for each in one.matchers]
    if one.min_severity:
        parts.append(translated("{severity} or worse", severity=one.min_severity.name))
    if parts:
        return ", ".join(parts)
    status = one.status
    if status is None or status.state is ChannelHealth.UNROUTED:
        return "-"
    if one.definition is ChannelDefinition.REGISTERED:
        return translated("all, or as routes say")
    return translated("as routes say")


def _state(status: ChannelStatus) -> str:
    said = translated(STATES[status.state])
    if status.resume_time:
        said += " " + translated("until {time}", time=moment(status.resume_time))
    for quota in status.quotas:
        said += f" ({_quota(quota)})"
    return said


def _quota(quota: Quota) -> str:
    return translated(
        "{remaining} of {limit} left in {period}",
        remaining=quota.remaining,
        limit=quota.limit,
        period=str(Duration(quota.period)),
    )


def channel_lines(one: Channel) -> Iterator[str]:
    """Yield all that is known of a channel, a line for each."""
    for name, value in _facts(one):
        yield f"{name}: {value}"


def _facts(one: Channel) -> Iterator[tuple[str, str]]:
    yield translated("name"), printable(one.name)
    yield translated("type"), printable(one.type)
    yield translated("defined"), translated(DEFINITIONS[one.definition])
    if one.created_by:
        yield translated("by"), f"{printable(one.created_by)}, {moment(one.update_time)}"
    yield translated("alarms"), alarms_of(one)
    if one.destination:
        yield translated("destination"), printable(one.destination)
    if one.fallback:
        yield translated("fallback"), printable(one.fallback)
    for key, value in sorted(one.settings.items()):
        yield key, printable(str(value))
    for key in one.secret_settings:
        yield printable(key), translated("(secret)")
    if (status := one.status) is not None:
        yield from _status_facts(status)


def _status_facts(status: ChannelStatus) -> Iterator[tuple[str, str]]:
    yield translated("state"), _state(status)
    yield translated("pending alarms"), str(status.pending)
    yield translated("dead letters"), str(status.dead_letters)
    if status.last_delivery_time:
        yield translated("last delivery"), moment(status.last_delivery_time)
    if status.last_error:
        when = f"{moment(status.last_error_time)}: " if status.last_error_time else ""
        yield translated("last error"), when + printable(in_words(status.last_error))
    if status.last_test_time:
        yield translated("last test"), moment(status.last_test_time)
