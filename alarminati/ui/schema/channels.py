"""Channels of the clusters, and their dead letters."""

from __future__ import annotations

from typing import Any, Literal

from msgspec import Struct, field

from alarminati.ui.schema.common import Error, Text


class ChannelType(Struct):
    """A kind of channel and what it is set by."""

    type: str
    title: Text
    settings_schema: dict[str, Any]
    """JSON Schema of the settings; `x-secret: true` marks what is shown as dots."""


class ChannelTypes(Struct):
    """All kinds of channels."""

    types: list[ChannelType]


class Channel(Struct):
    """Somewhere a cluster delivers to."""

    cluster: str
    name: str
    type: str
    destination: str
    """Host only."""
    pending: int
    """Notifications that wait."""
    problem: str
    """Sentence of the last failure; empty: it works or was never used."""
    origin: Literal["file", "registered", "shadowed", "unknown"]
    """Only `registered` ones can be changed here."""
    by: str
    settings: dict[str, Any]
    """Secrets are "<secret>"; sent back unchanged they stay as they are."""
    matchers: list[str] = field(default_factory=list)
    """Alarms that it gets; empty: those of the root route."""
    min_severity: str = ""
    fallback: str = ""
    limits: str = ""
    left_today: int = -1
    """Messages left of today's quota; -1: no quota, or not known."""
    paused_until_ms: int = 0
    last_delivered_ms: int = 0
    delivered_7d: int = 0
    failed_7d: int = 0


class ClusterChannels(Struct):
    """Channels of one cluster."""

    cluster: str
    writable: bool
    channels: list[Channel]
    error: Error | None = None
    """Set when the cluster did not answer; `channels` are the last known."""


class ChannelList(Struct):
    """Channels of all clusters."""

    clusters: list[ClusterChannels]


class ChannelRequest(Struct):
    """Register or change a channel."""

    type: str
    settings: dict[str, Any]
    matchers: list[str] = field(default_factory=list)
    min_severity: str = ""


class ChannelTest(Struct):
    """Result of a test message."""

    delivered: bool
    detail: str
    duration_ms: int


class DeadLetter(Struct):
    """A notification that its channel will never take."""

    id: str
    channel: str
    time_ms: int
    alarms: int
    detail: str
    fingerprints: list[str]
    messages: list[str]
    """Of the alarms, at most 3."""


class DeadLetters(Struct):
    """Dead letters of a cluster, newest first."""

    letters: list[DeadLetter]


class ResendRequest(Struct):
    """Send dead letters again: these, or all of a channel."""

    ids: list[str] = field(default_factory=list)
    channel: str = ""


class Resent(Struct):
    """Dead letters that were queued again."""

    count: int
