"""Statistics over the history."""

from __future__ import annotations

from msgspec import Struct

from alarminati.ui.schema.clusters import Traffic
from alarminati.ui.schema.common import AlarmKey, Severity, SeverityCounts


class Noisy(Struct):
    """An alarm that began to fire often."""

    alarm: AlarmKey
    message: str
    severity: Severity
    count: int
    nightly: int
    """Of these between 22:00 and 07:00."""
    notifications: int


class Day(Struct):
    """Alarms that began on one day."""

    start_ms: int
    counts: SeverityCounts


class Times(Struct):
    """Time to acknowledge and to resolve, in ms; -1: none."""

    project: str
    """Empty: all."""
    alarms: int
    ack_median_ms: int
    ack_p90_ms: int
    resolve_median_ms: int
    resolve_p90_ms: int


class Lasting(Struct):
    """An alarm and a figure of it."""

    alarm: AlarmKey
    message: str
    severity: Severity
    start_ms: int
    count: int


class ChannelFigures(Struct):
    """Deliveries of one channel."""

    cluster: str
    channel: str
    delivered: int
    late: int
    """Delivered over 60 s after the alarm."""
    failed: int
    retries: int


class ClusterTraffic(Struct):
    """Traffic of one cluster."""

    cluster: str
    traffic: Traffic
    days: list[int]
    """Bytes a day, oldest first."""


class Statistics(Struct):
    """Figures of the last `days` days."""

    days: int
    start_ms: int
    end_ms: int
    noisy: list[Noisy]
    by_day: list[Day]
    heat: list[list[int]]
    """Seven rows, Monday first, of 24 hours: alarms that began, in local time."""
    times: list[Times]
    never_acked: int
    never_acked_examples: list[Lasting]
    oldest: list[Lasting]
    flapping: list[Lasting]
    channels: list[ChannelFigures]
    traffic: list[ClusterTraffic]
