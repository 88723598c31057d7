"""Alarms: rows of the list, one alarm, its timeline and why it was delivered as it was."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

from alarminati.ui.schema.common import AlarmKey, Severity, SeverityCounts, TabCounts, Text


class Ack(Struct, frozen=True):
    """A person works on the alarm."""

    by: str
    time_ms: int
    comment: str = ""
    mine: bool = False
    """The name is that of this computer's certificate."""


class Mute(Struct, frozen=True):
    """Cause that keeps notifications of the alarm back."""

    reason: Literal["silenced", "inhibited", "interval", "flapping"]
    by: str = ""
    """Creator of the silence, fingerprint of the inhibiting alarm, or names of intervals."""
    until_ms: int = 0
    comment: str = ""
    silence: str = ""
    """Id of the silence, where it is known."""


class ChannelState(Struct, frozen=True):
    """One sign of a row: how a channel stands with the alarm."""

    channel: str
    state: Literal["delivered", "waiting", "failed", "muted"]
    time_ms: int = 0


class PendingAct(Struct, frozen=True):
    """Act of this person that the cluster has not confirmed."""

    id: str
    kind: str
    state: Literal["sending", "queued", "refused"]
    problem: Text | None = None


class AlarmRow(Struct):
    """One alarm in a list."""

    cluster: str
    fingerprint: str
    kind: Literal["alarm", "silent"]
    """`silent`: a local alarm of the app: nothing is heard of the cluster."""
    severity: Severity
    """The present one."""
    worst: Severity
    """The highest since it began to fire."""
    message: str
    labels: dict[str, str]
    project: str
    firing: bool
    novelty: Literal["new", "again", "still", "resolved"]
    """`new`: first time in 30 days; `again`: see `novelty_count`; `still`: for over an hour."""
    novelty_count: int
    """Times it began to fire within 24 hours."""
    start_ms: int
    end_ms: int
    """0 while it fires."""
    changed_ms: int
    """Newest change; the age of the row."""
    report_count: int
    ack: Ack | None = None
    assignee: str = ""
    note_count: int = 0
    done: bool = False
    """Put away by this person until it changes."""
    snoozed_until_ms: int = 0
    seen: bool = True
    """Opened once by this person since it began to fire."""
    mute: Mute | None = None
    deliveries: list[ChannelState] = field(default_factory=list)
    acts: list[PendingAct] = field(default_factory=list)


class Group(Struct):
    """Alarms that are equal in the labels asked for."""

    key: dict[str, str]
    """Labels to values; a label that the alarms lack has an empty value."""
    q: str
    """Search that finds the alarms of the group; to be added to the one in use."""
    count: int
    severity: Severity
    """The worst."""
    severities: SeverityCounts
    clusters: list[str]
    start_ms: int
    """First began to fire."""
    changed_ms: int
    message: str
    """Of the alarm that came first."""
    first: AlarmKey
    spark: list[int]
    """Alarms that began in each of the last 12 minutes, oldest first."""


class FacetValue(Struct, frozen=True):
    """One value of a label and the alarms that have it."""

    value: str
    count: int


class Facet(Struct, frozen=True):
    """A label that tells the alarms of the list apart."""

    name: str
    values: list[FacetValue]
    """The most frequent 20."""
    more: int = 0
    """Further values."""


class AlarmList(Struct):
    """A window of the list. Counts are of all that fit, not of the rows sent."""

    seq: int
    """Number of the change that the answer includes; see events."""
    total: int
    """Alarms that fit; with `group` the alarms in all groups."""
    total_groups: int
    tabs: TabCounts
    """Counts of every tab under the same search."""
    severities: SeverityCounts
    rows: list[AlarmRow] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    facets: list[Facet] = field(default_factory=list)
    after: str = ""
    """Cursor of the next window; empty: this was the last."""
    problem: Text | None = None
    """Part of the search that makes no sense and was taken as a word."""


class Link(Struct, frozen=True):
    """A link of an alarm; http and https only."""

    title: str
    url: str


class Episode(Struct, frozen=True):
    """One time that the alarm fired."""

    start_ms: int
    end_ms: int
    report_count: int
    severity: Severity
    end_reason: Literal["", "reported", "timed_out", "by_hand"] = ""
    ack: Ack | None = None


class AlarmDetail(Struct):
    """One alarm in full."""

    row: AlarmRow
    sentence: Text
    """State in a sentence, as a colleague would say it."""
    annotations: dict[str, str]
    links: list[Link]
    key: str
    source: str
    timestamp_ms: int
    """Clock of the reporter in the last report."""
    seen_ms: int
    """First opened here."""
    episodes: list[Episode]
    """Newest first, at most 50; the first is the present or last one."""
    episode_count: int
    elsewhere: list[AlarmRow]
    """Equal message or alertname in other clusters, at most 10."""
    raw: str
    """The last report as JSON text."""
    raw_bytes: int
    allowed: list[str]
    """Kinds of acts that the role permits."""


class Attempt(Struct, frozen=True):
    """One attempt to deliver."""

    time_ms: int
    result: Literal["delivered", "retry", "failed"]
    cause: str = ""
    replica: str = ""
    duration_ms: int = 0
    retry_ms: int = 0
    detail: str = ""


class TimelineEvent(Struct):
    """One fact of the timeline."""

    kind: Literal[
        "reported", "repeated", "severity", "queued", "delivered", "failed", "ack", "unack",
        "note", "assign", "resolve", "silence", "silence_end", "mute", "reminder", "escalation",
        "mark", "cluster_silent", "gap", "resolved", "seen", "done", "snooze", "unknown"
    ]  # fmt: skip
    time_ms: int
    title: Text
    detail: Text | None = None
    end_ms: int = 0
    """Of what lasts; 0: a moment, or not over."""
    by: str = ""
    comment: str = ""
    channel: str = ""
    count: int = 0
    """Repeated reports, or records that were missed."""
    link: str = ""
    about: Literal["alarm", "cluster", "me"] = "alarm"
    attempts: list[Attempt] = field(default_factory=list)


class Timeline(Struct):
    """All that became of an alarm, oldest first."""

    events: list[TimelineEvent]
    truncated: bool = False
    """Older events are not kept here."""
    now_ms: int = 0


class WhyChannel(Struct, frozen=True):
    """How a channel stands with the alarm, and why."""

    channel: str
    reason: str
    text: Text
    time_ms: int = 0
    fallback_of: str = ""


class Why(Struct):
    """Reasons for the notifications of an alarm."""

    source: Literal["cluster", "history"]
    """`history`: the cluster is silent or too old to explain; concluded from records."""
    sentence: Text
    route: list[Text]
    """From the root down, one line a route."""
    mutes: list[Mute]
    channels: list[WhyChannel]
    problem: Text | None = None
