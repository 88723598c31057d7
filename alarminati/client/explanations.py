"""Why an alarm is told to channels, or is not, as plain values."""

from __future__ import annotations

from dataclasses import dataclass

from google.protobuf.duration_pb2 import Duration

from alarminati.client.answers import ChannelDelivery, Mute
from alarminati.client.messages import channel_delivery, mute
from alarminati.core.model.entries import Pairs, Severity
from alarminati.v1 import explanation_pb2 as pb
from alarminati.wire.codec import pairs
from alarminati.wire.timestamps import since_epoch


@dataclass(frozen=True, slots=True)
class Branch:
    """A route that takes an alarm."""

    path: str
    """As in the configuration, such as "route.routes[0]", or "channels/NAME"."""
    matchers: tuple[str, ...]
    channels: tuple[str, ...]
    min_severity: Severity | None = None


@dataclass(frozen=True, slots=True)
class ChannelExplanation:
    """Way of an alarm to a channel. Durations are seconds; 0: none."""

    channel: str
    path: str
    """Empty: no route leads to the channel."""
    escalation_delay: float
    group: Pairs
    group_wait: float
    group_interval: float
    repeat_interval: float
    mutes: tuple[Mute, ...]
    """What mutes the alarm on this channel only."""
    fallback: str
    next_time: int
    """Milliseconds since 1970 UTC; 0: not known, or none without an event."""
    delivery: ChannelDelivery | None
    """None for an alarm that is not kept."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why an alarm is told to channels, or is not."""

    labels: Pairs
    """As matchers see them."""
    branches: tuple[Branch, ...]
    channels: tuple[ChannelExplanation, ...]
    mutes: tuple[Mute, ...]
    """What mutes the alarm on all channels."""
    inhibitions: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
    """Matchers of the alarms that would mute it, and the labels that must be equal."""
    time: int
    """Time that the answer is about, milliseconds since 1970 UTC."""


def explanation(told: pb.ExplainResponse) -> Explanation:
    """Return an explanation from its message."""
    return Explanation(
        pairs(told.labels),
        tuple(map(_branch, told.branches)),
        tuple(map(_channel, told.channels)),
        tuple(map(mute, told.mutes)),
        tuple((tuple(each.source_matchers), tuple(each.equal)) for each in told.inhibitions),
        since_epoch(told.time),
    )


def _branch(told: pb.Branch) -> Branch:
    known = told.min_severity in {int(each) for each in Severity}
    least = Severity(told.min_severity) if known else None
    return Branch(told.path, tuple(told.matchers), tuple(told.channels), least)


def _channel(told: pb.ChannelExplanation) -> ChannelExplanation:
    return ChannelExplanation(
        told.channel,
        told.path,
        _seconds(told.escalation_delay),
        pairs(told.group),
        _seconds(told.group_wait),
        _seconds(told.group_interval),
        _seconds(told.repeat_interval),
        tuple(map(mute, told.mutes)),
        told.fallback,
        since_epoch(told.next_time),
        channel_delivery(told.delivery) if told.HasField("delivery") else None,
    )


def _seconds(told: Duration) -> float:
    return told.ToMilliseconds() / 1000
