"""Explanations by agents, in sentences and JSON."""

from __future__ import annotations

from typing import Any

import click

from alarminati.cli.output.deliveries import delivery_sentence
from alarminati.cli.output.rendering import cause_text, iso, moment, printable, result_text
from alarminati.cli.output.routing import branch_json, pairs_text, tell_inhibition, tell_way
from alarminati.cli.output.statuses import delivery_json, mute_json, mute_text, status_line
from alarminati.cli.output.terminal import tell, translated
from alarminati.client import (
    AlarmHistory,
    Branch,
    ChannelExplanation,
    DeliveryAttempt,
    DeliveryCause,
    Explanation,
    Notification,
)

ATTEMPTS = 3  # shown of each channel


def tell_explanation(found: Explanation, history: AlarmHistory | None = None) -> None:
    """Print why an alarm is told to channels, or is not; without history, of one not kept."""
    if history is not None:
        click.echo(status_line(history.alarm))
    tell("{labels}, at {time}", labels=printable(pairs_text(found.labels)), time=moment(found.time))
    for branch in found.branches:
        _tell_branch(branch)
    for mute in found.mutes:
        tell("not told: {why}", why=printable(mute_text(mute)))
    tried = _attempts(history)
    elsewhere = [each.channel for each in found.channels if not each.path]
    for each in found.channels:
        if each.path:
            _tell_channel(each, tried.get(each.channel, []), new=history is None)
    if elsewhere:
        text = translated("no route leads there")
        click.echo(f"  {printable(', '.join(elsewhere))}: {text}")
    if len(elsewhere) == len(found.channels):
        tell("No channel is told; the alarm is kept and shown.")
    for source, equal in found.inhibitions:
        tell_inhibition(source, equal)


def _tell_branch(branch: Branch) -> None:
    conditions = list(branch.matchers)
    if branch.min_severity:
        conditions.append(translated("{severity} or worse", severity=branch.min_severity.name))
    why = printable(", ".join(conditions)) or translated("no condition")
    tell("taken by {route} ({matchers})", route=branch.path, matchers=why)


def _tell_channel(each: ChannelExplanation, tried: list[DeliveryAttempt], *, new: bool) -> None:
    grouped = bool(each.group_wait or each.group_interval)
    tell_way(
        *(printable(each.channel), each.path, each.escalation_delay),
        *(each.group if grouped else None, each.group_wait, each.group_interval),
        each.repeat_interval,
    )
    if each.delivery is not None:
        click.echo(f"    {delivery_sentence(each.delivery)}")
    for attempt in tried[-ATTEMPTS:]:
        click.echo(f"    {_attempt(attempt)}")
    for mute in each.mutes if each.delivery is None or each.delivery.mute is None else ():
        tell("    not told: {why}", why=printable(mute_text(mute)))
    if new and each.next_time:
        tell("    told at {time} at the earliest", time=moment(each.next_time))
    if each.fallback:
        tell("    what it does not take goes to {channel}, too", channel=printable(each.fallback))


def _attempt(attempt: DeliveryAttempt) -> str:
    said = translated(
        "attempt {number} from {replica}: {result}",
        number=attempt.attempt,
        replica=printable(attempt.replica),
        result=result_text(attempt.result),
    )
    if attempt.cause is not DeliveryCause.NONE:
        said += f" [{cause_text(attempt.cause)}]"
    return said + (f": {printable(attempt.detail)}" if attempt.detail else "")


def _attempts(history: AlarmHistory | None) -> dict[str, list[DeliveryAttempt]]:
    """Return the attempts that are kept, by channel, the oldest first."""
    channels: dict[object, str] = {}
    found: dict[str, list[DeliveryAttempt]] = {}
    for record in history.records if history else ():
        match record.body:
            case Notification(channel=channel):
                channels[record.id] = channel
            case DeliveryAttempt() as attempt if attempt.notification in channels:
                found.setdefault(channels[attempt.notification], []).append(attempt)
    return found


def explanation_json(found: Explanation, history: AlarmHistory | None = None) -> dict[str, Any]:
    """Return an explanation as `--json` prints it."""
    tried = _attempts(history)
    return {
        "time": iso(found.time),
        "labels": dict(found.labels),
        "branches": [
            branch_json(
                *(each.path, each.matchers),
                each.min_severity.name if each.min_severity else None,
                each.channels,
            )
            for each in found.branches
        ],
        "channels": [_channel_json(each, tried.get(each.channel, [])) for each in found.channels],
        "mutes": [mute_json(each) for each in found.mutes],
        "inhibitions": [
            {"source_matchers": list(source), "equal": list(equal)}
            for source, equal in found.inhibitions
        ],
    }


def _channel_json(each: ChannelExplanation, tried: list[DeliveryAttempt]) -> dict[str, Any]:
    grouped = bool(each.group_wait or each.group_interval)
    return {
        "channel": each.channel,
        "path": each.path or None,
        "escalation_delay_seconds": each.escalation_delay,
        "group": dict(each.group) if grouped else None,
        "group_wait_seconds": each.group_wait,
        "group_interval_seconds": each.group_interval,
        "repeat_interval_seconds": each.repeat_interval,
        "mutes": [mute_json(mute) for mute in each.mutes],
        "fallback": each.fallback or None,
        "next_time": iso(each.next_time),
        "delivery": delivery_json(each.delivery) if each.delivery else None,
        "attempts": len(tried),
    }
